"""What `tokencli session list` does once its options are understood."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

from tokencli.cli import wiring

if TYPE_CHECKING:
    from tokencli.cli.globals import Globals


class Order(NamedTuple):
    """The options of a list of sessions, by their names; see `cli.door`."""

    all: bool = False


def run(options: Globals, order: Order) -> int:
    """Show the sessions, and return the exit code."""
    from tokencli.services.sessions import views_of

    settings = wiring.light_settings_of(options)
    zone = wiring.days_of(options, settings).zone
    with wiring.reading_ledger(options) as database, database.reading() as connection:
        views = views_of(connection, settings, with_ended=order.all)
    if options.is_json:
        from tokencli.render.session_text import sessions_json

        sys.stdout.write(f"{sessions_json(views, zone=zone)}\n")
        return 0
    from tokencli.render.session_view import sessions_table
    from tokencli.render.terminal import make_console

    console = make_console(no_color=options.no_color)
    console.print(sessions_table(views, console, zone=zone))
    return 0
