"""opencode's messages: rows of the database and files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokencli.domain.usage import Basis
from tokencli.readers import agent_places
from tokencli.readers.opencode import DATABASE_HEAD, OpencodeDocument, OpencodeRows, claims_database, claims_document
from tokencli.readers.told import BrokenRecordError, Told

TOKENS = {"input": 100, "output": 50, "reasoning": 20, "cache": {"read": 30, "write": 5}}


def message(**more: Any) -> dict[str, Any]:
    return {
        "role": "assistant",
        "providerID": "google",
        "modelID": "gemini-3-pro",
        "agent": "explore",
        "path": {"cwd": "/src/app"},
        "time": {"created": 1_767_312_000_000, "completed": 1_767_312_002_500},
        "tokens": TOKENS,
        "cost": 0.03,
        **more,
    }


def row(name: str, told: object, *, session: str = "s", parent: str | None = None) -> tuple[object, ...]:
    return (name, session, told if isinstance(told, str | bytes) else json.dumps(told), "/dir", "1.2", parent)


def read(*rows: tuple[object, ...]) -> list[Told | BrokenRecordError]:
    return list(OpencodeRows().read("/opencode.db", rows))


def test_an_answer_is_a_call_with_everything_known_about_it() -> None:
    (told,) = read(row("m1", message(), parent="p"))
    assert isinstance(told, Told)
    assert told.usage is not None
    assert (told.usage.input_tokens, told.usage.cache_read_tokens, told.usage.cache_write_tokens) == (135, 30, 5)
    assert (told.usage.output_tokens, told.usage.reasoning_tokens) == (50, 20)
    assert (told.key, told.conversation_id, told.project, told.agent) == ("opencode:m1", "s", "/src/app", "explore")
    assert (told.provider_name, told.response_model, told.client_version) == ("gemini", "gemini-3-pro", "1.2")
    assert (told.reported_cost_pico, told.duration_us) == (30_000_000_000, 2_500_000)


@pytest.mark.parametrize(("total", "output"), [(205, 70), (185, 50), (None, 50)])
def test_the_total_says_whether_reasoning_is_inside_the_output(total: int | None, output: int) -> None:
    (told,) = read(row("m1", message(tokens=TOKENS | {"total": total})))
    assert isinstance(told, Told)
    assert told.usage is not None
    assert told.usage.output_tokens == output


def test_a_cost_of_nothing_is_no_cost() -> None:
    assert [told.reported_cost_pico for told in read(row("m", message(cost=0))) if isinstance(told, Told)] == [None]


def test_the_file_of_a_message_is_the_same_call_as_its_row() -> None:
    (row_told,) = read(row("m1", message()))
    data = json.dumps(message(id="m1", sessionID="s")).encode()
    (told,) = OpencodeDocument().read("/h/storage/message/s/m1.json", data)
    assert isinstance(told, Told)
    assert isinstance(row_told, Told)
    assert (told.key, told.usage, told.conversation_id) == (row_told.key, row_told.usage, "s")


def test_a_forked_sessions_messages_are_those_of_its_parent() -> None:
    other = message(time={"created": 1_767_312_000_000, "completed": 1_767_312_002_501})
    unfinished = message(time={"created": 1_767_312_000_000})
    told = read(
        row("m1", message()),
        row("m2", message(), session="fork"),
        row("m3", other),
        row("m4", unfinished),
        row("m5", unfinished),
    )
    names = [call.key for call in told if isinstance(call, Told)]
    assert names == ["opencode:m1", "opencode:m1", "opencode:m3", "opencode:m4", "opencode:m5"]


def test_a_total_alone_is_a_call_whose_counts_are_missing() -> None:
    (told,) = read(row("m", message(tokens={"total": 123})))
    assert isinstance(told, Told)
    assert (told.usage, told.basis) == (None, Basis.MISSING)


def test_what_is_no_answer_or_used_nothing_tells_nothing() -> None:
    nothing = {"input": 0, "output": 0, "reasoning": 0, "cache": {"read": 0, "write": 0}}
    user = {"role": "user", "time": {"created": 1}, "path": 3}
    assert read(row("a", message(tokens=nothing)), row("b", user), row("c", message(tokens=None))) == []


@pytest.mark.parametrize("told", [b"{", "", message(tokens=3), message(tokens={"output": -1}), message(path=3)])
def test_a_broken_message_is_refused_and_the_next_one_read(told: object) -> None:
    broken, whole = read(row("m", told), row("n", message()))
    assert isinstance(broken, BrokenRecordError)
    assert isinstance(whole, Told)
    assert isinstance(read(("m", None, None, 1, 2, 3))[0], BrokenRecordError)


def test_kilos_database_is_of_the_same_form() -> None:
    (told,) = OpencodeRows().read("/d/kilo.db", [row("m1", message())])
    assert isinstance(told, Told)
    assert (told.client, told.key) == ("kilo", "opencode:m1")
    assert claims_database("/d/kilo.db", DATABASE_HEAD)


def test_files_are_known_by_name_and_content() -> None:
    assert claims_database("/h/opencode-dev.db", DATABASE_HEAD + b"x")
    assert not claims_database("/h/logs.db", DATABASE_HEAD)
    assert not claims_database("/h/opencode.db", b"text")
    assert claims_document("/h/m.json", json.dumps(message()).encode())
    assert not claims_document("/h/m.json", b"{}")
    assert agent_places.opencode({}, Path("/h")) == [Path("/h/.local/share/opencode"), Path("/h/.local/share/kilo")]
    assert agent_places.opencode({"OPENCODE_DATA_DIR": "/a, /b"}, Path("/h")) == [Path("/a"), Path("/b")]
    assert agent_places.opencode({"XDG_DATA_HOME": "/x"}, Path("/h")) == [Path("/x/opencode"), Path("/x/kilo")]


@given(st.binary(max_size=200))
def test_whatever_a_message_holds_it_is_read_or_refused(data: bytes) -> None:
    assert len(OpencodeDocument().read("m.json", data)) < 2
    assert len(read(("m", "s", data, None, None, None))) < 2
