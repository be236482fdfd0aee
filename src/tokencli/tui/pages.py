"""What covers the tables for a while: one call explained, one session in full, the keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from rich.text import Text
from textual.binding import Binding
from textual.screen import Screen

from tokencli.domain.text import visible
from tokencli.render.top_table import Paper
from tokencli.tui.lines import Lines, Page
from tokencli.tui.strips import strips_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import RenderableType
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.events import Resize

HELP: Final = """\
up, down     move; page up, page down, home and end as well, and j and k
tab          from one table to the other
enter        the whole of a call, with its sum line by line, or of a session
s            sort by the next column; the mark says by which, and which way
r            the other way round
/            show only lines with these words: model, session, provider, agent,
             client, how it ended; Escape shows all again
p            pause, and go on
q            end

EST   our own count, until the provider's comes (or where none came)
REAL  counted by the provider
PART  a cut answer: what had been reported
NONE  counted by nobody

ttft  time to first token         took  until the answer ended
cut   truncated: the answer was broken off     gone  the client left
lost  the proxy ended while the call was under way; its next start settles it
*     the active session: calls go to it that name none
(!)   four fifths of a limit are used up, (!!) it is passed
>=    at least: there are calls without a known price

A context is marked from 80 % on (caution), 90 % (warning) and 95 % (critical)."""
_KEYS: Final = "esc back   up down page up page down scroll   q quit"


class Cover(Screen[None]):
    """A page over the whole terminal; Escape, Enter and Backspace go back."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,enter,backspace,question_mark", "dismiss(None)")]

    def __init__(self, title: str, draw: Callable[[Paper], RenderableType], *, is_ascii: bool) -> None:
        """Show what `draw` makes at the width of the terminal."""
        super().__init__()
        self._title = visible(title)
        self._draw = draw
        self._is_ascii = is_ascii

    def compose(self) -> ComposeResult:
        """Make the title, the page and the keys."""
        yield Lines(id="title")
        yield Page(id="page")
        yield Lines(id="keys")

    def on_resize(self, event: Resize) -> None:
        """Draw it for this width."""
        paper = Paper(width=event.size.width, is_ascii=self._is_ascii)
        self.query_one("#title", Lines).show(strips_of(Text(self._title, "bold reverse", no_wrap=True), paper))
        self.query_one("#page", Page).show(strips_of(self._draw(paper), paper))
        self.query_one("#keys", Lines).show(strips_of(Text(_KEYS, "dim", no_wrap=True), paper))


def help_page(*, is_ascii: bool) -> Cover:
    """Return the page of keys and words."""
    return Cover("Keys and words", lambda _: Text(HELP), is_ascii=is_ascii)
