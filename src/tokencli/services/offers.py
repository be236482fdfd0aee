"""Offers: what calls of one facet would be charged by one price card, and why that is not what they were charged.

A call is charged here exactly as `services/record` and `services/rates` charge it at its first sighting.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from tokencli.domain.charge import CostStatus, unbilled
from tokencli.domain.event import EventId, Finish, UsageEvent
from tokencli.domain.money import PICO_PER_USD
from tokencli.domain.repricing import RepriceReason
from tokencli.domain.usage import Basis, TokenUsage, whole_usage
from tokencli.pricing.card import PriceCard
from tokencli.pricing.charge import LARGEST_CALL_USD, simple_rates
from tokencli.pricing.tariff import Tariff

if TYPE_CHECKING:
    from tokencli.store.facets import Facet
    from tokencli.store.repricings import ChargedRow

_LARGEST: Final = int(LARGEST_CALL_USD) * PICO_PER_USD
_SOME_DAY: Final = datetime(2025, 1, 1, tzinfo=UTC)
_LIST: Final = "genai-prices"


class Verdict(NamedTuple):
    """The charge of a call: its status and its picodollars, None when it is unpriced."""

    status: CostStatus
    pico: int | None


class Sums:
    """What some changed calls were charged, and what they would be charged."""

    __slots__ = ("after_pico", "before_pico", "priced_after", "priced_before", "requests")

    def __init__(self) -> None:
        """Start at zero."""
        self.requests = self.priced_before = self.priced_after = self.before_pico = self.after_pico = 0

    def add(self, before: int | None, after: int | None) -> None:
        """Add one call."""
        self.requests += 1
        if before is not None:
            self.priced_before += 1
            self.before_pico += before
        if after is not None:
            self.priced_after += 1
            self.after_pico += after


class Offer:
    """One facet's calls at one price card; `changed` holds the sums of those that change, by their new status.

    `numbers` is for the one who applies it: the facets of the changed calls, by status.
    """

    def __init__(self, facet: Facet, card: PriceCard | None) -> None:
        """Take the facet, and the card that holds for its calls; None without one."""
        self.facet = facet
        self.card = card
        self.changed: dict[CostStatus, Sums] = {}
        self.numbers: dict[CostStatus, int] = {}
        self._tariff = Tariff(card) if card else None
        self._status = card.status if card else CostStatus.UNPRICED
        simple = simple_rates(card) if card and card.status is CostStatus.PRICED else None
        self._plain = simple and ((0, simple.input_pico, simple.output_pico), *simple.tiers)
        self._is_free = {has_usage: _is_free(facet, has_usage=has_usage) for has_usage in (False, True)}

    def verdict(self, row: ChargedRow) -> Verdict:
        """Return the charge of a call."""
        into, out = row.input_tokens, row.output_tokens
        has_usage = into is not None
        if self._is_free[has_usage]:
            return Verdict(CostStatus.FREE, 0)
        if not has_usage or self._tariff is None:
            return Verdict(CostStatus.UNPRICED, None)
        is_plain = not (row.cache_read_tokens or row.cache_write_tokens or row.reasoning_tokens or row.usage)
        if self._plain and is_plain:
            pico = _plain_cost(self._plain, into or 0, out or 0)
        else:
            pico = self._tariff.cost(whole_usage(row[3:8], row.usage))
        return Verdict(CostStatus.UNPRICED, None) if pico is None else Verdict(self._status, pico)

    def card_for(self, status: CostStatus) -> PriceCard | None:
        """Return the card by which calls get that status; None where no card does."""
        return self.card if self.card is not None and status is self._status else None

    def count(self, status: CostStatus, before: int | None, after: int | None) -> None:
        """Add a call that changes to the sums."""
        sums = self.changed.get(status)
        if sums is None:
            sums = self.changed[status] = Sums()
        sums.add(before, after)


def card_of(body: str | None) -> PriceCard | None:
    """Return a price card of the ledger; None for none, and for one that only a newer version can read."""
    try:
        return None if body is None else PriceCard.from_json(body)
    except (ValueError, KeyError, TypeError):
        return None


def reason_of(old: PriceCard | None, new: PriceCard | None, status: CostStatus, *, is_own: bool) -> RepriceReason:
    """Say why calls are charged otherwise, with a new status; `is_own`: the new price is the user's own."""
    if old == new or (new is None and status is not CostStatus.UNPRICED):
        return RepriceReason.CORRECTION
    if new is None or (_was_own(old) and not is_own):
        return RepriceReason.OWN_PRICE_GONE if _was_own(old) else RepriceReason.UNKNOWN_NOW
    if is_own:
        return RepriceReason.OWN_PRICE
    if old is None:
        return RepriceReason.KNOWN_NOW
    return RepriceReason.CORRECTION if _list_of(old) == _list_of(new) else RepriceReason.NEWER_LIST


def _plain_cost(steps: tuple[tuple[int, int, int], ...], into: int, out: int) -> int | None:
    """Return the picodollars of plain input and output; `steps` are (above, input, output), the first one above 0."""
    _, input_pico, output_pico = steps[0]
    for above, tier_input, tier_output in steps[1:]:
        if into > above:
            input_pico, output_pico = tier_input, tier_output
    cost = into * input_pico + out * output_pico
    return None if cost > _LARGEST else cost


def _is_free(facet: Facet, *, has_usage: bool) -> bool:
    call = UsageEvent(
        event_id=EventId("some.1"),
        occurred_at=_SOME_DAY,
        source=facet.source,
        basis=Basis.REPORTED if has_usage else Basis.MISSING,
        operation_name=facet.operation_name,
        usage=TokenUsage() if has_usage else None,
        finish=Finish(facet.finish),
        error_type=facet.error_type,
    )
    return unbilled(call) is not None


def _was_own(card: PriceCard | None) -> bool:
    return card is not None and not card.source.startswith(_LIST)


def _list_of(card: PriceCard) -> str:
    return card.source.partition(",")[0]
