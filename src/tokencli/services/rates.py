"""Rates: for the calls of a log that share a kind, the facet they belong to and what a token of them costs.

A price is looked up once for each kind and day (once for each quarter of an hour where the list has prices by the
hour), so that a million lines cost a handful of look-ups.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from tokencli.domain.charge import CostStatus
from tokencli.domain.money import MAX_PICO, to_pico
from tokencli.domain.providers import canonical_provider, provider_of_model
from tokencli.domain.usage import TokenUsage
from tokencli.readers.batch import MOST_TOKENS
from tokencli.store.dictionary import Facet
from tokencli.store.ledger import BUCKET_US

if TYPE_CHECKING:
    from tokencli.pricing.book import PriceBook
    from tokencli.pricing.card import PriceCard
    from tokencli.pricing.charge import SimpleRates
    from tokencli.readers.batch import Kind
    from tokencli.services.reading import Labels
    from tokencli.store.dictionary import Dictionary

DAY_US: Final = 86_400_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Sort(NamedTuple):
    """What calls with the same price share: canonical provider, model, agent, printed unit prices (-1: none)."""

    provider: str | None
    model: str | None
    agent: str | None
    input_pico: int
    output_pico: int
    has_usage: bool = True


class Rate(NamedTuple):
    """The facet of some calls and, for plain input and output, the picodollars of a token.

    `is_linear` says that tokens times these prices is the cost of any call; else ask `cost`. `tiers` are (above,
    input, output), rising: the last one that the whole input exceeds holds for all tokens. `card` is set where whole
    picodollars a token cannot tell the price of every call, and then each call is charged by it.
    """

    facet_id: int
    is_linear: bool
    input_pico: int = 0
    output_pico: int = 0
    tiers: tuple[tuple[int, int, int], ...] = ()
    card: PriceCard | None = None
    is_priced: bool = True

    def cost(self, input_tokens: int, output_tokens: int) -> int | None:
        """Return the list cost of one call in picodollars; None when it has no price."""
        if self.card is not None:
            return _charged(self.card, input_tokens, output_tokens)
        if not self.is_priced:
            return None
        input_pico, output_pico = self.input_pico, self.output_pico
        for above, tier_input, tier_output in self.tiers:
            if input_tokens > above:
                input_pico, output_pico = tier_input, tier_output
        return input_tokens * input_pico + output_tokens * output_pico


class Rates:
    """Looks rates up and remembers them. A rolled back transaction takes the facets with it: call `forget` then."""

    def __init__(self, book: PriceBook, dictionary: Dictionary, labels: Labels) -> None:
        """Price by `book`, number facets by `dictionary`."""
        self._book = book
        self._dictionary = dictionary
        self._labels = labels
        self._known: dict[Sort, dict[int, Rate]] = {}
        self._steps: dict[Sort, int] = {}

    def forget(self) -> None:
        """Forget every facet."""
        self._known.clear()
        self._dictionary.forget()

    def table(self, sort: Sort) -> tuple[dict[int, Rate], int]:
        """Return what is known of a sort: rates by the number of their stretch of time, and its length in us."""
        return self._known.setdefault(sort, {}), self._steps.get(sort, DAY_US)

    def rate(self, sort: Sort, time_us: int) -> Rate:
        """Return the rate that holds for calls of a sort at a time."""
        table, step = self.table(sort)
        found = table.get(time_us // step)
        if found is None:
            found = self._look_up(sort, time_us)
            table[time_us // self.table(sort)[1]] = found
        return found

    def figure(self, sort: Sort, time_us: int, input_tokens: int, output_tokens: int) -> tuple[int, int | None]:
        """Return facet and list cost of one call of a sort."""
        rate = self.rate(sort, time_us)
        cost = rate.cost(input_tokens, output_tokens)
        return (self.unpriced_facet(sort) if cost is None else rate.facet_id), cost

    def unpriced_facet(self, sort: Sort) -> int:
        """Return the facet of calls whose sort may have a price, while they themselves have none."""
        return self._dictionary.facet(self._facet(sort, CostStatus.UNPRICED, None))

    def _look_up(self, sort: Sort, time_us: int) -> Rate:
        at = _EPOCH + timedelta(microseconds=time_us)
        card = self._book.card(sort.provider, sort.model, at) if sort.has_usage and sort.model else None
        if card is not None and sort.model and sort not in self._steps:
            by_hour = any(each.hours for each in self._book.histories(sort.provider, sort.model))
            self._steps[sort] = BUCKET_US if by_hour else DAY_US
        status = card.status if card else CostStatus.UNPRICED
        simple = self._book.simple_rates(card) if card and status is CostStatus.PRICED else None
        if status is CostStatus.PRICED and simple is None and card and _charged(card, 1, 1) is None:
            status, card = CostStatus.UNPRICED, None
        facet_id = self._dictionary.facet(self._facet(sort, status, card))
        if status in (CostStatus.FREE, CostStatus.SUBSCRIPTION):
            return Rate(facet_id, is_linear=True)
        if status is CostStatus.UNPRICED:
            return Rate(facet_id, is_linear=False, is_priced=False)
        if simple is None or _is_beyond(simple):
            return Rate(facet_id, is_linear=False, card=card)
        return Rate(facet_id, not simple.tiers, simple.input_pico, simple.output_pico, simple.tiers)

    def _facet(self, sort: Sort, status: CostStatus, card: PriceCard | None) -> Facet:
        printed = sort.input_pico >= 0 and sort.output_pico >= 0
        return Facet(
            source=self._labels.source,
            provider_name=sort.provider,
            request_model=sort.model,
            project=self._labels.project,
            agent=sort.agent or self._labels.agent,
            tags=self._labels.tags,
            basis="reported" if sort.has_usage else "missing",
            cost_status=status.value,
            price_id=self._dictionary.price(card.to_json()) if card else None,
            logged_price_id=self._dictionary.logged_price(sort.input_pico, sort.output_pico) if printed else None,
        )


def provider_named(written: str, model: str | None) -> str | None:
    """Return the canonical provider of a name as a log writes it, else the maker of the model."""
    return canonical_provider(written) or (provider_of_model(model) if model else None)


def sort_of(kind: Kind) -> Sort:
    """Return what the calls of a log's kind share, before anything is known of their agent."""
    return Sort(provider_named(kind.provider, kind.model), kind.model, None, kind.input_pico, kind.output_pico)


def _is_beyond(simple: SimpleRates) -> bool:
    """Say whether a call that a log can tell of would cost more than the ledger can hold."""
    steps = ((0, simple.input_pico, simple.output_pico), *simple.tiers)
    return max(step[1] + step[2] for step in steps) * MOST_TOKENS > MAX_PICO


def _charged(card: PriceCard, input_tokens: int, output_tokens: int) -> int | None:
    from tokencli.pricing.charge import charge

    amount = charge(TokenUsage(input_tokens=input_tokens, output_tokens=output_tokens), card).list_cost
    return None if amount is None else to_pico(amount)
