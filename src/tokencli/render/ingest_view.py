"""What became of the logs that were read: a table, the JSON of the interface, and a progress line while it lasts."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from tokencli.domain.ingest import total_of
from tokencli.domain.text import visible
from tokencli.render.discover_view import found_values
from tokencli.render.terminal import counted, folded

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from rich.console import Console, RenderableType
    from rich.table import Table

    from tokencli.domain.ingest import FileCounts
    from tokencli.services.discover import FoundPlace

JSON_KEYS = (
    "path",
    "format",
    "lines",
    "recorded",
    "merged",
    "duplicate",
    "other",
    "broken",
    "first_broken_line",
    "bytes",
)
_COUNTS = ("lines", "recorded", "merged", "duplicate", "other", "broken")
_MANY_FILES = 12
_MOST_ROWS = 40
_MOST_REASONS = 6
_WORTH_SHOWING_BYTES = 4_000_000
_SIZES = ((10**9, "GB"), (10**6, "MB"), (10**3, "kB"))
_NARROWEST_NAME = 16
_GAP = 2
_TABLE_NEEDS = ("rich.console", "rich.table", "rich.text")


def ingest_json(files: Sequence[FileCounts], found: Sequence[FoundPlace] | None = None) -> str:
    """Return the counts of each file and their sums as one JSON document in ASCII, without a line end.

    What was `found` on this machine stands before them, when somebody looked.
    """
    looked = {} if found is None else {"found": found_values(found)}
    told = {"files": [_values(file) for file in files], "totals": _values(total_of(files))}
    return json.dumps({**looked, **told}, indent=2)


def load_table() -> None:
    """Load what `ingest_table` and its console need, which takes most of their time: somebody may have it to spare."""
    for name in _TABLE_NEEDS:
        import_module(name)


def ingest_table(files: Sequence[FileCounts], console: Console) -> RenderableType:
    """Return the counts as a table for the console's width, and in words what deserves a second look."""
    from rich.console import Group
    from rich.text import Text

    if not files:
        return Text("No log was found: name a file or a directory that holds one.")
    told = _worth_a_row(files)
    parts: list[RenderableType] = [_table(_rows(told), files, console)]
    if len(told) < len(files):
        parts.append(Text(f"{counted(len(files) - len(told), 'file')} held nothing new.", style="dim"))
    if said := _sentences(files):
        parts += [Text(), *(Text(text, style=style) for text, style in said)]
    return Group(*parts)


@contextmanager
def ingest_progress(total_bytes: int | None, *, enabled: bool) -> Generator[Callable[[int], None]]:
    """Yield a function that is told of bytes read; show them, their rate and the time left on stderr.

    Nothing is shown, and rich not imported, when it is not enabled, stderr is no terminal, or there is so little
    to read that it is done at once. `total_bytes` is None when the size is not known (standard input).
    """
    is_small = total_bytes is not None and total_bytes < _WORTH_SHOWING_BYTES
    if not enabled or is_small or not sys.stderr.isatty():
        yield _nothing
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    from tokencli.render.terminal import make_console

    columns = (
        TextColumn("reading"),
        BarColumn(bar_width=None),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=make_console(is_stderr=True), transient=True, refresh_per_second=5) as progress:
        task = progress.add_task("", total=total_bytes)
        yield lambda count: progress.advance(task, count)


def size_words(size: int) -> str:
    """Return a size in bytes for people: "950 B", "1.4 GB"."""
    for step, unit in _SIZES:
        if size >= step:
            return f"{size / step:.1f} {unit}"
    return f"{size} B"


def _nothing(count: int) -> None:
    """Take no notice."""


def _values(file: FileCounts) -> dict[str, Any]:
    return {key: getattr(file, key) for key in JSON_KEYS}


def _worth_a_row(files: Sequence[FileCounts]) -> list[FileCounts]:
    """Return all files, or of many only those that held something new or broken."""
    if len(files) <= _MANY_FILES:
        return list(files)
    return [file for file in files if file.recorded or file.merged or file.broken]


def _rows(files: Sequence[FileCounts]) -> list[FileCounts]:
    """Return a row for each file, or of very many one for each format: nobody reads hundreds."""
    if len(files) <= _MOST_ROWS:
        return list(files)
    formats: dict[str | None, list[FileCounts]] = {}
    for file in files:
        formats.setdefault(file.format, []).append(file)
    return [
        some[0] if len(some) == 1 else replace(total_of(some), path=counted(len(some), "file"), format=name)
        for name, some in formats.items()
    ]


def _table(shown: Sequence[FileCounts], files: Sequence[FileCounts], console: Console) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    total = total_of(files)
    is_all = len(shown) == 1 and shown[0].lines == total.lines
    rows = list(shown) if is_all else [*shown, total]
    columns, room = _fitting(rows, total, console.width)
    names = [folded(visible(file.path or "-"), room) for file in shown]
    table = Table(box=box.SIMPLE, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("file", no_wrap=True)
    for title in columns:
        table.add_column(title, justify="left" if title == "format" else "right", no_wrap=True)
    for place, cells in enumerate(zip(*columns.values(), strict=True)):
        is_total = place == len(names)
        table.add_row(Text("total" if is_total else names[place]), *map(Text, cells), style="bold" if is_total else "")
    return table


def _fitting(rows: Sequence[FileCounts], total: FileCounts, width: int) -> tuple[dict[str, list[str]], int]:
    """Return the fullest set of columns that leaves room for names, and that room; counts are never cut."""
    told = tuple(name for name in _COUNTS if getattr(total, name) or name in {"lines", "recorded"})
    columns: dict[str, list[str]] = {}
    room = 0
    for titles in (("format", *_COUNTS, "size"), (*_COUNTS, "size"), _COUNTS, told, ("recorded",)):
        columns = {title: [_cell(file, title) for file in rows] for title in titles}
        room = width - sum(max(map(len, (title, *cells))) + _GAP for title, cells in columns.items())
        if room >= _NARROWEST_NAME:
            break
    return columns, max(room, _GAP + 1)


def _cell(file: FileCounts, title: str) -> str:
    if title == "format":
        return visible(file.format or "")
    if title == "size":
        return size_words(file.bytes)
    return f"{getattr(file, title):,}"


def _sentences(files: Sequence[FileCounts]) -> list[tuple[str, str]]:
    """Return (sentence, style) for what the counts alone do not tell."""
    total = total_of(files)
    said: list[tuple[str, str]] = []
    broken = [file for file in files if file.broken]
    said += [(_broken_words(file), "yellow") for file in broken[:_MOST_REASONS]]
    if len(broken) > _MOST_REASONS:
        said.append((f"{counted(len(broken) - _MOST_REASONS, 'more file')} hold broken lines.", "yellow"))
    said += [(f"{visible(file.path or '-')}: {visible(file.note)}.", "dim") for file in files if file.note]
    if total.notices:
        said.append((f"{counted(total.notices, 'line')} of failure: they explain calls without counts.", ""))
    if total.price_differences:
        what = f"{counted(total.price_differences, 'call')} cost otherwise in the log than on the price list"
        said.append((f"{what}: 'tokencli report' shows which.", "yellow"))
    return said


def _broken_words(file: FileCounts) -> str:
    name = visible(file.path or "-")
    where = "" if file.first_broken_line is None else f", the first is line {file.first_broken_line:,}"
    why = "" if file.broken_reason is None else f" ({visible(file.broken_reason)})"
    return f"{name}: {counted(file.broken, 'broken line')}{where}{why}."
