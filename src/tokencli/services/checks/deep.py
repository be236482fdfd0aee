"""Deep: every row derived once more, its counts from its raw usage and its cost from its price card."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from tokencli.domain.charge import CostStatus
from tokencli.domain.errors import ImpossibleValueError
from tokencli.domain.usage import PLAIN_COUNTS, Basis, whole_usage
from tokencli.pricing.card import PriceCard
from tokencli.pricing.tariff import Tariff
from tokencli.services.checks.evidence import calls_words, name_of, problem, success, warning
from tokencli.services.checks.raw_usage import agrees
from tokencli.store import check_deep
from tokencli.store.check_rows import event_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokencli.domain.finding import Finding
    from tokencli.domain.usage import TokenUsage
    from tokencli.services.checks.evidence import Evidence
    from tokencli.store.check_deep import DeepRow
    from tokencli.store.facets import Facet

_STEP: Final = 5_000
_COUNTED: Final = frozenset({Basis.REPORTED.value, Basis.PARTIAL.value})
_UNREADABLE: Final = (ValueError, KeyError, TypeError, ArithmeticError)


class _Ledgerwork:
    """What the rows came to so far, by model: how many, and the first example of each fault."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._tariffs = _tariffs(check_deep.price_bodies(evidence.connection))
        self.rows = self.reread = self.charged = 0
        self.counts_differ: Counter[str] = Counter()
        self.charges_differ: Counter[str] = Counter()
        self.unreadable: Counter[str] = Counter()
        self.examples: dict[tuple[str, str], int] = {}

    def take(self, row: DeepRow) -> None:
        """Look at one row."""
        facet = self._evidence.facets.get(row.facet_id)
        self.rows += 1
        if facet is None:
            return
        try:
            usage = _usage(row)
        except _UNREADABLE:
            self._note("unreadable", self.unreadable, facet, row)
            return
        if not self._counts_agree(row, facet, usage):
            self._note("counts", self.counts_differ, facet, row)
        if not self._charge_agrees(row, facet, usage):
            self._note("charge", self.charges_differ, facet, row)

    def _counts_agree(self, row: DeepRow, facet: Facet, usage: TokenUsage | None) -> bool:
        if usage is None or facet.basis == Basis.MISSING:
            return usage is None and facet.basis == Basis.MISSING
        if any(getattr(usage, name) != getattr(row, name) for name in PLAIN_COUNTS):
            return False
        if row.raw_usage is None or facet.basis not in _COUNTED:
            return True
        agreed = agrees(facet.source, row.raw_usage, usage)
        self.reread += agreed is not None
        return agreed is not False

    def _charge_agrees(self, row: DeepRow, facet: Facet, usage: TokenUsage | None) -> bool:
        cost = row.list_cost_pico
        if facet.status == CostStatus.UNPRICED:
            return cost is None
        if facet.status != CostStatus.PRICED:
            return cost == 0
        tariff = self._tariffs.get(facet.price_id or 0)
        if tariff is None or usage is None:
            return False
        self.charged += 1
        return tariff.cost(usage) == cost

    def _note(self, kind: str, counter: Counter[str], facet: Facet, row: DeepRow) -> None:
        name = name_of(facet)
        counter[name] += 1
        self.examples.setdefault((kind, name), row.id)


def deep(evidence: Evidence) -> Iterator[Finding]:
    """Find rows whose counts are not what their raw usage says, or whose cost is not what their price gives."""
    if not evidence.is_deep:
        return
    work = _Ledgerwork(evidence)
    rows = sum(tally.requests for tally in evidence.sums.values())
    for row in check_deep.rows(evidence.connection, evidence.period):
        work.take(row)
        if not work.rows % _STEP:
            evidence.tools.advance(work.rows, rows)
    evidence.tools.advance(work.rows, rows)
    yield from _findings(evidence, work)


def _findings(evidence: Evidence, work: _Ledgerwork) -> Iterator[Finding]:
    for name, count in work.counts_differ.items():
        example = event_name(evidence.connection, work.examples["counts", name])
        words = f"{name}: the counts of {calls_words(count)} are not what their own raw usage says, such as {example}."
        advice = (
            f"Look at 'tokencli explain {example}': another program changed the row, or a meter was corrected since."
        )
        yield problem("counts-differ", words, advice, subject=name, count=count)
    for name, count in work.charges_differ.items():
        example = event_name(evidence.connection, work.examples["charge", name])
        words = f"{name}: the list cost of {calls_words(count)} is not what their price gives, such as {example}."
        yield problem("charge-differs", words, "Price them anew with 'tokencli reprice'.", subject=name, count=count)
    for name, count in work.unreadable.items():
        example = event_name(evidence.connection, work.examples["unreadable", name])
        words = f"{name}: the counts of {calls_words(count)} cannot be read, such as {example}."
        advice = "A newer tokencli wrote them, or another program did: upgrade tokencli, or bring back a copy."
        yield warning("row-unreadable", words, advice, subject=name, count=count)
    if not (work.counts_differ or work.charges_differ or work.unreadable):
        words = (
            f"All {work.rows:,} rows were derived anew: {work.reread:,} from their raw usage, {work.charged:,} charges "
            "from their price cards; all agree."
        )
        yield success("rows-agree", words, count=work.rows)


def _usage(row: DeepRow) -> TokenUsage | None:
    """Return a row's counts; raise one of _UNREADABLE when there can be none such."""
    if row.input_tokens is None:
        return None
    try:
        return whole_usage(row[2:7], row.usage)
    except ImpossibleValueError as error:
        raise ValueError(str(error)) from None


def _tariffs(bodies: dict[int, str]) -> dict[int, Tariff]:
    found: dict[int, Tariff] = {}
    for number, body in bodies.items():
        try:
            found[number] = Tariff(PriceCard.from_json(body))
        except _UNREADABLE:
            continue
    return found
