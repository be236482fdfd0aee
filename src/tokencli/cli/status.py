"""`tokencli status`: one line for prompts and status bars."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from tokencli.cli import wiring
from tokencli.cli.options import command_app, examples, given
from tokencli.domain.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tokencli.cli.globals import Globals
    from tokencli.config.values import Settings
    from tokencli.domain.money import Usd
    from tokencli.services.budgets import Calendar
    from tokencli.services.claude_session import ClaudeSession
    from tokencli.store.database import Database

_NO_SESSION = (
    "--claude reads what Claude Code writes to its status line, JSON with a session_id, and stdin holds none:"
    " name this command in Claude Code's settings.json as docs/how-to/status.md says"
)
_NO_JSON = "--claude shows one line: leave --json out"

app = command_app()


class ClaudeInputError(UsageError):
    """--claude where no session of Claude Code is told of."""

    def __init__(self, why: str) -> None:
        """Give the reason and what to do."""
        super().__init__(f"{why}.")


@app.command(
    epilog=examples(
        "tokencli status",
        "tokencli status --format '{today_cost} {context_percent}'",
        "tokencli status --claude < session.json",
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
    claude: Annotated[
        bool,
        typer.Option(
            "--claude",
            help="Show the session of which Claude Code tells its status line on stdin: its cost and its context.",
        ),
    ] = False,
) -> None:
    """Show in one line what the day, the week and the month cost, and how full the active session's context is.

    (!) marks a limit of which 80 % are used up, (!!) one that is passed.
    """
    from tokencli.render.status_view import DEFAULT, status_json, status_line
    from tokencli.services.budgets import Calendar, limits_of
    from tokencli.services.status import status as ask

    options = given(ctx)
    session = _claude_session(options) if claude else None
    settings = wiring.settings_of(options)
    zone = wiring.zone_name(options, settings)
    calendar = Calendar(wiring.now(), zone, settings.report.week_start)
    limits = limits_of(settings.limits, os.environ)
    with wiring.reading_ledger(options) as database:
        if session is not None:
            text = _claude_line(database, settings, limits, calendar, session, template)
        else:
            found = ask(database, settings, limits, calendar)
            text = status_json(found, zone=zone) if options.is_json else status_line(found, template or DEFAULT)
    sys.stdout.write(f"{text}\n")


def _claude_session(options: Globals) -> ClaudeSession:
    from tokencli.cli.claude_input import claude_input
    from tokencli.domain.plain import NotPlainError

    if options.is_json:
        raise ClaudeInputError(_NO_JSON)
    try:
        return claude_input()
    except NotPlainError:
        raise ClaudeInputError(_NO_SESSION) from None


def _claude_line(
    database: Database,
    settings: Settings,
    limits: Mapping[str, Usd],
    calendar: Calendar,
    session: ClaudeSession,
    template: str | None,
) -> str:
    from tokencli.config.plain import PlainSettings
    from tokencli.domain.money import to_pico
    from tokencli.domain.period import zone_of
    from tokencli.render.brief_line import CLAUDE, WORDS, field
    from tokencli.render.status_view import filled
    from tokencli.services.brief import BriefStatus

    plain = PlainSettings({}, {}, settings.report.week_start, None)
    amounts = {name: int(to_pico(limit)) for name, limit in limits.items()}
    with database.reading() as connection:
        found = BriefStatus(connection, plain, amounts, calendar.now, zone_of(calendar.zone))
        found.show_session(session)
        return filled(template or CLAUDE, {name: field(found, name) for name in WORDS})
