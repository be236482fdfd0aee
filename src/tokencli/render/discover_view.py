"""What was found of clients' logs on this machine, and what was passed over and why: in plain lines, and as JSON."""

from __future__ import annotations

from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any, Final

from tokencli.domain.text import visible
from tokencli.services.discover import ABSENT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tokencli.services.discover import FoundPlace

_WIDTH: Final = 79


def found_lines(places: Sequence[FoundPlace], home: Path) -> str:
    """Return one line for each place that is there, those that hold logs first, and then which clients have none.

    Directories in `home` begin with "~".
    """
    there = sorted((place for place in places if place.skipped != ABSENT), key=lambda place: not place.files)
    rows = [(place.format, _what(place), _short(place.root, home)) for place in there]
    widths = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
    lines = "".join(f"{row[0]:<{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]}\n" for row in rows)
    known = {place.format for place in there}
    absent = list(dict.fromkeys(place.format for place in places if place.format not in known))
    if not absent:
        return lines
    words = f"skipped, since their directories are not there: {', '.join(absent)} (--json names the directories)"
    return f"{lines}{fill(words, _WIDTH, subsequent_indent='  ', break_on_hyphens=False)}\n"


def found_values(places: Sequence[FoundPlace]) -> list[dict[str, Any]]:
    """Return every place as the values of a JSON document."""
    return [
        {"format": place.format, "root": str(place.root), "files": len(place.files), "skipped": place.skipped}
        for place in places
    ]


def _what(place: FoundPlace) -> str:
    if place.skipped is not None:
        return f"skipped: {place.skipped}"
    return "1 file" if len(place.files) == 1 else f"{len(place.files):,} files"


def _short(root: Path, home: Path) -> str:
    inside = root.is_relative_to(home) and home != Path("/")
    return visible(f"~/{root.relative_to(home)}" if inside else str(root))
