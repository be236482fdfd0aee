"""One call, explained: what it was, its tokens, the sum line by line, what the log said, and who saw it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tokencli.domain.charge import CostStatus
from tokencli.domain.money import plain
from tokencli.domain.period import zone_of
from tokencli.domain.text import visible
from tokencli.render.report_view import factor_words, is_rounded
from tokencli.render.terminal import UNKNOWN, ascii_words, count, counted, is_ascii, safe

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from rich.console import Console, RenderableType
    from rich.table import Table

    from tokencli.domain.charge import ChargeLine
    from tokencli.domain.event import UsageEvent
    from tokencli.domain.explain import Explanation
    from tokencli.domain.usage import Estimate, TokenUsage

_PRINTED_STEP = Decimal("0.000001")
_MILLION = 1_000_000
_CENTS = 2
_PARTS = {
    "input": ("uncached_input", "cache_read", "cache_write", "audio_input", "image_input", "video_input"),
    "cache_read": ("audio_cache_read", "image_cache_read"),
    "cache_write": ("cache_write_5m", "cache_write_1h"),
    "output": ("reasoning", "audio_output", "image_output"),
}
_WORDS = {
    "uncached_input": "uncached",
    "cache_write_5m": "for 5 minutes",
    "cache_write_1h": "for 1 hour",
    **dict.fromkeys(("audio_input", "audio_cache_read", "audio_output"), "of it audio"),
    **dict.fromkeys(("image_input", "image_cache_read", "image_output"), "of it images"),
    "video_input": "of it video",
}


def explain_panel(explanation: Explanation, console: Console, *, zone: str) -> RenderableType:
    """Return everything known of one call; times are shown in `zone`."""
    from rich.console import Group
    from rich.text import Text

    narrow = is_ascii(console)
    blocks: list[tuple[str, RenderableType]] = [
        ("call", _facts(explanation, zone)),
        (f"tokens ({explanation.event.basis.value})", _tokens(explanation.event.usage, is_narrow=narrow)),
        ("list cost", _sum(explanation)),
    ]
    if explanation.event.estimate is not None:
        blocks.insert(2, ("our own count", _estimate(explanation.event.estimate)))
    if explanation.past_charges:
        blocks.append(("charged before", _history(explanation, zone)))
    if explanation.event.reported_cost is not None or explanation.event.reported_prices is not None:
        blocks.append(("what the log says", _logged(explanation)))
    if explanation.sightings:
        blocks.append(("sightings", _sightings(explanation, zone)))
    parts: list[RenderableType] = []
    for title, body in blocks:
        parts += [Text(title, style="bold cyan"), body, Text()]
    return Group(*parts[:-1])


def exact_dollars(amount: Decimal, least_places: int = _CENTS) -> str:
    """Return every digit of an amount, with `least_places` decimals at least: "$0.0105", "-$3.00"."""
    whole, _, fraction = plain(abs(amount)).partition(".")
    return f"{'-' if amount < 0 else ''}${int(whole):,}.{fraction.ljust(least_places, '0')}"


def unit_price_words(line: ChargeLine) -> str:
    """Return a unit price as price lists print it: tokens by the million, searches and requests one by one."""
    if line.unit.endswith("_tokens"):
        return f"{exact_dollars(line.unit_price_usd * _MILLION)}/M"
    return exact_dollars(line.unit_price_usd)


def _facts(explanation: Explanation, zone: str) -> Table:
    event = explanation.event
    asked = event.request_model if event.response_model and event.request_model != event.response_model else None
    tags = ", ".join(f"{key}={value}" for key, value in sorted(event.tags.items())) or None
    rows = (
        ("id", event.event_id),
        ("when", _moment(event.occurred_at, zone)),
        ("model", event.model or UNKNOWN),
        ("asked for", asked),
        ("provider", event.provider_name),
        ("operation", event.operation_name),
        ("agent", event.agent),
        ("project", event.project),
        ("client", event.client),
        ("session", explanation.session_name or event.session_id),
        ("conversation", event.conversation_id),
        ("response id", event.response_id),
        ("tags", tags),
        ("seen by", f"{event.source}, {explanation.place}" if explanation.place else event.source),
        ("finish", _finish(event)),
    )
    return _pairs((name, value) for name, value in rows if value is not None)


def _finish(event: UsageEvent) -> str:
    words = [event.finish.value]
    if event.error_type:
        words.append(event.error_type)
    if event.duration_s is not None:
        words.append(f"after {event.duration_s:.3g} s")
    if event.time_to_first_token_s is not None:
        words.append(f"first token after {event.time_to_first_token_s:.3g} s")
    return ", ".join(words)


def _tokens(usage: TokenUsage | None, *, is_narrow: bool) -> RenderableType:
    from rich.text import Text

    if usage is None:
        return Text("  The source told no token counts.", style="yellow")
    grid = _grid("left", "right")
    for name in ("input", "output"):
        _branch(grid, usage, name, ("", ""), is_narrow=is_narrow)
    grid.add_row("  total", count(usage.total_tokens), style="bold")
    for words, number in (("citations", usage.citation_tokens), ("web searches", usage.web_search_requests)):
        if number:
            grid.add_row(f"  {words}", count(number))
    terms = [
        f"{name} {value}" for name, value in (("tier", usage.service_tier), ("region", usage.inference_region)) if value
    ]
    if terms:
        grid.add_row(safe(f"  {', '.join(terms)}"), "")
    if usage.inconsistent:
        grid.add_row(Text("  these counts contradict each other: they are kept as the source told them", "yellow"), "")
    return grid


def _estimate(estimate: Estimate) -> Table:
    counts = (("input", estimate.input_tokens), ("output", estimate.output_tokens))
    return _pairs((name, UNKNOWN if number is None else counted(number, "token")) for name, number in counts)


def _branch(grid: Table, usage: TokenUsage, name: str, lead: tuple[str, str], *, is_narrow: bool) -> None:
    """Add a count and, below it as branches of a tree, those of its parts that are above 0."""
    words = _WORDS.get(name, name.replace("_", " "))
    text = f"  {lead[0]}{words}"
    grid.add_row(ascii_words(text) if is_narrow else text, count(_count(usage, name)))
    parts = [part for part in _PARTS.get(name, ()) if _count(usage, part)]
    if "uncached_input" in parts and usage.uncached_input_tokens == usage.input_tokens:
        parts.remove("uncached_input")
    for part in parts:
        is_last = part == parts[-1]
        stem = (f"{lead[1]}{'└─' if is_last else '├─'} ", f"{lead[1]}{'   ' if is_last else '│  '}")
        _branch(grid, usage, part, stem, is_narrow=is_narrow)


def _count(usage: TokenUsage, name: str) -> int:
    return int(getattr(usage, f"{name}_tokens"))


def _sum(explanation: Explanation) -> RenderableType:
    from rich.console import Group
    from rich.text import Text

    charge = explanation.charge
    if charge.list_cost is None:
        return Text(f"  unpriced: {visible(charge.reason or 'no price list knows this model')}.", style="yellow")
    grid = _grid("left", "right", "left", "right", "left", "right", "left")
    places = max((len(plain(line.amount).partition(".")[2]) for line in charge.lines), default=_CENTS)
    for line in charge.lines:
        name = line.unit.removesuffix("_tokens").replace("_", " ")
        note = safe(f"({line.note})", style="dim") if line.note else ""
        cells = ("x", unit_price_words(line), "=", exact_dollars(line.amount, places))
        grid.add_row(safe(f"  {name}"), count(line.quantity), *cells, note)
    total = exact_dollars(charge.list_cost, places)
    if charge.status is not CostStatus.PRICED:
        total = f"{total} ({charge.status.value})"
    grid.add_row("  list cost", "", "", "", "=" if charge.lines else "", Text(total, style="bold green"), "")
    return Group(grid, *(Text(f"  {text}", style="dim") for text in _price_words(explanation)))


def _history(explanation: Explanation, zone: str) -> Table:
    """Return what the call was charged until it was priced anew, and why it was, the oldest first."""
    grid = _grid("left", "left", "left")
    for one in explanation.past_charges:
        amount = one.status if one.list_cost is None else exact_dollars(one.list_cost)
        source = f" by {one.price_source}" if one.price_source else ""
        why = f"for: {one.reason}" if one.reason else ""
        grid.add_row(f"  until {_moment(one.replaced_at, zone)}", safe(f"{amount}{source}"), safe(why, style="dim"))
    return grid


def _price_words(explanation: Explanation) -> list[str]:
    charge = explanation.charge
    words: list[str] = []
    if charge.price_source is not None:
        since = (
            "since the list begins" if charge.price_effective_from is None else f"since {charge.price_effective_from}"
        )
        words.append(f"price: {visible(charge.price_source)}, in force {since}")
    if charge.reason and charge.status is CostStatus.FREE:
        words.append(visible(charge.reason))
    if charge.is_disputed:
        words.append("this price is disputed: known lists disagree on it")
    return words


def _logged(explanation: Explanation) -> Table:
    event, listed = explanation.event, explanation.charge.list_cost
    rows: list[tuple[str, str]] = []
    if event.reported_cost is not None:
        rows.append(("reported cost", exact_dollars(event.reported_cost)))
    if event.reported_prices is not None:
        into, out = (
            exact_dollars(price * _MILLION)
            for price in (event.reported_prices.input_usd, event.reported_prices.output_usd)
        )
        rows.append(("printed prices", f"input {into}/M, output {out}/M"))
    if explanation.logged_amount is not None:
        rows.append(("tokens x printed prices", _product_words(explanation.logged_amount, event.reported_cost)))
    if event.reported_cost is not None and listed is not None:
        rows.append(("difference", _difference_words(event.reported_cost, listed)))
    return _pairs(rows)


def _product_words(product: Decimal, reported: Decimal | None) -> str:
    """Return what the printed prices come to, and that it is not the printed cost where it is not."""
    words = exact_dollars(product)
    if reported is None or abs(reported - product) <= _PRINTED_STEP:
        return words
    return f"{words}, not the reported cost: the log rounded its prices, or used others"


def _difference_words(reported: Decimal, listed: Decimal) -> str:
    if reported == listed:
        return "none"
    if is_rounded(reported, listed):
        return "as the list, rounded"
    factor = factor_words(reported, listed)
    words = f"{exact_dollars(abs(reported - listed))} {'above' if reported > listed else 'below'} the list"
    return f"{words} ({factor})" if factor else words


def _sightings(explanation: Explanation, zone: str) -> Table:
    grid = _grid("left", "left", "left")
    for one in explanation.sightings:
        where = f"{one.place or one.origin}, {one.unit} {one.seq}"
        what = f"{where} ({one.note})" if one.note else where
        grid.add_row(f"  {_moment(one.occurred_at, zone)}", safe(one.source), safe(what))
    return grid


def _moment(moment: datetime, zone: str) -> str:
    precision = "milliseconds" if moment.microsecond else "seconds"
    return moment.astimezone(zone_of(zone)).isoformat(sep=" ", timespec=precision)


def _pairs(rows: Iterable[tuple[str, str]]) -> Table:
    from rich.text import Text

    grid = _grid("left", "left")
    for name, value in rows:
        grid.add_row(Text(f"  {name}", style="dim"), safe(value))
    return grid


def _grid(*sides: str) -> Table:
    from rich.table import Table

    grid = Table.grid(padding=(0, 2, 0, 0))
    for side in sides:
        grid.add_column(justify="right" if side == "right" else "left", overflow="fold")
    return grid
