"""Evidence: what the checks look at, each part read once, when a check first asks for it.

All of it comes from one state of one ledger. Nothing here knows where the ledger lies, so that a foreign one, brought
into a ledger of ours, is judged by the same checks.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from tokencli.domain.charge import CostStatus
from tokencli.domain.finding import Finding, Severity
from tokencli.domain.report import EventFilter
from tokencli.domain.usage import Basis
from tokencli.store import check_rows, check_sums, queries
from tokencli.store.facets import facets
from tokencli.store.slices import from_us

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    from tokencli.config.values import Settings
    from tokencli.domain.period import Period
    from tokencli.domain.report import NoticeCount
    from tokencli.pricing.book import PriceBook
    from tokencli.store.check_sums import ComparedDay, DaySums
    from tokencli.store.database import Connection
    from tokencli.store.facets import Facet
    from tokencli.store.slices import Sums

UNBILLED = frozenset({"count_tokens", "moderation"})
TALKS = frozenset({"chat", "generate_content", "text_completion"})
"""The operations that generate text, so that each of their answers has input and output tokens."""
PROXY = "proxy"
COST_LINES = "cost-line"
BACKENDS = frozenset({COST_LINES, "cost-table"})
"""Sources that are a backend of the user's own, so that its price table can be corrected."""
UNASKED = "metrics-table"
"""The proxy before this one, which never asked for include_usage."""
_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(8999, 1, 1, tzinfo=UTC)
MOST_BYTES = 64 * 2**20
"""Above this size of the ledger, pages and references are looked at by a deep check only."""


def _nobody(done: int, of: int) -> None:
    """Tell nobody."""
    del done, of


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What checks ask besides the ledger: prices (looked up only when needed) and config.toml.

    `is_deep` asks for everything again, row by row; `advance` is told how many rows were looked at, and of how many.
    """

    book: Callable[[], PriceBook]
    settings: Settings
    is_deep: bool = False
    advance: Callable[[int, int], None] = _nobody


class Evidence:
    """What is known of a period's calls; `is_whole` says that the period is all that the ledger holds."""

    def __init__(
        self, connection: Connection, period: Period, tools: Tools, now: datetime, *, is_whole: bool = True
    ) -> None:
        """Read nothing yet; use it inside one reading of the ledger."""
        self.connection = connection
        self.period = period
        self.tools = tools
        self.now = now
        self.is_whole = is_whole

    @property
    def is_deep(self) -> bool:
        """Say whether every row is looked at again."""
        return self.tools.is_deep

    @cached_property
    def is_too_large(self) -> bool:
        """Say whether the ledger is too large for looking at each of its pages without being asked to."""
        return not self.is_deep and check_sums.size(self.connection) > MOST_BYTES

    @cached_property
    def facets(self) -> dict[int, Facet]:
        """Return the facets by their numbers."""
        return {facet.id: facet for facet in facets(self.connection, EventFilter())}

    @cached_property
    def days(self) -> list[DaySums]:
        """Return the period's sums by UTC day and facet."""
        return check_sums.day_sums(self.connection, self.period, self.facets)

    @cached_property
    def sums(self) -> dict[int, Tally]:
        """Return the period's sums by facet."""
        found: dict[int, Tally] = defaultdict(Tally)
        for each in self.days:
            found[each.facet_id].add(each.sums)
        return found

    @cached_property
    def zero_calls(self) -> dict[int, int]:
        """Return by facet how many of the period's calls say 0 tokens."""
        return check_rows.zero_calls(self.connection, self.period)

    @cached_property
    def compared(self) -> list[ComparedDay]:
        """Return what sources said beside the list by UTC day and facet."""
        return check_sums.compared_days(self.connection, self.period)

    @cached_property
    def notices(self) -> tuple[NoticeCount, ...]:
        """Return the lines of failure that the period's logs held; of the whole ledger, those beside its calls too."""
        ever = replace(self.period, start=_FIRST, end=_LAST)
        return queries.notices(self.connection, ever if self.is_whole else self.period)

    def by(self, key: Callable[[Facet], object | None]) -> dict[object, list[tuple[Facet, Tally]]]:
        """Return facets with calls and their sums, by a key of theirs; facets whose key is None are left out."""
        found: dict[object, list[tuple[Facet, Tally]]] = defaultdict(list)
        for number, tally in self.sums.items():
            facet = self.facets[number]
            chosen = key(facet)
            if chosen is not None and tally.requests:
                found[chosen].append((facet, tally))
        return found


class Tally:
    """Sums of a facet over the period; money in picodollars."""

    __slots__ = ("input_tokens", "list_pico", "output_tokens", "reported_requests", "requests")

    def __init__(self) -> None:
        """Begin with nothing."""
        self.requests = self.reported_requests = self.input_tokens = self.output_tokens = self.list_pico = 0

    def add(self, sums: Sums) -> None:
        """Add the sums of a day."""
        self.requests += sums.requests
        self.reported_requests += sums.reported_requests
        self.input_tokens += sums.input_tokens
        self.output_tokens += sums.output_tokens
        self.list_pico += sums.list_cost_pico

    @property
    def total_tokens(self) -> int:
        """Return input plus output."""
        return self.input_tokens + self.output_tokens


def is_lonely_twin(facet: Facet) -> bool:
    """Say whether only the tracker's own line told of a facet's calls: agent and dollars, and no tokens."""
    return facet.basis == Basis.MISSING and facet.agent is not None and facet.source == COST_LINES


def is_billed(facet: Facet) -> bool:
    """Say whether a provider bills a facet's calls by what they used."""
    return facet.operation_name not in UNBILLED and facet.status != CostStatus.SUBSCRIPTION


def name_of(facet: Facet) -> str:
    """Return what a model is called in a finding."""
    return facet.model or "(no model named)"


def requests_of(found: Iterable[tuple[Facet, Tally]]) -> int:
    """Return how many calls some facets have together."""
    return sum(tally.requests for _, tally in found)


def day_name(day: int) -> date:
    """Return the date of a UTC day."""
    return from_us(day * check_sums.DAY_US).date()


def calls_words(number: int) -> str:
    """Return a number of calls in words."""
    return f"{number:,} call{'' if number == 1 else 's'}"


def problem(code: str, message: str, advice: str, *, subject: str | None = None, count: int = 0) -> Finding:
    """Return a finding that makes sums wrong."""
    return Finding(code=code, severity=Severity.PROBLEM, message=message, advice=advice, subject=subject, count=count)


def warning(code: str, message: str, advice: str, *, subject: str | None = None, count: int = 0) -> Finding:
    """Return a finding that makes sums doubtful."""
    return Finding(code=code, severity=Severity.WARNING, message=message, advice=advice, subject=subject, count=count)


def success(code: str, message: str, *, subject: str | None = None, count: int = 0) -> Finding:
    """Return good news."""
    return Finding(code=code, severity=Severity.SUCCESS, message=message, subject=subject, count=count)
