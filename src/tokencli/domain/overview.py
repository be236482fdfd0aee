"""What a page and the remarks beside a report show besides sums: prices that differ, sizes, hours, and all together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from tokencli.domain.errors import ImpossibleValueError
from tokencli.domain.money import Usd, check_cost
from tokencli.domain.report import check_known_cost, check_sum

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from tokencli.domain.report import EventFilter, NoticeCount, Report

_COSTS_OF_DIFFERENCE = (
    "list_cost",
    "reported_cost",
    "logged_input_price",
    "list_input_price",
    "logged_output_price",
    "list_output_price",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceDifference:
    """What sources themselves said a model's calls cost, beside the list: the same calls on both sides.

    `requests` counts the calls that have both figures. `first_seen` and `last_seen` are aware UTC. The logged
    and list unit prices are dollars per million tokens: those that most of the calls have, None where no line
    printed any.
    """

    provider_name: str | None
    model: str | None
    requests: int
    list_cost: Usd
    reported_cost: Usd
    first_seen: datetime
    last_seen: datetime
    logged_input_price: Usd | None = None
    list_input_price: Usd | None = None
    logged_output_price: Usd | None = None
    list_output_price: Usd | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be true of calls that were seen."""
        check_sum("requests", self.requests)
        for name in _COSTS_OF_DIFFERENCE:
            check_known_cost(name, getattr(self, name))
        for what, moment in (("first_seen", self.first_seen), ("last_seen", self.last_seen)):
            if moment.utcoffset() != timedelta(0):
                raise ImpossibleValueError(what=what, value=moment.isoformat(), rule="it must be an aware time in UTC")
        if self.last_seen < self.first_seen:
            raise ImpossibleValueError(
                what="last_seen", value=self.last_seen.isoformat(), rule=f"it was first seen {self.first_seen}"
            )

    @property
    def factor(self) -> Decimal | None:
        """Return logged / list cost; None when the list cost is 0."""
        return self.reported_cost / self.list_cost if self.list_cost else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CostBin:
    """How many calls cost at least `low` and less than `high` dollars each (list cost)."""

    low: Usd
    high: Usd
    requests: int

    def __post_init__(self) -> None:
        """Refuse a bin without width."""
        check_sum("requests", self.requests)
        check_cost("low", self.low)
        check_cost("high", self.high)
        if self.high <= self.low:
            raise ImpossibleValueError(what="high", value=self.high, rule=f"the bin begins at {self.low}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeCell:
    """How many calls of one model had about so many input and output tokens (centres of log-spaced cells)."""

    model: str | None
    input_tokens: int
    output_tokens: int
    requests: int

    def __post_init__(self) -> None:
        """Refuse negative counts."""
        for name in ("input_tokens", "output_tokens", "requests"):
            check_sum(name, getattr(self, name))


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatCell:
    """One hour of one weekday in the period's zone: weekday 0 is Monday, hour 0..23."""

    weekday: int
    hour: int
    requests: int
    list_cost: Usd

    def __post_init__(self) -> None:
        """Refuse an hour that no week has."""
        for name in ("weekday", "hour", "requests"):
            check_sum(name, getattr(self, name))
        check_cost("list_cost", self.list_cost)
        if self.weekday not in range(7) or self.hour not in range(24):
            raise ImpossibleValueError(
                what="an hour of the week", value=(self.weekday, self.hour), rule="it lies between (0, 0) and (6, 23)"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Everything a page shows of one period; each part is made by the same queries as the tables."""

    report: Report
    by_day_model: Report
    by_day: Report
    by_model: Report
    by_provider: Report
    cost_bins: tuple[CostBin, ...]
    size_cells: tuple[SizeCell, ...]
    heat_cells: tuple[HeatCell, ...]
    price_differences: tuple[PriceDifference, ...]
    notices: tuple[NoticeCount, ...]
    generated_at: datetime
    ledger: str
    filter: EventFilter
