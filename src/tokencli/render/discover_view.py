"""What was found of clients' logs on this machine, and what was passed over and why: in plain lines, and as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tokencli.domain.text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tokencli.services.discover import FoundPlace


def found_lines(places: Sequence[FoundPlace], home: Path) -> str:
    """Return one line for each place, those that hold logs first; directories in `home` begin with "~"."""
    ordered = sorted(places, key=lambda place: not place.files)
    rows = [(place.format, _what(place), _short(place.root, home)) for place in ordered]
    widths = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
    return "".join(f"{row[0]:<{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]}\n" for row in rows)


def found_values(places: Sequence[FoundPlace]) -> list[dict[str, Any]]:
    """Return the same as the values of a JSON document."""
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
