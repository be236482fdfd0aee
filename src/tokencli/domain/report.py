"""What a report holds: the frozen values that the store's queries return and every view shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from tokencli.domain.errors import ImpossibleValueError, UsageError
from tokencli.domain.money import Usd, check_cost, exact_sum
from tokencli.domain.period import Grain, Period

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

TIME_DIMENSIONS = tuple(grain.value for grain in Grain)
NAME_DIMENSIONS = ("provider", "model", "session", "source", "project", "agent", "client", "basis", "status")
_COUNTS = (
    "requests",
    "errors",
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
    "priced_requests",
    "unpriced_requests",
    "subscription_requests",
    "free_requests",
    "estimated_requests",
    "partial_requests",
    "missing_requests",
)
FILTERS = ("model", "provider", "session", "source", "project", "agent", "client")


def dimensions_of(text: str) -> tuple[str, ...]:
    """Return the dimensions of a list such as "day,model" or "tag:team"; raise UsageError for one there is not."""
    names = tuple(name.strip() for name in text.split(","))
    for name in names:
        if name not in TIME_DIMENSIONS and name not in NAME_DIMENSIONS and not (name.startswith("tag:") and name[4:]):
            known = ", ".join((*TIME_DIMENSIONS, *NAME_DIMENSIONS, "tag:KEY"))
            msg = f"unknown dimension {name!r}: use one of {known}."
            raise UsageError(msg)
    if len(set(names)) < len(names):
        msg = f"the dimensions {text!r} name one twice: name each once."
        raise UsageError(msg)
    return names


def check_sum(name: str, value: object) -> None:
    """Raise ImpossibleValueError unless the value is a whole number, 0 or more, and no bool."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ImpossibleValueError(what=name, value=value, rule="a sum of counts is a whole number, 0 or more")


def check_known_cost(name: str, value: object) -> None:
    """Raise ImpossibleValueError unless the value is None (not known) or a finite Decimal, 0 or more."""
    if value is not None:
        check_cost(name, value)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter:
    """Which calls count: each name maps to the values that are let in; an empty filter lets all in.

    A value matches its column whole, ignoring case; `*` stands for any text ("gpt-4o*"). `tags` maps
    a tag's key to the value asked for.
    """

    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    tags: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Sums over some calls; the keys and their meaning are those of the report JSON.

    `list_cost` sums what has a price; it is None when there are calls and none of them has one, and a
    lower bound when `unpriced_requests` is above 0. `reported_cost` is None when no source said a cost.
    """

    requests: int = 0
    errors: int = 0
    input_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    list_cost: Usd | None = Usd(Decimal(0))  # noqa: RUF009 - immutable
    reported_cost: Usd | None = None
    priced_requests: int = 0
    unpriced_requests: int = 0
    subscription_requests: int = 0
    free_requests: int = 0
    estimated_requests: int = 0
    partial_requests: int = 0
    missing_requests: int = 0

    def __post_init__(self) -> None:
        """Refuse sums that no calls can have."""
        for name in _COUNTS:
            check_sum(name, getattr(self, name))
        check_known_cost("list_cost", self.list_cost)
        check_known_cost("reported_cost", self.reported_cost)

    @property
    def total_tokens(self) -> int:
        """Return input plus output; the parts are inside and not added again."""
        return self.input_tokens + self.output_tokens

    @property
    def has_counts(self) -> bool:
        """Say whether the token sums mean anything: not when there are calls and no source counted any of them."""
        return not self.requests or self.missing_requests < self.requests

    def sum_of(self, name: str) -> int | None:
        """Return the sum of that name, such as "input_tokens"; None for tokens that no source counted."""
        number: int = getattr(self, name)
        return number if self.has_counts or not name.endswith("_tokens") else None

    @property
    def is_lower_bound(self) -> bool:
        """Say whether the list cost leaves out calls whose price is not known."""
        return self.unpriced_requests > 0


def together(sums: Iterable[Totals]) -> Totals:
    """Return the sums of all these calls; what only some of them know is the sum of those."""
    parts = [one for one in sums if one.requests]
    costs = {
        name: [cost for one in parts if (cost := getattr(one, name)) is not None]
        for name in ("list_cost", "reported_cost")
    }
    return Totals(
        **{name: sum(getattr(one, name) for one in parts) for name in _COUNTS},
        list_cost=exact_sum(costs["list_cost"]) if costs["list_cost"] or not parts else None,
        reported_cost=exact_sum(costs["reported_cost"]) if costs["reported_cost"] else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRow:
    """One row: its key (dimension -> label, None where nothing is known) and its sums."""

    key: Mapping[str, str | None]
    totals: Totals


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One table of sums over one period; `as_of`: as it was believed then (aware UTC), None for what is known now."""

    period: Period
    group_by: tuple[str, ...]
    totals: Totals
    rows: tuple[ReportRow, ...]
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeCount:
    """Lines of failure that a log held: they explain calls without counts. `code` is stable, e.g. "timeout"."""

    code: str
    provider_name: str | None
    model: str | None
    count: int

    def __post_init__(self) -> None:
        """Refuse a negative count."""
        check_sum("count", self.count)
