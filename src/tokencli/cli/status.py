"""`tokencli status`: one line for prompts and status bars."""

import os
import sys
from typing import Annotated

import typer

from tokencli.cli import wiring
from tokencli.cli.options import command_app, examples, given

app = command_app()


@app.command(
    epilog=examples(
        "tokencli status",
        "tokencli status --format '{today_cost} {context_percent}'",
        "tokencli status --json",
    )
)
def status(
    ctx: typer.Context,
    template: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="TEXT",
            help="What to print, with fields such as {today}, {week_cost}, {session} and {context_percent}.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Show in one line what the day, the week and the month cost, and how full the active session's context is.

    (!) marks a limit of which 80 % are used up, (!!) one that is passed.
    """
    from tokencli.render.status_view import DEFAULT, status_json, status_line
    from tokencli.services.budgets import Calendar, limits_of
    from tokencli.services.status import status as ask

    options = given(ctx)
    settings = wiring.settings_of(options)
    zone = wiring.zone_name(options, settings)
    calendar = Calendar(wiring.now(), zone, settings.report.week_start)
    with wiring.reading_ledger(options) as database:
        found = ask(database, settings, limits_of(settings.limits, os.environ), calendar)
    text = status_json(found, zone=zone) if options.is_json else status_line(found, template or DEFAULT)
    sys.stdout.write(f"{text}\n")
