"""`tokencli ingest`: logs in, and what became of each of their lines."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from tokencli.cli import wiring
from tokencli.cli.errors import say
from tokencli.cli.globals import Globals, tag_pairs
from tokencli.cli.options import command_app, examples, given
from tokencli.domain.errors import ExitCode, NothingFoundError, UsageError

if TYPE_CHECKING:
    from tokencli.domain.ingest import FileCounts
    from tokencli.services.reading import Reading

app = command_app()


class NoPathError(UsageError):
    """No log was named."""

    def __init__(self) -> None:
        """Say what can be named."""
        super().__init__(
            "no log was named: give files or directories, - for standard input, or --discover for what is here."
        )


class BadDayError(UsageError):
    """A --date that is no day."""

    def __init__(self, text: str) -> None:
        """Show it and the right form."""
        super().__init__(f"the date {text!r} is no day: write it like 2026-11-20.")


class NoCallsFoundError(NothingFoundError):
    """Logs that hold no call at all."""

    def __init__(self, lines: int) -> None:
        """Say how much was looked at and what was looked for."""
        where = "1 line" if lines == 1 else f"{lines:,} lines"
        super().__init__(f"no call was found in {where}: 'tokencli ingest --help' says which logs can be read.")


class NoClientFoundError(NothingFoundError):
    """A machine on which no client keeps logs."""

    def __init__(self, names: Sequence[str]) -> None:
        """Name the clients that were looked for."""
        super().__init__(f"no logs of clients were found: looked for {', '.join(names)}. Name a file instead.")


class DryFollowError(UsageError):
    """A dry run that would never end."""

    def __init__(self) -> None:
        """Say what to leave out."""
        super().__init__("--follow keeps what it reads: leave out --dry-run, or --follow.")


class MapFormatError(UsageError):
    """--map for a log whose fields are known."""

    def __init__(self) -> None:
        """Say what can be mapped."""
        super().__init__("--map names the columns of a table: use it with --format csv or --format jsonl.")


@app.command(
    epilog=examples(
        "tokencli ingest --discover",
        "tokencli ingest --discover --follow",
        "tokencli ingest backend.log",
        "tokencli ingest /var/log/backend --tz Europe/Paris --project shop",
        "gcloud logging read ... --format=json | tokencli ingest -",
        "tokencli ingest old.log --date 2025-10-10 --dry-run",
        "tokencli ingest usage.csv --format csv --map input=prompt,output=completion,time=day",
    )
)
def ingest(
    ctx: typer.Context,
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="PATH", help="Files, directories, or - for standard input.")
    ] = None,
    log_format: Annotated[
        str, typer.Option("--format", metavar="NAME", help="auto, cost-line, or a client such as claude-code.")
    ] = "auto",
    mapping: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="WHAT=COLUMN,...",
            help="What the columns of a csv or jsonl tell; may be repeated.",
            show_default=False,
        ),
    ] = None,
    discover: Annotated[
        bool, typer.Option("--discover", help="Read what the clients on this machine have logged.")
    ] = False,
    follow: Annotated[bool, typer.Option("--follow", help="Go on reading what is added, until Ctrl-C.")] = False,
    date: Annotated[
        str | None,
        typer.Option("--date", metavar="DAY", help="The day of lines without a time of their own.", show_default=False),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would happen and keep nothing.")] = False,
    agent: Annotated[
        str | None, typer.Option("--agent", metavar="A", help="The agent of calls that name none.", show_default=False)
    ] = None,
    project: Annotated[
        str | None, typer.Option("--project", metavar="P", help="The project of all calls.", show_default=False)
    ] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option("--tag", metavar="K=V", help="A tag for all calls; may be repeated.", show_default=False),
    ] = None,
) -> None:
    """Read logs into the ledger: every call once, every line accounted for.

    Logs of clients (--discover finds them), of backends and of gateways; plain or packed (gz, bz2, xz, zst). A log
    that is read again, has grown, was rotated or copied adds only what is new. Times without an offset are read
    in --tz.
    """
    from tokencli.cli.ingest_run import Order, follow_on, take_in
    from tokencli.services.intake import check_format

    check_format(log_format)
    if not paths and not discover:
        raise NoPathError
    if follow and dry_run:
        raise DryFollowError
    options = given(ctx)
    reading = replace(
        _reading(options, _day(date), (agent, project, tag or []), is_dry_run=dry_run),
        table=_table(mapping or [], log_format),
    )
    order = Order(options, tuple(paths or ()), reading, log_format, is_discovery=discover)
    if follow:
        raise typer.Exit(ExitCode.INPUT if follow_on(order) else ExitCode.OK)
    files, errors = take_in(order)
    for error in errors:
        say(str(error))
    if errors:
        raise typer.Exit(ExitCode.INPUT)
    _check_something_was_there(files, is_discovery=discover)


def _check_something_was_there(files: "Sequence[FileCounts]", *, is_discovery: bool) -> None:
    from tokencli.services.intake import formats

    if is_discovery and not files:
        raise NoClientFoundError(formats()[2:])
    if not any(file.recorded + file.merged + file.duplicate + file.broken or file.note for file in files):
        raise NoCallsFoundError(sum(file.lines for file in files))


def _table(texts: list[str], log_format: str) -> str | None:
    """Return the state in which a reader of tables begins; None where nothing is mapped."""
    if not texts:
        return None
    from tokencli.readers.table_columns import mapping_of
    from tokencli.readers.tables import NAMES, state_of

    if log_format not in NAMES:
        raise MapFormatError
    return state_of(mapping_of(texts))


def _day(text: str | None) -> str | None:
    from datetime import date

    if text is None:
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise BadDayError(text) from None


def _reading(
    options: Globals, day: str | None, labels: tuple[str | None, str | None, list[str]], *, is_dry_run: bool
) -> "Reading":
    from tokencli.domain.period import zone_of
    from tokencli.readers.cost_log import NAME
    from tokencli.services.rates import Labels
    from tokencli.services.reading import Reading

    agent, project, tags = labels
    zone = options.zone_name if options.zone else wiring.zone_name(options, wiring.settings_of(options))
    zone_of(zone)
    return Reading(zone=zone, day=day, labels=Labels.of(NAME, agent, project, tag_pairs(tags)), is_dry_run=is_dry_run)
