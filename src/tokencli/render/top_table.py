"""Tables of the live view: lines of one terminal row each, columns that fit the width there is.

A number is never cut: columns that do not fit are left out, and names give up their middle. Cells hold text that is
harmless already; `shown` makes it so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from tokencli.domain.text import visible
from tokencli.render.terminal import ascii_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.text import Text

_ROOMY: Final = 116
_DATE: Final = re.compile(r"-(?:\d{8}|\d{4}-\d{2}-\d{2})$")
_SIGNS: Final = {True: ("v", "^", "~"), False: ("▾", "▴", "…")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What lines are drawn on: how many columns it has, and whether it knows nothing but ASCII."""

    width: int
    is_ascii: bool = False

    @property
    def is_roomy(self) -> bool:
        """Say whether there is room for whole names and words."""
        return self.width >= _ROOMY

    @property
    def gap(self) -> int:
        """Return how many blanks part two columns."""
        return 2 if self.is_roomy else 1


def is_narrow(environ: Mapping[str, str], encoding: str) -> bool:
    """Say whether a terminal is known to show ASCII only, by its locale and the encoding that Python chose.

    In the C locale Python takes UTF-8 for itself, and says so in LC_CTYPE; the terminal is none the wiser.
    """
    base = environ.get("LC_ALL") or environ.get("LANG", "")
    ctype = "" if environ.get("LC_ALL") else environ.get("LC_CTYPE", "")
    locale = base if ctype in {"", "C.UTF-8"} else ctype
    charset = locale.lower().replace("-", "")
    return "utf8" not in charset or not encoding.lower().startswith("utf") or environ.get("TERM") == "linux"


class Cell(NamedTuple):
    """A text and its style, in Rich's words."""

    text: str
    style: str = ""


class Column(NamedTuple):
    """A column: from which width of the terminal on it is shown, and how wide it is at least and at most.

    Only a column with a `most` gives way to others and is cut; all others are as wide as what they hold.
    """

    name: str
    from_width: int
    least: int
    most: int | None = None
    is_right: bool = False


class Marked(NamedTuple):
    """The column by which lines are sorted, if any, and whether the largest stand first."""

    name: str | None = None
    is_descending: bool = True


Line = dict[str, Cell]


def shown(text: str | None, paper: Paper, unknown: str = "") -> str:
    """Return text from outside as it can be shown on a paper, `unknown` for None."""
    if text is None:
        return unknown
    harmless = visible(text)
    return harmless.encode("ascii", "replace").decode() if paper.is_ascii else harmless


def short(name: str | None, paper: Paper) -> str | None:
    """Return a model's name without its maker's and its date where room is scarce."""
    return name if name is None or paper.is_roomy else _DATE.sub("", name.rpartition("/")[2] or name)


def own(text: str, paper: Paper) -> str:
    """Return our own words as they can be shown on a paper."""
    return ascii_words(text) if paper.is_ascii else text


def fitting(
    columns: Sequence[Column], lines: Sequence[Line], paper: Paper, marked: str | None = None
) -> list[tuple[Column, int]]:
    """Return the columns that are shown, each with its width; together they are no wider than the paper.

    Where what they hold does not fit, those go first that need the widest terminal. The `marked` one has room for its
    mark.
    """
    found = [
        column._replace(least=max(column.least, len(column.name) + 1)) if column.name == marked else column
        for column in columns
        if column.from_width <= paper.width
    ]
    while True:
        widths = _widths(found, lines, paper)
        if sum(widths) + paper.gap * (len(found) - 1) <= paper.width or not any(one.from_width for one in found):
            return list(zip(found, widths, strict=True))
        found.remove(max(found, key=lambda one: one.from_width))


def _widths(found: Sequence[Column], lines: Sequence[Line], paper: Paper) -> list[int]:
    """Return how wide each column is when those that can give way have done so."""
    widths = [_natural(column, lines) for column in found]
    over = sum(widths) + paper.gap * (len(found) - 1) - paper.width
    while over > 0:
        spare = [
            0 if column.most is None else width - column.least for column, width in zip(found, widths, strict=True)
        ]
        widest = max(range(len(found)), key=spare.__getitem__)
        if spare[widest] <= 0:
            break
        widths[widest] -= 1
        over -= 1
    return widths


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A table that is ready to be drawn, line by line: what is not looked at costs nothing.

    `without` is what is said where there is no line.
    """

    keys: Sequence[str]
    lines: Sequence[Line]
    columns: Sequence[tuple[Column, int]]
    paper: Paper
    marked: Marked
    without: str = ""

    def header(self) -> Text:
        """Return the line of the columns' names, as wide as the paper; the one sorted by has a mark."""
        return _header(self.columns, self.paper, self.marked)

    def line(self, place: int) -> Text:
        """Return the line at a place, as wide as the paper."""
        return drawn(self.lines[place], self.columns, self.paper)


def sheet(
    columns: Sequence[Column],
    lines: Mapping[str, Line],
    paper: Paper,
    marked: Marked,
    without: str = "",
) -> Sheet:
    """Return a table of some lines by their keys."""
    return Sheet(
        keys=list(lines),
        lines=list(lines.values()),
        columns=fitting(columns, list(lines.values()), paper, marked.name),
        paper=paper,
        marked=marked,
        without=without,
    )


def _header(columns: Sequence[tuple[Column, int]], paper: Paper, marked: Marked) -> Text:
    descending, ascending, _ = _SIGNS[paper.is_ascii]
    mark = descending if marked.is_descending else ascending
    names = {column.name: Cell(column.name + (mark if column.name == marked.name else "")) for column, _ in columns}
    return drawn(names, columns, paper)


def drawn(line: Mapping[str, Cell], columns: Sequence[tuple[Column, int]], paper: Paper, style: str = "") -> Text:
    """Return one line, as wide as the paper, in a style below those of its cells."""
    from rich.text import Text

    text = Text(style=style, no_wrap=True, end="")
    for place, (column, width) in enumerate(columns):
        cell = line.get(column.name, Cell(""))
        fit = fitted(cell.text, width, _SIGNS[paper.is_ascii][2])
        pad = " " * (width - _cells(fit))
        text.append(f"{' ' * paper.gap if place else ''}{pad if column.is_right else ''}")
        text.append(fit, cell.style or None)
        text.append("" if column.is_right else pad)
    text.append(" " * max(paper.width - text.cell_len, 0))
    text.truncate(paper.width)
    return text


def fitted(text: str, width: int, ellipsis: str = "…") -> str:
    """Return text cut in its middle to so many columns of a terminal; its end, often a version, stays."""
    from rich.cells import set_cell_size

    if _cells(text) <= width:
        return text
    tail = max(0, (width - 1) // 2)
    end = text[-tail:] if tail else ""
    while _cells(end) > tail:
        end = end[1:]
    return set_cell_size(text, width - 1 - _cells(end)) + ellipsis + end


def _natural(column: Column, lines: Sequence[Line]) -> int:
    """Return how wide a column wants to be, between its least and its most."""
    widest = max((_cells(line[column.name].text) for line in lines if column.name in line), default=0)
    return max(column.least, widest if column.most is None else min(widest, column.most))


def _cells(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(text)
