"""Calls that nobody has told yet come into the ledger the same whether by many rows at once or one by one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from msgspec import structs

from tests.cost_logs import check_sums
from tests.tellers import Hearing, answer_id, told
from tokencli.domain.usage import Basis, TokenUsage
from tokencli.readers.agents import AGENTS
from tokencli.readers.claude_code import ClaudeCodeReader
from tokencli.services import tell
from tokencli.services.told_rows import differs
from tokencli.store.answers import NAME_START, NAMED_BY_ANSWER

if TYPE_CHECKING:
    from tests.cost_logs import Shop
    from tokencli.readers.told import Told

COLUMNS = "e.*, f.key, d.usage, d.raw_usage, d.response_id, d.conversation_id, d.duration_us, d.time_to_first_token_us"
MANY = TokenUsage(
    input_tokens=90, cache_write_tokens=20, cache_write_1h_tokens=5, output_tokens=9, service_tier="batch"
)
CALLS: tuple[Told, ...] = (
    told("k:1"),
    told("k:2", 3, cached=40, response_id="2", raw_usage='{"a": 1}', duration_us=7, conversation_id="c"),
    told("k:3", 86_400, reported_cost_pico=100 * 1_000_000 + 50 * 2_000_000),
    told("k:4", 1_000, reported_cost_pico=7_000_000_000),
    told("k:5", request_model="nobody-knows"),
    told("k:6", operation_name="embeddings"),
    structs.replace(told("k:7"), usage=None, basis=Basis.MISSING),
    structs.replace(told("k:8"), usage=None, basis=Basis.MISSING, error_type="timeout"),
    structs.replace(told("k:9"), usage=MANY),
    structs.replace(told("k:10"), usage=TokenUsage(input_tokens=5, audio_input_tokens=3, output_tokens=1)),
)


def never(_: object) -> bool:
    return False


def kept(shop: Shop, hearing: Hearing, calls: tuple[Told, ...]) -> list[tuple[object, ...]]:
    outcome = hearing.hear("tiny", *calls)
    check_sums(shop.connection)
    names = shop.connection.execute("SELECT key, event_id FROM identity ORDER BY key").fetchall()
    details = shop.connection.execute("SELECT event_id FROM event_detail ORDER BY 1").fetchall()
    return [outcome, *hearing.rows(COLUMNS), *names, *details]


ALIKE = tuple(told(f"k:{number}", number, cached=number, response_id=f"{number}") for number in range(9))
ABSURD = structs.replace(told("k:10", 5), usage=TokenUsage(input_tokens=2**52, output_tokens=1))


@pytest.mark.parametrize(
    "calls",
    [CALLS, ALIKE, (*ALIKE, told("k:9", 86_400)), (*ALIKE, ABSURD), (*ALIKE, told("k:9", request_model="nobody"))],
    ids=["odd", "alike", "two days", "without a price that could be", "two models"],
)
def test_many_rows_at_once_are_those_of_one_call_after_the_other(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, calls: tuple[Told, ...]
) -> None:
    at_once = kept(shop, Hearing(shop.database, shop.book), calls)
    with shop.database.transaction():
        for table in ("event", "rollup", "event_detail", "identity", "facet", "price", "origin"):
            shop.connection.execute(f"DELETE FROM {table}")
    monkeypatch.setattr(tell, "_are_known_by_name", never)
    one_by_one = kept(shop, Hearing(shop.database, shop.book), calls)
    assert at_once == one_by_one


MARKS = "e.id & 255, d.found_elsewhere, f.source, f.session_id IS d.conversation_id"


def claude_line(name: str | None, **more: object) -> bytes:
    usage = {"input_tokens": 100, "output_tokens": 50}
    message: dict[str, Any] = {"id": name, "model": "claude-sonnet-4-5", "usage": usage, **more}
    record = {"type": "assistant", "timestamp": "2025-10-09T12:00:00Z", "sessionId": "s1", "message": message}
    return json.dumps(record).encode()


def test_calls_that_claude_codes_reader_names_by_their_answers_need_no_index(shop: Shop) -> None:
    assert NAMED_BY_ANSWER in {agent.name for agent in AGENTS}
    reader = ClaudeCodeReader("/h/.claude/projects/-src-app/0b1c.jsonl", None)
    search = {"input_tokens": 5, "output_tokens": 1, "iterations": [{"type": "advisor_message", "input_tokens": 7}]}
    lines = (claude_line("msg_01AbCd"), claude_line(None), claude_line("msg_02", usage=search))
    calls = [call for line in lines for call in reader.read(line)]
    hearing = Hearing(shop.database, shop.book)
    hearing.hear(NAMED_BY_ANSWER, *calls)
    hearing.hear(NAMED_BY_ANSWER, *reader.read(claude_line("x" * 999)), start=9)
    marks = dict(hearing.rows("coalesce(substr(d.response_id, 1, 9), e.id & 255), d.found_elsewhere"))
    assert marks == {"msg_01AbC": 1, 1: None, "msg_02": 1, 3: None, "xxxxxxxxx": None}
    assert {tuple(row[2:]) for row in hearing.rows(MARKS)} == {(NAMED_BY_ANSWER, 1)}


def test_only_what_is_certain_is_marked(shop: Shop) -> None:
    a, b, c, d = (answer_id(name) for name in "abcd")
    hearing = Hearing(shop.database, shop.book)
    hearing.hear(
        NAMED_BY_ANSWER,
        told(NAME_START + a, 0, response_id=a, conversation_id="c1"),
        told(NAME_START + b, 1, response_id=b),
        told(f"{NAME_START}0:{c}", 2, response_id=c, conversation_id="c1"),
        told(f"other:{d}", 3, response_id=d, conversation_id="c1"),
        told(f"{NAME_START}None", 4, conversation_id="c1"),
        structs.replace(told(f"{NAME_START}", 5), response_id=""),
    )
    expected = [(0, 1), (1, 1), (2, None), (3, None), (4, None), (5, 1)]
    assert [row[:2] for row in hearing.rows(MARKS)] == expected
    assert {row[2:] for row in hearing.rows(MARKS)} == {(NAMED_BY_ANSWER, 1)}


def test_calls_of_other_sources_are_never_marked(shop: Shop) -> None:
    hearing = Hearing(shop.database, shop.book)
    for source in ("codex", "claude"):
        hearing.hear(source, told(f"{source}:{answer_id(source)}", response_id=answer_id(source)))
        hearing.hear(source, told(NAME_START + answer_id(source), 9000, response_id=answer_id(source)), start=1)
    assert {row[1] for row in hearing.rows(MARKS)} == {None}


def test_a_source_that_says_nothing_but_zero_dollars_differs_from_the_list(shop: Shop) -> None:
    hearing = Hearing(shop.database, shop.book)
    outcome = hearing.hear("tiny", told("k:1", reported_cost_pico=0), told("k:2", 3, reported_cost_pico=0))
    assert (outcome.recorded, outcome.price_differences) == (2, 2)


@pytest.mark.parametrize(
    ("listed", "reported", "is_different"),
    [(None, 5, False), (5, None, False), (5, 500_005, False), (5, 500_006, True)],
)
def test_a_difference_beyond_rounding_counts(*, listed: int | None, reported: int | None, is_different: bool) -> None:
    assert differs(listed, reported) is is_different
