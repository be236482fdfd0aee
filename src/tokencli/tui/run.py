"""Starting the live view: what is wrong is said before the terminal is taken over, and after it is given back."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tokencli.tui.app import Setting, TopApp

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tokencli.services.lookout import Lookout


def run(
    open_lookout: Callable[[], Lookout],
    *,
    interval_s: float,
    now: Callable[[], datetime],
    is_ascii: bool,
    no_color: bool,
) -> None:
    """Show the ledger until somebody ends it.

    A fault of the program is raised when the terminal has been given back.

    Raises:
        TokencliError: the ledger cannot be read, or the session that is asked for is not there.
    """
    if no_color:
        os.environ["NO_COLOR"] = "1"  # where textual looks for it
    with open_lookout() as lookout:
        first = lookout.board()
    app = TopApp(Setting(open_lookout=open_lookout, interval_s=interval_s, now=now, is_ascii=is_ascii), first)
    app.run()
    if app.fault is not None:
        raise app.fault
