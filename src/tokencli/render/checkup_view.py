"""A checkup in the terminal: a line for each thing that was looked at, its state first, the next step below it."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tokencli.domain.checkup import CheckLine, State, folded, verdict_of_lines
from tokencli.domain.finding import Verdict
from tokencli.domain.text import visible
from tokencli.render.terminal import ascii_words, counted

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
    from rich.text import Text

_STYLES = {
    State.OK: "green",
    State.WARNING: "bold yellow",
    State.PROBLEM: "bold red",
    State.SKIPPED: "dim",
}
_VERDICTS = {Verdict.OK: "bold green", Verdict.WARNING: "bold yellow", Verdict.PROBLEM: "bold red"}
_LONGEST = 1000
_WIPED = "\r\x1b[K"


class Screen:
    """All lines and the verdict; where a terminal has no room for them, lines that are alike are told in one."""

    def __init__(self, lines: Sequence[CheckLine]) -> None:
        """Take the lines."""
        self._lines = lines

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw what has room."""
        whole = _view(self._lines, self._lines)
        is_too_long = console.is_terminal and len(console.render_lines(whole, options)) >= console.height
        yield _view(folded(self._lines), self._lines) if is_too_long else whole


def _view(shown: Sequence[CheckLine], lines: Sequence[CheckLine]) -> RenderableType:
    from rich.console import Group
    from rich.text import Text

    verdict = Text(f"\n{verdict_words(lines)}", style=_VERDICTS[verdict_of_lines(lines)])
    return Group(checkup_table(shown), verdict)


def checkup_table(lines: Sequence[CheckLine]) -> RenderableType:
    """Return all lines."""
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, max_width=18, overflow="ellipsis")
    table.add_column(overflow="fold")
    for line, after in zip(lines, (*lines[1:], None), strict=True):
        says_step = after is None or (after.part, after.next_step) != (line.part, line.next_step)
        state = Text(line.state.value, style=_STYLES[line.state])
        table.add_row(state, _shown(line.name), _words(line, with_step=says_step))
    return table


def checkup_json(lines: Sequence[CheckLine]) -> str:
    """Return all lines and the verdict as one JSON object, without a line end; no next step is null."""
    rows = [
        {
            "part": line.part.value,
            "name": line.name,
            "state": line.state.value,
            "message": line.message,
            "next_step": line.next_step or None,
        }
        for line in lines
    ]
    values = {"verdict": verdict_of_lines(lines).value, "lines": rows}
    return json.dumps(values, indent=2, ensure_ascii=False)


def verdict_words(lines: Sequence[CheckLine]) -> str:
    """Return what the lines come to, such as "1 problem, 2 warnings."."""
    parts = [
        counted(number, state.value)
        for state in (State.PROBLEM, State.WARNING)
        if (number := sum(line.state is state for line in lines))
    ]
    return f"{', '.join(parts) or 'All is well'}."


@contextmanager
def asking_progress(*, enabled: bool) -> Generator[Callable[[int, int], None]]:
    """Yield a function that is told how many have answered, and of how many; stderr shows it on a terminal."""
    if not enabled or not sys.stderr.isatty():
        yield _nothing
        return
    try:
        yield _count
    finally:
        sys.stderr.write(_WIPED)
        sys.stderr.flush()


def _count(done: int, of: int) -> None:
    if not of:
        return
    sys.stderr.write(f"{_WIPED}asking {counted(of, 'provider')}: {done} of {of} answered")
    sys.stderr.flush()


def _nothing(done: int, of: int) -> None:
    """Take no notice."""
    del done, of


def _shown(text: str) -> Text:
    from rich.text import Text

    return Text(ascii_words(visible(text, limit=_LONGEST)))


def _words(line: CheckLine, *, with_step: bool) -> Text:
    """Return a line in words; what several of them in a row advise is said once, under the last one."""
    words = _shown(line.message)
    if line.next_step and with_step:
        words.append("\n-> ", style="cyan")
        words.append_text(_shown(line.next_step))
    return words
