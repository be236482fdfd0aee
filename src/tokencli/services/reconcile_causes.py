"""Causes: why an invoice and the ledger differ on a day of a model, by what both sides tell.

Each difference is cut into gaps that add up to it. What no count, price or word explains stays unexplained.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from decimal import Decimal
from statistics import median
from typing import TYPE_CHECKING, Final

from tokencli.domain.invoice import CENT, Cause, Gap, State
from tokencli.domain.money import ZERO, Usd

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tokencli.domain.invoice import Cell, InvoiceLine, Reconciliation, Side
    from tokencli.domain.report import Totals
    from tokencli.pricing.book import PriceBook

_TOOLS: Final = re.compile(
    r"search|tool|code|execution|container|storage|session|runtime|image|audio|speech", re.IGNORECASE
)
_FEES: Final = re.compile(r"tax|vat|fee|credit|refund|discount|grant|adjust|minimum|commit|seat|plan", re.IGNORECASE)
_KNOWN_FACTORS: Final = ((Decimal("0.5"), Cause.BATCH), (Decimal("1.1"), Cause.REGION))
_COUNTS: Final = ("input_tokens", "cache_read_tokens", "output_tokens")
_NEAR: Final = Decimal("0.01")
_HUNDRED: Final = Decimal(100)
_COMMON: Final = 3
_TINY: Final = Usd(Decimal("0.000001"))
_NOON: Final = time(12)
_REPLACED: Final = frozenset({Cause.UNEXPLAINED, Cause.LIST, Cause.BATCH, Cause.REGION})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """What the ledger has of one model on one day; `left_out` is what this kind of invoice never has of it."""

    side: Side
    totals: Totals
    left_out: Usd = ZERO


def judged(
    lines: list[InvoiceLine], there: Side | None, ours: Ours | None, book: PriceBook
) -> tuple[State, tuple[Gap, ...]]:
    """Return how one model's day compares, and the gaps that its difference is made of."""
    if there is None:
        cost, left_out = (ours.side.cost or ZERO, ours.left_out) if ours else (ZERO, ZERO)
        rest = Usd(left_out - cost)
        return State.MISSING_THERE, _gaps(_priority(left_out), (Cause.NOT_BILLED, rest, "no line of it in the invoice"))
    if ours is None:
        return State.MISSING_HERE, _unknown_here(lines)
    difference = Usd((there.cost or ZERO) - (ours.side.cost or ZERO))
    if abs(difference) <= _step(lines):
        return State.MATCHED, _gaps((Cause.ROUNDING, difference, ""))
    if ours.left_out and difference < 0:
        part = min(ours.left_out, Usd(-difference))
        rest_cause = Cause.ROUNDING if abs(difference + part) <= _step(lines) else Cause.UNEXPLAINED
        return State.PRICED_DIFFERENTLY, _gaps(_priority(part), (rest_cause, Usd(difference + part), ""))
    if there.usage is not None and ours.side.usage is not None:
        return _by_tokens(lines, there, ours, book)
    return _by_requests(lines, there, ours, difference)


def _priority(amount: Usd) -> tuple[Cause, Usd, str]:
    return Cause.PRIORITY, Usd(-amount), "the ledger's calls in that tier"


def with_common_causes(found: Reconciliation) -> Reconciliation:
    """Return the same with one cause for all days where one factor lies between both sides on nearly all of them."""
    factors = {place: factor for place, cell in enumerate(found.cells) if (factor := _factor(cell)) is not None}
    if not factors:
        return found
    middle = Decimal(median(factors.values()))
    near = [place for place, factor in factors.items() if abs(factor - middle) <= _NEAR * middle]
    is_cents = abs(middle - _HUNDRED) <= _HUNDRED / 20
    if abs(middle - 1) <= _NEAR / 2 or not (is_cents or _COMMON <= len(near) >= 0.8 * len(factors)):
        return found
    cause = Cause.CENTS if is_cents else dict(_KNOWN_FACTORS).get(_rounded(middle), Cause.DISCOUNT)
    note = f"{middle:.4g} times the list on {len(near)} of {len(factors)} lines"
    cells = list(found.cells)
    for place in near:
        cells[place] = _with_cause(cells[place], cause, note)
    return replace(found, cells=tuple(cells))


def _with_cause(cell: Cell, cause: Cause, note: str) -> Cell:
    kept = tuple(gap for gap in cell.gaps if gap.cause not in _REPLACED)
    amount = Usd(sum((gap.amount for gap in cell.gaps if gap.cause in _REPLACED), ZERO))
    return replace(cell, gaps=(*kept, *_gaps((cause, amount, note))))


def _factor(cell: Cell) -> Decimal | None:
    """Return how many times the list's dollars the invoice asks, where that is all that can differ."""
    here = cell.here.cost if cell.here else None
    there = cell.there.cost if cell.there else None
    if not here or not there or cell.state is State.COUNTED_DIFFERENTLY:
        return None
    return there / here


def _rounded(factor: Decimal) -> Decimal:
    return next((known for known, _ in _KNOWN_FACTORS if abs(factor - known) <= _NEAR * known), factor)


def _unknown_here(lines: Iterable[InvoiceLine]) -> tuple[Gap, ...]:
    parts: list[tuple[Cause, Usd, str]] = []
    for line in lines:
        cost, item = line.cost or ZERO, line.item or ""
        if line.model is not None:
            parts.append((Cause.NOT_SEEN, cost, "no call of it in the ledger on that day"))
        elif _FEES.search(item):
            parts.append((Cause.FEES, cost, item))
        elif _TOOLS.search(item):
            parts.append((Cause.TOOLS, cost, item))
        else:
            parts.append((Cause.UNEXPLAINED, cost, item or "a line without a model"))
    return _gaps(*parts)


