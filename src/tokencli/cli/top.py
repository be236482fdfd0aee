"""`tokencli top`: live in the terminal."""

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from tokencli.cli import wiring
from tokencli.cli.globals import Globals
from tokencli.cli.options import command_app, examples, given

if TYPE_CHECKING:
    from tokencli.services.lookout import Lookout

app = command_app()
_LEAST_S, _MOST_S = 0.1, 60.0


@app.command(
    epilog=examples(
        "tokencli top",
        "tokencli top --session work",
        "tokencli top --once",
        "tokencli top --once --json",
    )
)
def top(
    ctx: typer.Context,
    session: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Only this session's calls, by name or id.", show_default=False),
    ] = None,
    interval: Annotated[
        float,
        typer.Option(metavar="SECONDS", min=_LEAST_S, max=_MOST_S, help="How often to look for something new."),
    ] = 0.5,
    once: Annotated[bool, typer.Option("--once", help="Print it once, as plain text, and end.")] = False,
) -> None:
    """Show live what happens: costs against limits, sessions with their context, calls as they come.

    It reads the ledger, whoever writes to it: a proxy, an ingestion, another machine's merge. Keys: ? shows them all,
    q ends. Where there is no terminal, or with --json, it is printed once.
    """
    options = given(ctx)
    if once or options.is_json or not _is_terminal():
        with _lookout(options, session) as lookout:
            _print_once(options, lookout)
        return
    from tokencli.render.top_table import is_narrow
    from tokencli.tui.run import run

    run(
        lambda: _lookout(options, session),
        interval_s=interval,
        now=wiring.now,
        is_ascii=is_narrow(os.environ, sys.stdout.encoding),
        no_color=options.no_color,
    )


def _lookout(options: Globals, session: str | None) -> "Lookout":
    from tokencli.services.budgets import Calendar, limits_of
    from tokencli.services.lookout import Lookout

    settings = wiring.settings_of(options)
    zone = wiring.zone_name(options, settings)
    return Lookout(
        options.ledger_place,
        settings,
        limits_of(settings.limits, os.environ),
        lambda: Calendar(wiring.now(), zone, settings.report.week_start),
        session,
    )


def _print_once(options: Globals, lookout: "Lookout") -> None:
    from tokencli.render.top_frame import board_json, frame

    board = lookout.board()
    if options.is_json:
        sys.stdout.write(f"{board_json(board)}\n")
        return
    from tokencli.render.terminal import make_console
    from tokencli.render.top_table import Paper, is_narrow

    console = make_console(no_color=options.no_color)
    paper = Paper(width=console.width, is_ascii=is_narrow(os.environ, console.encoding))
    for line in frame(board, paper):
        console.print(line)


def _is_terminal() -> bool:
    """Say whether there is a terminal to draw on and to read keys from; Textual draws on stderr."""
    return all(stream is not None and stream.isatty() for stream in (sys.__stdin__, sys.__stdout__, sys.__stderr__))
