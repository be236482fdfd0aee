"""Told rates: the facet and the list cost of calls that a client's log tells, looked up once a kind and day."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from tokencli.domain.charge import CostStatus, unbilled
from tokencli.domain.kinds import Finish
from tokencli.domain.providers import canonical_provider, provider_of_model
from tokencli.domain.usage import Basis
from tokencli.pricing.tariff import LARGEST_PICO, Slope, Tariff
from tokencli.services.rates import DAY_US
from tokencli.store.dictionary import Facet
from tokencli.store.ledger import BUCKET_US

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tokencli.domain.event import UsageEvent
    from tokencli.pricing.book import PriceBook
    from tokencli.readers.telling import ToldCall, ToldKind
    from tokencli.services.reading import Labels
    from tokencli.store.dictionary import Dictionary

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_REMEMBERED: Final = 20_000
_NO_TAGS: Final = "{}"
_CHAT: Final = "chat"


PlainCounts = tuple[int | None, int | None, int | None, int | None, int | None, int, int]
"""Input, cache reads, cache writes, output, reasoning, writes that live for an hour, web searches."""


class Figure(NamedTuple):
    """The facet of a call, its number, and the list cost in picodollars; None when it is unpriced."""

    facet: Facet
    facet_id: int
    cost: int | None


class Rate(NamedTuple):
    """What calls of a kind cost from `begin` until before `end`, in microseconds; `priced` is None where none is known.

    `slopes` price a plain call; where there are none, the tariff must be asked. `is_linear` says that they are enough
    for the plain calls of the kind.
    """

    begin: int
    end: int
    slopes: tuple[Slope, ...]
    tariff: Tariff | None
    priced: tuple[Facet, int] | None
    unpriced: Facet
    is_linear: bool = False
    priced_id: int = 0


class ToldRates:
    """Looks rates up and remembers them. A rolled back transaction takes the facets with it: call `forget` then."""

    def __init__(self, book: PriceBook, dictionary: Dictionary, labels: Labels) -> None:
        """Price by `book`, number facets by `dictionary`; `labels` hold for every call."""
        self._book = book
        self._dictionary = dictionary
        self._labels = labels
        self._rates: dict[tuple[ToldKind, int], Rate] = {}
        self._steps: dict[tuple[str | None, str | None], int] = {}
        self._tariffs: dict[int, tuple[Tariff, str]] = {}

    def forget(self) -> None:
        """Forget every facet."""
        self._rates.clear()
        self._dictionary.forget()

    def figure(self, kind: ToldKind, call: ToldCall) -> Figure:
        """Return the facet and the list cost of one call."""
        if call.input_tokens is None or kind.operation_name != _CHAT:
            free = unbilled(_bare_event(kind, call))
            if free is not None:
                facet = self._facet(kind, free.status)
                return Figure(facet, self._dictionary.facet(facet), 0)
        rate = self.rate(kind, call.at)
        cost = linear_cost(call, rate.slopes) if call.is_plain and rate.slopes else _cost(call, rate.tariff)
        if cost is None or rate.priced is None:
            return Figure(rate.unpriced, self._dictionary.facet(rate.unpriced), None)
        return Figure(*rate.priced, cost)

    def rate(self, kind: ToldKind, at: int) -> Rate:
        """Return what calls of a kind cost at a time."""
        step = self._step(kind)
        known = self._rates.get((kind, at // step))
        if known is None:
            if len(self._rates) >= _MOST_REMEMBERED:
                self._rates.clear()
            known = self._rates[kind, at // step] = self._look_up(kind, at, at - at % step, step)
        return known

    def _step(self, kind: ToldKind) -> int:
        """Return for how long a price holds at least: a day, or less where it has hours of its own."""
        written = kind.provider_name, kind.response_model or kind.request_model
        step = self._steps.get(written)
        if step is None:
            if len(self._steps) >= _MOST_REMEMBERED:
                self._steps.clear()
            provider, model = _provider(kind), written[1]
            is_hourly = model and any(history.hours for history in self._book.histories(provider, model))
            step = self._steps[written] = BUCKET_US if is_hourly else DAY_US
        return step

    def _look_up(self, kind: ToldKind, at: int, begin: int, step: int) -> Rate:
        provider, model = _provider(kind), kind.response_model or kind.request_model
        unpriced = self._facet(kind, CostStatus.UNPRICED)
        card = self._book.card(provider, model, _EPOCH + timedelta(microseconds=at)) if model else None
        if card is None:
            return Rate(begin, begin + step, (), None, None, unpriced)
        known = self._tariffs.get(id(card))
        if known is None:
            # The tariff holds its card: no other card gets its identity meanwhile.
            known = self._tariffs[id(card)] = Tariff(card), card.to_json()
        tariff, body = known
        facet = unpriced._replace(cost_status=card.status.value, price_id=self._dictionary.price(body))
        slopes = tariff.slopes(kind.service_tier, kind.inference_region)
        number = self._dictionary.facet(facet)
        is_linear = bool(slopes) and kind.operation_name == _CHAT
        return Rate(begin, begin + step, slopes, tariff, (facet, number), unpriced, is_linear, number)

    def _facet(self, kind: ToldKind, status: CostStatus) -> Facet:
        labels = self._labels
        return Facet(
            source=labels.source,
            provider_name=_provider(kind),
            operation_name=kind.operation_name,
            request_model=kind.request_model,
            response_model=kind.response_model,
            session_id=kind.conversation_id,
            project=labels.project or kind.project,
            agent=kind.agent or labels.agent,
            client=kind.client,
            tags=_tags(kind.tags, kind.branch, kind.client_version, labels.tags),
            basis=kind.basis,
            cost_status=status.value,
            finish=_finish(kind).value,
            error_type=kind.error_type,
        )


def linear_cost(call: ToldCall, slopes: tuple[Slope, ...]) -> int | None:
    """Return the cost of a plain call; None where it would be absurd, or a part has no price."""
    return cost_of_counts((*call[4:9], call.hourly_writes, call.web_searches), slopes)


def cost_of_counts(counts: PlainCounts, slopes: tuple[Slope, ...]) -> int | None:
    """Return the cost of a plain call with these counts, as `linear_cost` does."""
    into, read, written, out, reasoning, hourly, searches = counts
    if into is None or read is None or written is None or out is None or reasoning is None:
        return None
    slope = slopes[0]
    for each in slopes[1:]:
        if into > each[0]:
            slope = each
    _, of_fresh, of_read, of_write, of_hourly, of_said, of_reasoning, of_search = slope
    cost = (into - read - written) * of_fresh + read * of_read + written * of_write + out * of_said
    if hourly:
        cost += hourly * (of_hourly - of_write)
    if reasoning:
        cost += reasoning * (of_reasoning - of_said)
    if searches:
        cost += searches * of_search
    return cost if cost <= LARGEST_PICO else None


def costs_of_plain(columns: Sequence[Sequence[int | None]], slopes: tuple[Slope, ...]) -> list[int] | None:
    """Return the costs of many calls of which `columns` has the five counts, as `cost_of_counts` does one by one.

    None where any of them is not of the very plain ones that this is for.
    """
    if any(None in column for column in columns):
        return None
    into, read, written, out, reasoning = cast("Sequence[Sequence[int]]", columns)
    first, *others = slopes
    if any(reasoning) or (others and max(into) > others[0][0]):
        return None
    _, of_fresh, of_read, of_write, _, of_said, _, _ = first
    costs = [
        (every - kept - new) * of_fresh + kept * of_read + new * of_write + said * of_said
        for every, kept, new, said in zip(into, read, written, out, strict=True)
    ]
    return costs if max(costs) <= LARGEST_PICO else None


def _cost(call: ToldCall, tariff: Tariff | None) -> int | None:
    usage = call.token_usage()
    return None if usage is None or tariff is None else tariff.cost(usage)


def _provider(kind: ToldKind) -> str | None:
    written = kind.provider_name
    model = kind.response_model or kind.request_model
    return canonical_provider(written) if written else provider_of_model(model) if model else None


def _finish(kind: ToldKind) -> Finish:
    return Finish.ERROR if kind.error_type else Finish.OK


@lru_cache(maxsize=4096)
def _tags(own: str, branch: str | None, client_version: str | None, labels: str) -> str:
    """Return a call's own tags, those that a log has for all, and the user's, as canonical JSON."""
    told = {"branch": branch, "client_version": client_version}
    tags = json.loads(own) | {name: value for name, value in told.items() if value} | json.loads(labels)
    return json.dumps(tags, sort_keys=True, ensure_ascii=False) if tags else _NO_TAGS


def _bare_event(kind: ToldKind, call: ToldCall) -> UsageEvent:
    """Return as much of a call as decides whether anybody bills it."""
    from tokencli.domain.event import EventId, UsageEvent

    usage = call.token_usage()
    return UsageEvent(
        event_id=EventId(call.key),
        occurred_at=_EPOCH + timedelta(microseconds=call.at),
        source=_CHAT,
        basis=Basis.MISSING if usage is None else Basis.REPORTED,
        operation_name=kind.operation_name,
        usage=usage,
        finish=_finish(kind),
        error_type=kind.error_type,
    )
