"""An audit in the terminal: what the ledger holds, what it comes to, and three lists of findings, the worst last.

Only signs of ASCII are used, so that it reads the same on every console; names from outside are shown as visible text.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tokencli.domain.finding import Severity, Verdict
from tokencli.domain.period import zone_of
from tokencli.domain.text import visible
from tokencli.render.checks_text import model_remarks, model_row, verdict_words
from tokencli.render.db_view import size
from tokencli.render.report_view import period_words
from tokencli.render.terminal import DASH, UNKNOWN, ascii_words, compact, count, counted, money

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

    from tokencli.domain.audit import Audit, NewCall
    from tokencli.domain.finding import Finding
    from tokencli.domain.report import Totals

_LISTS = (
    (Severity.SUCCESS, "Successes", "+", "green"),
    (Severity.WARNING, "Warnings", "!", "yellow"),
    (Severity.PROBLEM, "Problems", "x", "red"),
)
_STYLES = {Verdict.OK: "bold green", Verdict.WARNING: "bold yellow", Verdict.PROBLEM: "bold red"}
_LONGEST = 1000
_WIDE = 100


def audit_view(audit: Audit, *, zone: str, width: int) -> RenderableType:
    """Return the whole audit for a console of so many columns; times are shown in `zone`."""
    from rich.console import Group
    from rich.text import Text

    parts: list[RenderableType] = []
    for title, body in _blocks(audit, zone, width):
        parts += [Text(title, style="bold cyan"), body, Text()]
    parts += [part for each in _LISTS for part in _list(audit, *each)]
    parts += [Text(line, style="dim") for line in audit.left_out]
    return Group(*parts, Text(verdict_words(audit), style=_STYLES[audit.verdict]))


@contextmanager
def audit_progress(*, enabled: bool) -> Generator[Callable[[int, int], None]]:
    """Yield a function that is told how many rows were looked at, and of how many; stderr shows it on a terminal."""
    if not enabled or not sys.stderr.isatty():
        yield _nothing
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from tokencli.render.terminal import make_console

    columns = (
        TextColumn("checking"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=make_console(is_stderr=True), transient=True, refresh_per_second=5) as progress:
        task = progress.add_task("", total=None)
        yield lambda done, of: progress.update(task, completed=done, total=of)


def _nothing(done: int, of: int) -> None:
    """Take no notice."""
    del done, of


def _blocks(audit: Audit, zone: str, width: int) -> Iterator[tuple[str, RenderableType]]:
    from rich.padding import Padding
    from rich.text import Text

    yield "Ledger", Padding(Text("\n".join(_holdings(audit))), (0, 0, 0, 2))
    yield "Period", Padding(Text(period_words(audit.period)), (0, 0, 0, 2))
    if audit.by_model:
        yield "Costs by model", _models(audit)
    yield "By time", _times(audit)
    if audit.newest:
        yield "Newest calls", _newest(audit.newest, zone, width)


def _holdings(audit: Audit) -> Iterator[str]:
    held = audit.holdings
    if audit.ledger is not None:
        yield f"{visible(audit.ledger.path, limit=_LONGEST)}, {size(audit.ledger.bytes)}, schema {audit.ledger.schema}"
    parts = [counted(held.calls, "call"), counted(held.sessions, "session"), counted(held.logs, "log")]
    if held.sightings:
        parts.append(counted(held.sightings, "further sighting"))
    if held.open_calls:
        parts.append(f"{counted(held.open_calls, 'call')} on their way")
    if held.failure_lines:
        parts.append(f"{counted(held.failure_lines, 'line')} of failure in logs")
    yield ", ".join(parts)


def _models(audit: Audit) -> RenderableType:
    from rich.console import Group
    from rich.text import Text

    lines: list[RenderableType] = []
    for one in audit.by_model:
        lines.append(Text(model_row(one), no_wrap=True, overflow="ignore"))
        remarks = ascii_words(model_remarks(one))
        if remarks:
            lines.append(Text(f"      {remarks}", style="yellow" if one.totals.unpriced_requests else "dim"))
    return Group(*lines)


def _times(audit: Audit) -> RenderableType:
    from rich.console import Group
    from rich.text import Text

    table = _grid(5)
    table.add_row(*(Text(title, style="dim") for title in ("", "calls", "input", "output", "list cost", "source says")))
    for one in audit.stretches:
        table.add_row(f"  {one.name}", *_sums(one.totals))
    table.add_row(f"  {'all' if audit.period.name == 'all' else 'period'}", *_sums(audit.totals), style="bold")
    return Group(table, Text(f"  mean tokens per call: {count(audit.mean_tokens)}"))


def _sums(totals: Totals) -> tuple[str, ...]:
    reported = DASH if totals.reported_cost is None else money(totals.reported_cost, places=2)
    cost = money(totals.list_cost, is_lower_bound=totals.is_lower_bound, places=2)
    tokens = (compact(totals.sum_of(name)) for name in ("input_tokens", "output_tokens"))
    return (count(totals.requests), *tokens, ascii_words(cost), reported)


def _newest(calls: Sequence[NewCall], zone: str, width: int) -> Table:
    is_wide = width >= _WIDE
    table = _grid(3, names=2, tail=is_wide)
    place = zone_of(zone)
    clock = "%Y-%m-%d %H:%M:%S" if is_wide else "%Y-%m-%d %H:%M"
    for call in calls:
        tokens = f"{count(call.input_tokens)} in", f"{count(call.output_tokens)} out"
        cost = ascii_words(money(call.list_cost))
        who = [visible(call.agent or call.source)] if is_wide else []
        name = UNKNOWN if call.model is None else visible(call.model)
        table.add_row(f"  {call.occurred_at.astimezone(place):{clock}}", name, *tokens, cost, *who)
    return table


def _grid(numbers: int, *, names: int = 1, tail: bool = False) -> Table:
    from rich.table import Table

    table = Table.grid(padding=(0, 2, 0, 0))
    for place in range(names):
        table.add_column(no_wrap=not place, overflow="fold")
    for _ in range(numbers):
        table.add_column(justify="right", no_wrap=True)
    if tail:
        table.add_column(overflow="fold")
    return table


def _list(audit: Audit, severity: Severity, title: str, sign: str, style: str) -> Iterator[RenderableType]:
    from rich.table import Table
    from rich.text import Text

    found = [each for each in audit.findings if each.severity is severity]
    if not found:
        return
    yield Text(f"{title} ({len(found)})", style=f"bold {style}")
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for one, after in zip(found, (*found[1:], None), strict=True):
        says_more = after is None or after.advice != one.advice
        table.add_row(Text(f"  {sign}", style=style), _words(one, with_advice=says_more))
    yield table
    yield Text()


def _words(finding: Finding, *, with_advice: bool) -> Text:
    """Return a finding in words; what several of them in a row advise is said once, under the last one."""
    from rich.text import Text

    words = Text(ascii_words(visible(finding.message, limit=_LONGEST)))
    if finding.subject and finding.message.startswith(finding.subject):
        words.stylize("bold", 0, len(ascii_words(visible(finding.subject))))
    words.append(f"  [{finding.code}]", style="dim")
    if finding.advice and with_advice:
        words.append("\n-> ", style="cyan")
        words.append(ascii_words(visible(finding.advice, limit=_LONGEST)))
    return words
