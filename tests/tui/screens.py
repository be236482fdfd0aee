"""What a textual app shows at this moment, as lines of text and as styles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.style import Style
    from textual.app import App


def lines_of(app: App[Any]) -> list[str]:
    """Return each line of the screen, without the blanks at its end."""
    return ["".join(segment.text for segment in strip).rstrip() for strip in strips_of(app)]


def text_of(app: App[Any]) -> str:
    """Return the whole screen."""
    return "\n".join(lines_of(app))


def styles_of(app: App[Any]) -> set[Style]:
    """Return every style that is used."""
    return {segment.style for strip in strips_of(app) for segment in strip if segment.style is not None}


def strips_of(app: App[Any]) -> list[Any]:
    """Return the screen as textual composed it."""
    return list(app.screen._compositor.render_strips())
