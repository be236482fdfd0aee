"""Rich's lines as the strips that textual shows; everything comes as text and styles, nothing is read as markup."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import TYPE_CHECKING

from rich.console import Console
from rich.segment import Segment
from textual.strip import Strip

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.style import Style
    from rich.text import Text

    from tokencli.render.top_table import Paper


@lru_cache(maxsize=4)
def console_of(paper: Paper) -> Console:
    """Return a console that draws for a paper, and writes nowhere."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii" if paper.is_ascii else "utf-8", errors="replace")
    return Console(
        file=stream,
        width=max(paper.width, 1),
        color_system="standard",
        force_terminal=True,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
    )


def strip_of(line: Text, console: Console, base: Style, width: int) -> Strip:
    """Return one line, exactly as wide as asked for."""
    strip = Strip(line.render(console), line.cell_len)
    return strip.apply_style(base).adjust_cell_length(width, base)


def strips_of(renderable: RenderableType, paper: Paper) -> list[Strip]:
    """Return what Rich makes of something at the width of a paper, line by line."""
    console = console_of(paper)
    lines = console.render_lines(renderable, pad=False)
    return [Strip(_plain(line) if paper.is_ascii else line) for line in lines]


def _plain(line: list[Segment]) -> list[Segment]:
    return [Segment(text.encode("ascii", "replace").decode(), style) for text, style, _ in line]