def _by_tokens(lines: list[InvoiceLine], there: Side, ours: Ours, book: PriceBook) -> tuple[State, tuple[Gap, ...]]:
    paid, listed = there.cost or ZERO, ours.side.cost or ZERO
    if _counts(there) == _counts(ours.side):
        return State.PRICED_DIFFERENTLY, _priced(paid, listed, ours.totals)
    worth = _worth(lines, book)
    if worth is None:
        return State.COUNTED_DIFFERENTLY, _gaps((Cause.UNEXPLAINED, Usd(paid - listed), "the list has no price for it"))
    counted = Usd(worth - listed)
    cause = Cause.CUT if _is_cut(ours.totals) else Cause.NOT_SEEN if counted > 0 else Cause.NOT_BILLED
    more = there.total_tokens or 0, ours.side.total_tokens or 0
    note = f"{more[0]:,} tokens there, {more[1]:,} here"
    rest = Usd(paid - worth)
    gaps = _gaps((cause, counted, note))
    if abs(rest) <= max(_step(lines), abs(worth) * _NEAR / 10):
        return State.COUNTED_DIFFERENTLY, (*gaps, *_gaps((Cause.ROUNDING, rest, "")))
    return State.COUNTED_DIFFERENTLY, (*gaps, *_priced(paid, worth, ours.totals))


def _by_requests(lines: list[InvoiceLine], there: Side, ours: Ours, difference: Usd) -> tuple[State, tuple[Gap, ...]]:
    """Judge a day of which the invoice tells dollars, and perhaps how many calls they are for."""
    paid, listed, calls = there.cost or ZERO, ours.side.cost or ZERO, ours.totals.requests
    if there.total_tokens is not None and there.total_tokens == ours.side.total_tokens:
        return State.PRICED_DIFFERENTLY, _priced(paid, listed, ours.totals)
    missing = None if there.requests is None else there.requests - calls
    if missing and calls and listed:
        counted = Usd(listed / calls * missing)
        cause = Cause.NOT_SEEN if missing > 0 else Cause.NOT_BILLED
        note = f"{there.requests:,} calls there, {calls:,} here, at the mean cost of ours"
        rest = Usd(difference - counted)
        tail = Cause.ROUNDING if abs(rest) <= _step(lines) else Cause.UNEXPLAINED
        return State.COUNTED_DIFFERENTLY, _gaps((cause, counted, note), (tail, rest, ""))
    return State.PRICED_DIFFERENTLY, _priced(paid, listed, ours.totals, is_proven=missing == 0)


def _priced(paid: Usd, listed: Usd, totals: Totals, *, is_proven: bool = True) -> tuple[Gap, ...]:
    """Return the gap between two prices of the same calls; without proof that they are the same, a guess is none."""
    difference = Usd(paid - listed)
    if difference > 0 and totals.unpriced_requests:
        return _gaps((Cause.UNPRICED, difference, f"{totals.unpriced_requests:,} calls are unpriced here"))
    if difference > 0 and not is_proven and _is_cut(totals):
        n_cut = totals.partial_requests + totals.estimated_requests + totals.missing_requests
        return _gaps((Cause.CUT, difference, f"{n_cut:,} calls are cut, estimated or without counts here"))
    factor = paid / listed if listed else None
    if factor is None:
        return _gaps((Cause.UNEXPLAINED, difference, "it costs nothing by the list"))
    known = dict(_KNOWN_FACTORS).get(_rounded(factor))
    cause = known or (Cause.LIST if is_proven else Cause.UNEXPLAINED)
    return _gaps((cause, difference, f"{factor:.4g} times the list"))


def _is_cut(totals: Totals) -> bool:
    return bool(totals.partial_requests or totals.estimated_requests or totals.missing_requests)


def _counts(side: Side) -> tuple[int, ...]:
    return tuple(getattr(side.usage, name) for name in _COUNTS)


def _worth(lines: Iterable[InvoiceLine], book: PriceBook) -> Usd | None:
    """Return what the price list says that lines' counts cost; None when it knows no price."""
    amounts: list[Usd] = []
    for line in lines:
        if line.usage is None:
            continue
        usage = replace(line.usage, service_tier=line.service_tier)
        noon = datetime.combine(line.day, _NOON, tzinfo=UTC)
        cost = book.charge(usage, line.provider_name, line.model, noon).list_cost
        if cost is None:
            return None
        amounts.append(cost)
    return Usd(sum(amounts, ZERO))


def _step(lines: Iterable[InvoiceLine]) -> Usd:
    """Return how far rounding alone may lead: half of the last digit that each line shows, at most half a cent."""
    steps: list[Decimal] = []
    for line in lines:
        exponent = line.cost.as_tuple().exponent if line.cost is not None else None
        digits = Decimal(1).scaleb(exponent) / 2 if isinstance(exponent, int) else _TINY
        steps.append(min(CENT / 2, max(digits, _TINY)))
    return Usd(sum(steps, ZERO))


def _gaps(*parts: tuple[Cause, Usd, str]) -> tuple[Gap, ...]:
    return tuple(Gap(cause=cause, amount=amount, note=note) for cause, amount, note in parts if amount)
