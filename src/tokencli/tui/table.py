"""A table of lines with a cursor: it stays on its line while others come, and on the first line it stays the first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.style import Style
from rich.text import Text
from textual.binding import Binding
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tokencli.tui.strips import console_of, strip_of

if TYPE_CHECKING:
    from textual.binding import BindingType
    from textual.events import Blur, Click, Focus, MouseScrollDown, MouseScrollUp, Resize

    from tokencli.render.top_table import Sheet

_HEADER = 1
_FOCUSED, _BLURRED = Style(underline=True, bold=True), Style(underline=True)
_CURSOR = Style(reverse=True)


class Table(Widget, can_focus=True):
    """Shows a sheet: its header, and as many of its lines as fit."""

    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)"),
        Binding("up,k", "move(-1)"),
        Binding("pagedown", "turn(1)"),
        Binding("pageup", "turn(-1)"),
        Binding("home", "move(-100000)"),
        Binding("end", "move(100000)"),
        Binding("enter", "choose"),
    ]

    @dataclass
    class Chosen(Message):
        """Somebody wants to know more of a line."""

        table: Table
        key: str

        @property
        def control(self) -> Table:
            """Return the table, so that handlers may name it."""
            return self.table

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - textual's name
        """Begin without lines."""
        super().__init__(id=id)
        self._sheet: Sheet | None = None
        self._has_keys = False
        self._cursor = 0
        self._top = 0
        self._drawn: list[Strip] = []

    @property
    def key(self) -> str | None:
        """Return the key of the line under the cursor; None where there is no line."""
        return None if self._sheet is None or not self._sheet.keys else self._sheet.keys[self._cursor]

    def show(self, sheet: Sheet) -> None:
        """Show a sheet from now on; the cursor stays on its line, if that is there."""
        key = self.key if self._cursor else None
        self._sheet = sheet
        if key is not None and key in sheet.keys:
            self._cursor = sheet.keys.index(key)
        self._cursor = max(0, min(self._cursor, len(sheet.keys) - 1))
        self.redraw()

    def begin(self) -> None:
        """Put the cursor on the first line; it is drawn with the next sheet."""
        self._cursor = 0

    def redraw(self) -> None:
        """Draw anew, and send to the terminal what has changed."""
        room = max(self.size.height - _HEADER, 1)
        lines = 0 if self._sheet is None else len(self._sheet.keys)
        self._top = max(0, min(self._top, self._cursor, lines - room), self._cursor - room + 1)
        before, self._drawn = self._drawn, [self._line(y) for y in range(self.size.height)]
        for y, strip in enumerate(self._drawn):
            if y >= len(before) or before[y] != strip:
                self.refresh(Region(0, y, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        """Return the line at a place of the widget."""
        return self._drawn[y] if y < len(self._drawn) else Strip.blank(self.size.width, self.rich_style)

    def _line(self, y: int) -> Strip:
        base, width, sheet = self.rich_style, self.size.width, self._sheet
        if sheet is None:
            return Strip.blank(width, base)
        console, place = console_of(sheet.paper), self._top + y - _HEADER
        if y < _HEADER:
            return strip_of(sheet.header(), console, base + (_FOCUSED if self._has_keys else _BLURRED), width)
        if not sheet.keys and y == _HEADER:
            return strip_of(Text(sheet.without, "dim"), console, base, width)
        if place >= len(sheet.keys):
            return Strip.blank(width, base)
        line = sheet.line(place)
        if place == self._cursor and self._has_keys:
            return strip_of(Text(line.plain), console, base + _CURSOR, width)
        return strip_of(line, console, base, width)

    def action_move(self, lines: int) -> None:
        """Move the cursor by some lines, as far as there are any."""
        most = 0 if self._sheet is None else len(self._sheet.keys) - 1
        self._cursor = max(0, min(self._cursor + lines, most))
        self.redraw()

    def action_turn(self, pages: int) -> None:
        """Move the cursor by some pages."""
        self.action_move(pages * max(self.size.height - _HEADER, 1))

    def action_choose(self) -> None:
        """Ask for more of the line under the cursor."""
        if self.key is not None:
            self.post_message(self.Chosen(self, self.key))

    def on_resize(self, event: Resize) -> None:
        """Draw as many lines as fit now."""
        del event
        self.redraw()

    def on_focus(self, event: Focus) -> None:
        """Show the cursor."""
        del event
        self._has_keys = True
        self.redraw()

    def on_blur(self, event: Blur) -> None:
        """Show no cursor."""
        del event
        self._has_keys = False
        self.redraw()

    def on_click(self, event: Click) -> None:
        """Move the cursor to a line; a click on the line under it asks for more."""
        place = self._top + event.y - _HEADER
        if event.y < _HEADER or self._sheet is None or place >= len(self._sheet.keys):
            return
        if place == self._cursor:
            self.action_choose()
        self.action_move(place - self._cursor)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Move the cursor down."""
        event.stop()
        self.action_move(3)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Move the cursor up."""
        event.stop()
        self.action_move(-3)
