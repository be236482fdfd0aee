"""Prices for people: one model in full, many in a table, two side by side. Tokens are priced by the million."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokencli.domain.charge import CostStatus
from tokencli.domain.money import plain
from tokencli.pricing.card import THOUSAND, PriceCard, Rate, Unit
from tokencli.render.terminal import ascii_words, is_ascii, safe

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from rich.console import Console, RenderableType
    from rich.table import Table

    from tokencli.services.prices import Difference, PricedModel, Quote

_CENTS = 2
_COLUMNS = (Unit.INPUT, Unit.CACHE_READ, Unit.OUTPUT)
_HEADS = ("input", "cache read", "output")
_NOTHING = "-"


def quote_panel(quote: Quote, console: Console) -> RenderableType:
    """Return all that is known of one model's price, and what it was before."""
    from rich.console import Group
    from rich.text import Text

    card = quote.card
    title = safe(f"{quote.named.model}", style="bold")
    if quote.named.provider or card.provider:
        title.append(" at ")
        title.append(safe(quote.named.provider or card.provider))
    parts: list[RenderableType] = [title, safe(f"  {_origin(card)}", style="dim"), Text()]
    parts.append(_rate_table(card) if card.rates else Text(f"  {_without_rates(card)}"))
    if card.rates and (terms := _terms(card)):
        parts += [Text(), terms]
    if len(quote.history) > 1:
        parts += [Text(), Text("all known prices", style="bold cyan"), _history(quote, console)]
    return Group(*parts)


def price_table(rows: Sequence[PricedModel], console: Console) -> Table:
    """Return models and their prices, dollars per million tokens; wide terminals see where each comes from."""
    from rich.table import Table

    wide = console.width >= 110  # noqa: PLR2004 - columns that the last column needs
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1))
    table.add_column("provider", no_wrap=True)
    table.add_column("model", overflow="fold")
    for head in _HEADS:
        table.add_column(head, justify="right", no_wrap=True)
    if wide:
        table.add_column("source", no_wrap=True)
    for row in rows:
        cells = [safe(row.named.provider) if row.named.provider else "", safe(row.named.model), *_cells(row.card)]
        table.add_row(*cells, *([safe(_origin(row.card)) if row.card else ""] if wide else []))
    return table


def diff_table(first: Quote, second: Quote, differences: Sequence[Difference], console: Console) -> RenderableType:
    """Return two prices side by side, with the second as a multiple of the first."""
    from rich.console import Group
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1))
    table.add_column("")
    is_same = first.named == second.named
    for quote in (first, second):
        head = f"{quote.at:%Y-%m-%d}" if is_same else quote.named.model
        table.add_column(safe(head, style="bold"), justify="right", overflow="fold")
    table.add_column("second / first", justify="right", no_wrap=True)
    for row in differences:
        name = _unit_words(row.unit) + (f", above {row.above_tokens:,} tokens" if row.above_tokens else "")
        style = "" if row.first == row.second else "bold"
        table.add_row(
            name, _price(row.unit, row.first), _price(row.unit, row.second), _factor(row, console), style=style
        )
    notes = [safe(f"{_name(quote)}: {_origin(quote.card)}", style="dim") for quote in (first, second)]
    extra = [
        safe(f"{_name(quote)}: {_without_rates(quote.card)}", style="yellow")
        for quote in (first, second)
        if not quote.card.rates
    ]
    return Group(*([safe(first.named.model, style="bold")] if is_same else []), table, *extra, *notes)


def per_million(rate: Rate | None) -> str:
    """Return a price as tables show it, with + for a higher one in long prompts; a dash for None."""
    if rate is None:
        return _NOTHING
    return _price(rate.unit, rate.price) + ("+" if rate.tiers else "")


def _name(quote: Quote) -> str:
    return f"{quote.named.model} on {quote.at:%Y-%m-%d}"


def _origin(card: PriceCard) -> str:
    since = f", since {card.effective_from}" if card.effective_from else ""
    return f"{card.source}{since}{', disputed' if card.is_disputed else ''}"


