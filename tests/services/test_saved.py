"""What is written before a crash is read back after it, whole."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokencli.domain.event import EventId, Finish, UnitPrices, UsageEvent
from tokencli.domain.intent import Intent
from tokencli.domain.money import usd
from tokencli.domain.usage import Basis, Estimate, TokenUsage
from tokencli.services.record import micros
from tokencli.services.saved import event_from, event_line, intent_from, intent_text

AT = datetime(2026, 11, 21, 3, 4, 5, 678901, tzinfo=UTC)
TEXTS = st.none() | st.text(st.characters(codec=None), max_size=8)
COUNTS = st.integers(0, 10**6)


NAMES = ("provider_name", "request_model", "session_id", "conversation_id", "client", "agent", "project")


@given(
    texts=st.fixed_dictionaries(dict.fromkeys(NAMES, TEXTS)),
    tags=st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3),
    counted=st.none() | COUNTS,
)
def test_intent_comes_back_whole(texts: dict[str, str | None], tags: dict[str, str], counted: int | None) -> None:
    intent = Intent(opened_at=AT, operation_name="embeddings", tags=tags, estimated_input_tokens=counted, **texts)
    assert intent_from(micros(AT), intent_text(intent)) == intent


@given(
    usage=st.none() | st.builds(TokenUsage, input_tokens=COUNTS, web_search_requests=COUNTS),
    estimate=st.none() | st.builds(Estimate, input_tokens=st.none() | COUNTS, output_tokens=COUNTS),
    cost=st.none() | st.decimals(0, 1000, places=12).map(usd),
    finish=st.sampled_from(Finish),
    text=TEXTS,
    seconds=st.none() | st.floats(0, 1e6),
)
def test_event_comes_back_whole(
    usage: TokenUsage | None, estimate: Estimate | None, cost: object, finish: Finish, text: str | None, seconds: object
) -> None:
    known = {"response_id": text, "error_type": text, "raw_usage": text, "duration_s": seconds, "reported_cost": cost}
    event = UsageEvent(
        event_id=EventId("run.1"),
        occurred_at=AT,
        source="proxy",
        basis=Basis.MISSING if usage is None else Basis.PARTIAL,
        usage=usage,
        estimate=estimate,
        finish=finish,
        tags={"a": "b"},
        **known,  # type: ignore[arg-type]  # from a table
    )
    line = event_line(event)
    assert line.isascii()
    assert line.count(b"\n") == 1
    assert event_from(line) == event


def test_printed_prices_come_back_exactly() -> None:
    prices = UnitPrices(input_usd=usd("0.00000035"), output_usd=usd("1E-9"))
    event = UsageEvent(
        event_id=EventId("run.1"),
        occurred_at=AT,
        source="proxy",
        basis=Basis.REPORTED,
        usage=TokenUsage(),
        reported_prices=prices,
    )
    assert event_from(event_line(event)) == event
    assert event_from(event_line(replace(event, agent="neo"))) != event


@pytest.mark.parametrize(
    "changed",
    [
        {"event_id": 1},
        {"event_id": ""},
        {"occurred_at": "yesterday"},
        {"basis": "guessed"},
        {"usage": {"input_tokens": -1}},
        {"usage": {"odd": 1}},
        {"tags": {"a": 1}},
        {"agent": ["neo"]},
        {"reported_cost": 0.5},
        {"reported_cost": "NaN"},
    ],
)
def test_line_with_an_impossible_value_is_none(changed: dict[str, object]) -> None:
    fair = {
        "event_id": "r.1",
        "occurred_at": "2026-11-21T00:00:00+00:00",
        "basis": "reported",
        "finish": "ok",
        "source": "proxy",
    }
    assert event_from(json.dumps(fair).encode()) is not None
    assert event_from(json.dumps(fair | changed).encode()) is None


@pytest.mark.parametrize("line", [b"", b"null", b"[]", b"{}", b'"x"', b"\xff\xfe", b'{"event_id":"run.1"'])
def test_line_that_is_no_event_is_none(line: bytes) -> None:
    assert event_from(line) is None


@pytest.mark.parametrize("text", ["", "[]", "null", '{"tags":{"a":1}}', '{"agent":5}', '{"estimated_input_tokens":-1}'])
def test_text_that_is_no_intent_is_none(text: str) -> None:
    assert intent_from(0, text) is None


def test_time_beyond_the_calendar_is_no_intent() -> None:
    assert intent_from(2**62, "{}") is None


def test_half_a_surrogate_pair_in_a_name_is_kept() -> None:
    intent = Intent(opened_at=AT, request_model="gpt-\ud800")
    assert intent_text(intent).isascii()
    assert intent_from(micros(AT), intent_text(intent)) == intent


def test_only_what_is_known_takes_room() -> None:
    assert json.loads(intent_text(Intent(opened_at=AT, agent="neo"))) == {"operation_name": "chat", "agent": "neo"}
