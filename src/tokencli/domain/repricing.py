"""Repricing: what calls would cost by the prices known now, beside what they were charged, and why the two differ."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from tokencli.domain.money import exact_sum
from tokencli.domain.report import check_known_cost, check_sum

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from tokencli.domain.money import Usd
    from tokencli.domain.period import Period


class RepriceReason(StrEnum):
    """Why a call is charged otherwise now."""

    NEWER_LIST = "newer_list"
    OWN_PRICE = "own_price"
    OWN_PRICE_GONE = "own_price_gone"
    KNOWN_NOW = "known_now"
    UNKNOWN_NOW = "unknown_now"
    CORRECTION = "correction"

    @property
    def words(self) -> str:
        """Return the reason in words."""
        return _WORDS[self]


_WORDS = {
    RepriceReason.NEWER_LIST: "newer price list",
    RepriceReason.OWN_PRICE: "own price added",
    RepriceReason.OWN_PRICE_GONE: "own price removed",
    RepriceReason.KNOWN_NOW: "was unpriced, is known now",
    RepriceReason.UNKNOWN_NOW: "no longer known",
    RepriceReason.CORRECTION: "correction",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceChange:
    """The calls of one model whose charge changes for one reason.

    A cost is None where none of the calls has one; `priced_before` and `priced_after` count those that have. The
    sources name where the prices came from; None without a price.
    """

    provider_name: str | None
    model: str | None
    reason: RepriceReason
    requests: int
    priced_before: int
    priced_after: int
    list_cost_before: Usd | None
    list_cost_after: Usd | None
    source_before: str | None = None
    source_after: str | None = None

    def __post_init__(self) -> None:
        """Refuse sums that no calls can have."""
        for name in ("requests", "priced_before", "priced_after"):
            check_sum(name, getattr(self, name))
        check_known_cost("list_cost_before", self.list_cost_before)
        check_known_cost("list_cost_after", self.list_cost_after)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderChange:
    """The calls of one provider whose charge changes, for whatever reason."""

    provider_name: str | None
    requests: int
    list_cost_before: Usd | None
    list_cost_after: Usd | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repricing:
    """What pricing a period's calls anew comes to.

    `requests` counts the calls that were looked at. `is_applied` says whether the new charges are in the ledger now.
    """

    period: Period
    requests: int
    changes: tuple[PriceChange, ...]
    is_applied: bool

    @property
    def changed_requests(self) -> int:
        """Return how many calls are charged otherwise now."""
        return sum(change.requests for change in self.changes)

    @property
    def list_cost_before(self) -> Usd | None:
        """Return what the changed calls were charged; None when none of them had a price."""
        return known_sum(change.list_cost_before for change in self.changes)

    @property
    def list_cost_after(self) -> Usd | None:
        """Return what the changed calls are charged now; None when none of them has a price."""
        return known_sum(change.list_cost_after for change in self.changes)

    def by_provider(self) -> tuple[ProviderChange, ...]:
        """Return the changes by provider, in the order in which the providers come up."""
        return tuple(
            ProviderChange(
                provider_name=name,
                requests=sum(change.requests for change in own),
                list_cost_before=known_sum(change.list_cost_before for change in own),
                list_cost_after=known_sum(change.list_cost_after for change in own),
            )
            for name in dict.fromkeys(change.provider_name for change in self.changes)
            for own in ([change for change in self.changes if change.provider_name == name],)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCharge:
    """What a call was charged until it was priced anew at `replaced_at`, for `reason` in words.

    `list_cost` is None and `price_source` too where it was unpriced.
    """

    replaced_at: datetime
    reason: str
    status: str
    list_cost: Usd | None
    price_source: str | None


def known_sum(costs: Iterable[Usd | None]) -> Usd | None:
    """Return the sum of the costs that are known; None when none is."""
    known = [cost for cost in costs if cost is not None]
    return exact_sum(known) if known else None