def _without_rates(card: PriceCard) -> str:
    if card.status is CostStatus.FREE:
        return "free: calls cost nothing"
    if card.status is CostStatus.SUBSCRIPTION:
        return "subscription: a plan pays for the calls, and tokens have no price"
    what = ", ".join(card.unmeasured).replace("_", " ")
    return f"priced by {what}, which is not counted: calls are unpriced"


def _rate_table(card: PriceCard) -> Table:
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    table.add_column()
    table.add_column(justify="right", no_wrap=True)
    table.add_column(style="dim")
    for rate in card.rates:
        table.add_row(f"  {_unit_words(rate.unit)}", _price(rate.unit, rate.price), _per(rate.unit))
        for above, price in rate.tiers:
            table.add_row(f"    in calls above {above:,} input tokens", _price(rate.unit, price), _per(rate.unit))
    return table


def _terms(card: PriceCard) -> Table | None:
    """Return what changes the prices of some calls; None when nothing does."""
    from rich.table import Table

    terms = [(name, _rates_words(rates)) for name, rates in card.service_tiers]
    if card.batch_factor is not None and "batch" not in dict(card.service_tiers):
        terms.append(("batch", f"{plain(card.batch_factor)} x all tokens"))
    factors: dict[Decimal, list[str]] = {}
    for region, factor in card.regions:
        factors.setdefault(factor, []).append(region)
    terms += [
        ("in one region", f"{plain(factor)} x all tokens ({', '.join(names)})") for factor, names in factors.items()
    ]
    if card.hours:
        start, end = card.hours
        terms.append(("hours", f"from {start:%H:%M} to {end:%H:%M} UTC"))
    if not terms:
        return None
    table = Table.grid(padding=(0, 2))
    for name, words in terms:
        table.add_row(safe(f"  {name}"), safe(words, style="dim"))
    return table


def _rates_words(rates: Sequence[Rate]) -> str:
    return ", ".join(f"{_unit_words(rate.unit)} {_price(rate.unit, rate.price)}" for rate in rates)


def _history(quote: Quote, console: Console) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 1))
    table.add_column("  from", no_wrap=True)
    for head in _HEADS:
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("source", overflow="fold")
    for card in quote.history:
        hours = f" {card.hours[0]:%H:%M}-{card.hours[1]:%H:%M}" if card.hours else ""
        mark = ascii_words("  ") if is_ascii(console) else "  "
        begins = f"{mark}{card.effective_from or 'the beginning'}{hours}"
        table.add_row(begins, *_cells(card), safe(card.source), style="bold" if card == quote.card else "")
    return table


def _cells(card: PriceCard | None) -> tuple[str, str, str]:
    """Return the three prices of a row; one word when there are none."""
    if card is None:
        return "unpriced", "", ""
    if card.status is not CostStatus.PRICED:
        return card.status.value, "", ""
    rates = [card.rate(unit) for unit in _COLUMNS]
    if not any(rates):
        return "not per token", "", ""
    into, read, out = (per_million(rate) for rate in rates)
    return into, read, out


def _factor(row: Difference, console: Console) -> str:
    if row.first is None or row.second is None:
        return ""
    if row.first == row.second:
        return "="
    if not row.first:
        return _NOTHING
    times = "x" if is_ascii(console) else "\N{MULTIPLICATION SIGN}"
    return f"{row.second / row.first:.3g} {times}"


def _unit_words(unit: Unit) -> str:
    words = unit.value.removesuffix("_tokens").replace("_", " ")
    return words.replace("5m", "for 5 minutes").replace("1h", "for 1 hour")


def _per(unit: Unit) -> str:
    return "per 1000" if unit.per == THOUSAND else "per million tokens"


def _price(unit: Unit, price: Decimal | None) -> str:
    """Return dollars per `unit.per` with all their digits and two decimals at least."""
    del unit
    if price is None:
        return _NOTHING
    whole, _, fraction = plain(price).partition(".")
    return f"${int(whole):,}.{fraction.ljust(_CENTS, '0')}"
