from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.cost_logs import check_sums
from tests.tellers import Hearing, answer_id, told
from tokencli.domain.event import EventId, UsageEvent
from tokencli.domain.usage import Basis, Estimate, TokenUsage
from tokencli.services.meetings import BY_ID_NOTE
from tokencli.services.record import Door
from tokencli.store.calls import call_named
from tokencli.store.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cost_logs import Shop

RUN = "0123456789ab"


def settled(seq: int = 1, answer: str | None = answer_id(1), **more: Any) -> UsageEvent:
    return UsageEvent(
        event_id=EventId(f"{RUN}.{seq}"),
        occurred_at=datetime(2025, 10, 9, 12, 0, tzinfo=UTC),
        source="proxy",
        basis=Basis.REPORTED,
        request_model="alpha",
        session_id="s1",
        response_id=answer,
        usage=TokenUsage(input_tokens=100, output_tokens=60),
        estimate=Estimate(input_tokens=90),
        **more,
    )


@pytest.fixture
def hearing(shop: Shop) -> Hearing:
    return Hearing(shop.database, shop.book)


@pytest.fixture
def record(shop: Shop) -> Callable[[UsageEvent], bool]:
    def recorded(event: UsageEvent) -> bool:
        with shop.database.transaction():
            ledger = Ledger(shop.connection)
            ledger.dictionary.origin(RUN, "proxy", None)
            return Door(ledger, shop.book).record(event)

    return recorded


def test_a_call_that_a_log_told_before_it_was_settled_is_one(
    hearing: Hearing, record: Callable[[UsageEvent], bool]
) -> None:
    hearing.hear("claude", told("c:1", 5, out=50, response_id=answer_id(1), agent="scout"))
    assert record(settled())
    assert hearing.rows("f.source, f.session_id, f.agent, e.output_tokens") == [("proxy", "s1", "scout", 60)]
    assert hearing.sightings() == [("claude", None), ("proxy", BY_ID_NOTE)]
    assert call_named(hearing.connection, f"{RUN}.1").event.estimate == Estimate(input_tokens=90)
    assert not record(settled()), "a spool that is taken in twice"
    assert hearing.totals()[0] == 1
    assert hearing.hear("claude", told("c:1", 5, out=50, response_id=answer_id(1)))[:3] == (0, 0, 1)
    check_sums(hearing.connection)


def test_two_calls_of_the_proxy_stay_two_though_their_answers_have_one_id(
    hearing: Hearing, record: Callable[[UsageEvent], bool]
) -> None:
    assert record(settled(1))
    assert record(settled(2))
    assert not record(settled(2))
    assert hearing.totals()[0] == 2


def test_an_id_that_says_nothing_joins_nothing(hearing: Hearing, record: Callable[[UsageEvent], bool]) -> None:
    hearing.hear("tiny", told("k:1", response_id="chatcmpl-150"))
    assert record(settled(1, "chatcmpl-150"))
    assert record(settled(2, None))
    assert hearing.totals()[0] == 3


def test_one_answer_is_of_one_call_of_the_proxy(hearing: Hearing, record: Callable[[UsageEvent], bool]) -> None:
    hearing.hear("claude", told("c:1", 5, response_id=answer_id(1)))
    assert record(settled(1))
    assert record(settled(2))
    assert hearing.totals()[0] == 2
