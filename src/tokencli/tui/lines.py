"""Lines that are drawn only where they have changed: a head, a foot, a page that can be scrolled."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType
    from textual.events import MouseScrollDown, MouseScrollUp, Resize


class Lines(Widget):
    """Shows strips, one a line; what does not change is not sent to the terminal again."""

    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - textual's name
        """Begin empty."""
        super().__init__(id=id)
        self._strips: list[Strip] = []

    def show(self, strips: Sequence[Strip]) -> None:
        """Show these lines from now on."""
        before, self._strips = self._strips, list(strips)
        self._refresh_changed(before, self._strips)

    def render_line(self, y: int) -> Strip:
        """Return the line at a place of the widget."""
        width, style = self.size.width, self.rich_style
        if y >= len(self._strips):
            return Strip.blank(width, style)
        return self._strips[y].apply_style(style).adjust_cell_length(width, style)

    def _refresh_changed(self, before: Sequence[Strip], now: Sequence[Strip]) -> None:
        for place in range(self.size.height):
            if _at(before, place) != _at(now, place):
                self.refresh(Region(0, place, self.size.width, 1))


class Page(Lines, can_focus=True):
    """Lines that can be scrolled when there are more than fit."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)"),
        Binding("up,k", "move(-1)"),
        Binding("pagedown,space", "turn(1)"),
        Binding("pageup", "turn(-1)"),
        Binding("home", "move(-100000)"),
        Binding("end", "move(100000)"),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - textual's name
        """Begin at the top."""
        super().__init__(id=id)
        self._top = 0

    def render_line(self, y: int) -> Strip:
        """Return the line at a place of the widget."""
        return super().render_line(y + self._top)

    def show(self, strips: Sequence[Strip]) -> None:
        """Show these lines from now on."""
        self._strips = list(strips)
        self.action_move(0)
        self.refresh()

    def action_move(self, lines: int) -> None:
        """Scroll by some lines, as far as there are any."""
        self._top = max(0, min(self._top + lines, len(self._strips) - self.size.height))
        self.refresh()

    def action_turn(self, pages: int) -> None:
        """Scroll by some pages."""
        self.action_move(pages * max(self.size.height - 1, 1))

    def on_resize(self, event: Resize) -> None:
        """Stay where there is something to see."""
        del event
        self.action_move(0)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Scroll down."""
        event.stop()
        self.action_move(3)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Scroll up."""
        event.stop()
        self.action_move(-3)


def _at(strips: Sequence[Strip], place: int) -> Strip | None:
    return strips[place] if place < len(strips) else None
