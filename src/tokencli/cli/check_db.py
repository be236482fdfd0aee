"""`tokencli check-db`: whether the ledger's figures can be trusted, and if not, why, and what to do."""

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from tokencli.cli import wiring
from tokencli.cli.globals import Globals
from tokencli.cli.options import PeriodName, command_app, examples, given
from tokencli.domain.errors import ExitCode
from tokencli.domain.finding import Verdict

if TYPE_CHECKING:
    from tokencli.domain.audit import Audit

app = command_app()
_ALL = "all"


@app.command(
    epilog=examples(
        "tokencli check-db",
        "tokencli check-db --period month --strict",
        "tokencli check-db --deep --json",
        "tokencli check-db data/emergence.db",
    )
)
def check_db(
    ctx: typer.Context,
    file: Annotated[
        str | None,
        typer.Argument(
            metavar="FILE", help="A ledger, tokencli's or another program's; else that of --db.", show_default=False
        ),
    ] = None,
    period: PeriodName = None,
    deep: Annotated[
        bool, typer.Option("--deep", help="Derive every row anew from its raw usage and its price, and compare.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 on warnings too.")] = False,
) -> None:
    """Check the ledger: what is missing, doubled, unpriced or wrongly priced, why, and what to do about it.

    Without a period: all calls. Exits with 1 when there is a problem. The SQLite ledger of a backend (costs, cost_logs)
    or of a proxy's dashboard (sessions, metrics) is checked too; no byte of it changes.
    """
    options = given(ctx)._replace(db=file or given(ctx).db)
    settings = wiring.settings_of(options)
    zone = wiring.zone_name(options, settings)
    audit = _audit(options, period or _ALL, is_deep=deep)
    if options.is_json:
        from tokencli.render.checks_text import audit_json

        sys.stdout.write(audit_json(audit, zone=zone) + "\n")
    else:
        from tokencli.render.checks_view import audit_view
        from tokencli.render.terminal import make_console

        console = make_console(no_color=options.no_color)
        console.print(audit_view(audit, zone=zone, width=console.width))
    if audit.verdict is Verdict.PROBLEM or (strict and audit.verdict is Verdict.WARNING):
        raise typer.Exit(ExitCode.NO)


def _audit(options: Globals, period: str, *, is_deep: bool) -> "Audit":
    from tokencli.render.checks_view import audit_progress
    from tokencli.services.checks.evidence import Tools
    from tokencli.services.checks.files import check_ledger
    from tokencli.services.foreign_checks import foreign_audit
    from tokencli.services.foreign_ledger import kinds_of
    from tokencli.services.report import Question
    from tokencli.store.place import path_of

    settings = wiring.settings_of(options)
    question = Question(zone=wiring.zone_name(options, settings), period=period, week_start=settings.report.week_start)
    tools = Tools(book=lambda: wiring.price_book(options), settings=settings, is_deep=is_deep)
    now = wiring.now()
    path = path_of(options.ledger_place)
    if kinds := kinds_of(path):
        with wiring.trial_ledger() as trial:
            return foreign_audit(trial, (path, kinds), question, tools, now=now)
    shows = is_deep and not options.is_json
    with wiring.reading_ledger(options) as database, audit_progress(enabled=shows) as advance:
        return check_ledger(database, question, replace(tools, advance=advance), now=now)
