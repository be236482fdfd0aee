"""What `tokencli session show` does once its options are understood."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

from tokencli.cli import wiring

if TYPE_CHECKING:
    from tokencli.cli.globals import Globals

OPERANDS = "name"


class Order(NamedTuple):
    """The session to show, by name or id, None for the active one; see `cli.door`."""

    name: str | None = None


def run(options: Globals, order: Order) -> int:
    """Show the session, and return the exit code."""
    from tokencli.services.sessions import view_of

    settings = wiring.light_settings_of(options)
    zone = wiring.days_of(options, settings).zone
    with wiring.reading_ledger(options) as database, database.reading() as connection:
        view = view_of(connection, settings, order.name)
    if options.is_json:
        from tokencli.render.session_text import session_json

        sys.stdout.write(f"{session_json(view, zone=zone)}\n")
        return 0
    from tokencli.render.session_view import session_panel
    from tokencli.render.terminal import make_console

    console = make_console(no_color=options.no_color)
    console.print(session_panel(view, console, zone=zone))
    return 0
