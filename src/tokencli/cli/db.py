"""`tokencli db`: look after the ledger."""

import sys
from typing import Annotated

import typer

from tokencli.cli import wiring
from tokencli.cli.globals import Globals
from tokencli.cli.options import command_app, examples, given

app = command_app(no_args_is_help=True)


@app.callback()
def db() -> None:
    """Look after the ledger: where it is, upgrades, backups, merging."""


@app.command(epilog=examples("tokencli db info", "tokencli db info --json --tz UTC"))
def info(ctx: typer.Context) -> None:
    """Show where the ledger is, how large it is and what it holds."""
    from tokencli.render import db_view
    from tokencli.services import ledger_care

    options = given(ctx)
    found = ledger_care.info(options.ledger_place)
    zone = _zone(options)
    if options.is_json:
        sys.stdout.write(db_view.info_json(found, zone=zone) + "\n")
        return
    from tokencli.render.terminal import make_console

    make_console(no_color=options.no_color).print(db_view.info_table(found, zone=zone))


@app.command(epilog=examples("tokencli db upgrade"))
def upgrade(ctx: typer.Context) -> None:
    """Bring the ledger to the newest schema.

    A copy of the ledger as it was stays beside it. When anything fails, the ledger is as it was.
    """
    from tokencli.render import db_view
    from tokencli.services import ledger_care

    options = given(ctx)
    done = ledger_care.bring_up_to_date(options.ledger_place, now=wiring.now())
    _say(db_view.upgrade_json(done) if options.is_json else db_view.upgrade_words(done))


@app.command(epilog=examples("tokencli db backup ~/backups/ledger-2026-11-20.db"))
def backup(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="Where the copy goes.", show_default=False)],
    force: Annotated[bool, typer.Option("--force", help="Replace FILE when it is there.")] = False,
) -> None:
    """Copy the ledger to a file.

    The copy is whole and as of one moment; others may write to the ledger meanwhile.
    """
    from tokencli.render import db_view
    from tokencli.services import ledger_care

    options = given(ctx)
    copy = ledger_care.back_up(options.ledger_place, file, force=force)
    _say(
        db_view.info_json(copy, zone=_zone(options)) if options.is_json else db_view.backup_words(copy),
    )


@app.command(epilog=examples("tokencli db restore ~/backups/ledger-2026-11-20.db"))
def restore(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A copy made by 'db backup'.", show_default=False)],
) -> None:
    """Put a copy in the ledger's place.

    The copy is checked first. The ledger that was there is kept beside it. Refused while another process uses
    the ledger.
    """
    from tokencli.render import db_view
    from tokencli.services import ledger_care

    options = given(ctx)
    done = ledger_care.restore(options.ledger_place, file, now=wiring.now())
    _say(db_view.restoration_json(done, zone=_zone(options)) if options.is_json else db_view.restoration_words(done))


@app.command(epilog=examples("tokencli db merge laptop/ledger.db", "tokencli db merge /mnt/backup/ledger.db --json"))
def merge(
    ctx: typer.Context,
    other: Annotated[str, typer.Argument(metavar="OTHER", help="Another ledger, which stays as it is.")],
) -> None:
    """Take the calls of another machine's ledger into this one.

    Calls that both have witnessed stay one. Merging the same ledger again adds only what is new in it.
    """
    from tokencli.render import db_view
    from tokencli.services import ledger_care

    options = given(ctx)
    done = ledger_care.merge_in(options.ledger_place, other)
    _say(db_view.merged_json(done) if options.is_json else db_view.merged_words(done))


def _zone(options: Globals) -> str:
    return wiring.zone_name(options, wiring.settings_of(options))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
