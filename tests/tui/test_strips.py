"""Rich's lines as textual's strips: exactly as wide as asked for, and ASCII where that is all there is."""

from __future__ import annotations

from rich.style import Style
from rich.text import Text

from tests.boards import HOSTILE
from tokencli.render.top_table import Paper
from tokencli.tui.strips import console_of, strip_of, strips_of


def test_a_line_is_as_wide_as_asked_for_and_keeps_its_styles() -> None:
    base = Style(bold=True)
    for width in (2, 5, 9):
        strip = strip_of(Text.assemble("ab", ("cde", "red")), console_of(Paper(width=9)), base, width)
        assert strip.cell_length == width
        assert strip.text == "abcde".ljust(width)[:width]
        assert all(segment.style is not None and segment.style.bold for segment in strip)


def test_what_is_drawn_fits_the_paper_and_reads_nothing_as_markup() -> None:
    strips = strips_of(Text("[bold]one two three[/]"), Paper(width=12))
    assert all(strip.cell_length <= 12 for strip in strips)
    assert "[bold]" in strips[0].text


def test_on_ascii_paper_everything_is_ascii() -> None:
    paper = Paper(width=40, is_ascii=True)
    assert [strip.text for strip in strips_of(Text("東京 ≥ 1"), paper)] == ["?? ? 1"]
    assert console_of(paper).encoding == "ascii"
    assert console_of(Paper(width=40)).encoding == "utf-8"
    assert HOSTILE not in strips_of(Text("x"), paper)[0].text
