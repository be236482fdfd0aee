"""What pricing anew changes: a table, JSON, and a progress bar while it lasts."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tokencli.domain.money import plain
from tokencli.domain.text import visible
from tokencli.render.report_json import period_values
from tokencli.render.report_view import period_words
from tokencli.render.terminal import UNPRICED, ascii_words, counted, is_ascii, money, money_places, safe

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from rich.console import Console, RenderableType
    from rich.table import Table

    from tokencli.domain.money import Usd
    from tokencli.domain.repricing import PriceChange, ProviderChange, Repricing

_WORTH_SHOWING = 200_000


def reprice_json(repricing: Repricing) -> str:
    """Return what changes as one JSON document in ASCII, without a line end; money is exact."""
    document = {
        "period": period_values(repricing.period),
        "applied": repricing.is_applied,
        "requests": repricing.requests,
        "changed_requests": repricing.changed_requests,
        "list_cost_before": _exact(repricing.list_cost_before),
        "list_cost_after": _exact(repricing.list_cost_after),
        "currency": "USD",
        "rows": [_row(change) for change in repricing.changes],
        "by_provider": [_provider(change) for change in repricing.by_provider()],
    }
    return json.dumps(document, indent=2)


def reprice_table(repricing: Repricing, console: Console) -> RenderableType:
    """Return what changes, by model and by provider, and whether it was kept."""
    from rich.console import Group
    from rich.text import Text

    narrow = is_ascii(console)
    parts: list[RenderableType] = [Text(period_words(repricing.period), style="bold")]
    if repricing.changes:
        parts += [Text(), _table(repricing, is_narrow=narrow)]
        parts += [Text(f"  {line}", style="dim") for line in _sources(repricing)]
    parts += [Text(), Text(closing_words(repricing))]
    return Group(*parts)


def closing_words(repricing: Repricing) -> str:
    """Return in one line what was found and whether anything was changed."""
    looked = counted(repricing.requests, "call")
    if not repricing.changes:
        return f"{looked} looked at: each is charged what it would be charged today. Nothing was changed."
    changed = counted(repricing.changed_requests, "call")
    if repricing.is_applied:
        return f"{changed} of {repricing.requests:,} priced anew. What they were charged before stays in history."
    return f"{changed} of {repricing.requests:,} would be priced anew. Nothing was changed: say --apply to keep it."


@contextmanager
def reprice_progress(calls: int, *, enabled: bool) -> Generator[Callable[[int], None]]:
    """Yield a function that is told of calls looked at; show them on stderr when that is a terminal."""
    if not enabled or calls < _WORTH_SHOWING or not sys.stderr.isatty():
        yield _nothing
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from tokencli.render.terminal import make_console

    columns = (TextColumn("pricing"), BarColumn(bar_width=None), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=make_console(is_stderr=True), transient=True, refresh_per_second=5) as progress:
        task = progress.add_task("", total=calls)
        yield lambda count: progress.advance(task, count)


def _nothing(count: int) -> None:
    """Take no notice."""


def _table(repricing: Repricing, *, is_narrow: bool) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(
        box=box.ASCII2 if is_narrow else box.SIMPLE,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        header_style="bold",
        show_footer=True,
        footer_style="bold",
    )
    costs = [cost for one in repricing.changes for cost in (one.list_cost_before, one.list_cost_after)]
    places = money_places(costs)
    totals = (
        f"{repricing.changed_requests:,}",
        money(repricing.list_cost_before, places=places),
        money(repricing.list_cost_after, places=places),
    )
    table.add_column("model", footer="total", overflow="fold")
    for title, footer in zip(("calls", "charged", "now"), totals, strict=True):
        table.add_column(title, footer=ascii_words(footer), justify="right", no_wrap=True)
    table.add_column("reason", overflow="fold")
    for change in repricing.changes:
        before = _cost(change.list_cost_before, change.requests - change.priced_before, places)
        after = _cost(change.list_cost_after, change.requests - change.priced_after, places)
        cells = (f"{change.requests:,}", before, after, change.reason.words)
        table.add_row(safe(change.model), *(Text(ascii_words(cell) if is_narrow else cell) for cell in cells))
    providers = repricing.by_provider()
    for each in providers if len(providers) > 1 else ():
        sums = (money(cost, places=places) for cost in (each.list_cost_before, each.list_cost_after))
        name = Text.assemble("all of ", safe(each.provider_name))
        table.add_row(name, f"{each.requests:,}", *map(Text, sums), "", style="dim")
    return table


def _cost(cost: Usd | None, unpriced: int, places: int) -> str:
    """Return an amount; a lower bound where some of the calls have no price."""
    return UNPRICED if cost is None else money(cost, is_lower_bound=unpriced > 0, places=places)


def _sources(repricing: Repricing) -> list[str]:
    """Return where the prices came from and come from, each pair once."""
    pairs = dict.fromkeys((one.source_before, one.source_after) for one in repricing.changes)
    return [
        f"price from {visible(new)}" + (f", before from {visible(old)}" if old else "")
        for old, new in pairs
        if new and old != new
    ]


def _row(change: PriceChange) -> dict[str, Any]:
    return {
        "provider": change.provider_name,
        "model": change.model,
        "reason": change.reason.value,
        "requests": change.requests,
        "priced_before": change.priced_before,
        "priced_after": change.priced_after,
        "list_cost_before": _exact(change.list_cost_before),
        "list_cost_after": _exact(change.list_cost_after),
        "price_source_before": change.source_before,
        "price_source_after": change.source_after,
    }


def _provider(change: ProviderChange) -> dict[str, Any]:
    return {
        "provider": change.provider_name,
        "requests": change.requests,
        "list_cost_before": _exact(change.list_cost_before),
        "list_cost_after": _exact(change.list_cost_after),
    }


def _exact(cost: Usd | None) -> str | None:
    return None if cost is None else plain(cost)
