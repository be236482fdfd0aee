from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cost_logs import check_sums
from tests.tellers import Hearing, answer_id, told
from tokencli.services.meetings import BY_ID_NOTE, BY_LIKENESS_NOTE
from tokencli.store.calls import call_named

if TYPE_CHECKING:
    from tests.cost_logs import Shop


@pytest.fixture
def hearing(shop: Shop) -> Hearing:
    return Hearing(shop.database, shop.book)


def test_a_call_keeps_all_its_witnesses(hearing: Hearing) -> None:
    hearing.hear("claude", told("c:1", 60, response_id=answer_id(1)))
    hearing.hear("proxy", told("p:1", 0, response_id=answer_id(1), duration_us=59_000_000), start=7)
    hearing.hear("otel", told("o:1", 61))
    assert hearing.sightings() == [("claude", None), ("otel", BY_LIKENESS_NOTE), ("proxy", BY_ID_NOTE)]
    seen = call_named(hearing.connection, "claude000000.0").sightings
    assert [(each.source, each.seq, each.note) for each in seen] == [
        ("claude", 0, None),
        ("proxy", 7, BY_ID_NOTE),
        ("otel", 0, BY_LIKENESS_NOTE),
    ]
    assert call_named(hearing.connection, "proxy0000000.7").event.event_id == "claude000000.0"


def test_a_third_witness_brings_two_calls_together(hearing: Hearing) -> None:
    hearing.hear("codex", told("x:1", 60))
    hearing.hear("claude", told("c:1", 60, out=1, response_id=answer_id(1)))
    assert hearing.totals()[0] == 2
    hearing.hear("proxy", told("p:1", 0, response_id=answer_id(1), duration_us=60_000_000))
    assert hearing.totals()[0] == 1
    assert hearing.hear("codex", told("x:1", 60))[:3] == (0, 0, 1)
    check_sums(hearing.connection)


def test_many_calls_that_look_alike_meet_one_to_one(hearing: Hearing) -> None:
    hearing.hear("proxy", *(told(f"p:{number}", number) for number in range(10)))
    assert hearing.hear("tiny", *(told(f"k:{number}", number + 0.2) for number in range(12)))[:3] == (2, 10, 0)
    assert hearing.hear("otel", *(told(f"o:{number}", number + 0.4) for number in range(12)))[:3] == (0, 12, 0)


def test_cost_lines_say_nothing_of_the_cache(hearing: Hearing) -> None:
    hearing.hear("cost-line", told("l:1"))
    assert hearing.hear("tiny", told("k:1", 1, cached=80))[:3] == (0, 1, 0)
    hearing.hear("otel", told("o:1", 1000), start=1)
    assert hearing.hear("tiny", told("k:2", 1000, cached=80), start=1)[:3] == (1, 0, 0)


def test_calls_of_different_answers_never_meet(hearing: Hearing) -> None:
    hearing.hear("proxy", told("p:1", response_id=answer_id(1)))
    assert hearing.hear("tiny", told("k:1", response_id=answer_id(2)))[:3] == (1, 0, 0)
