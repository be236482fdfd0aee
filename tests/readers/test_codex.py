"""Codex's rollouts: totals, re-emissions, forks, older forms."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.readers.changed import changed, check_read
from tokencli.readers import agent_places
from tokencli.readers.codex import CodexReader, claims
from tokencli.readers.told import BrokenRecordError, Told

PATH = "/h/.codex/sessions/2026/01/02/rollout-x.jsonl"
Record = dict[str, Any]
Counts = tuple[int, int, int, int]


def tokens(counts: Counts) -> Record:
    fresh, cached, output, reasoning = counts
    return {
        "input_tokens": fresh,
        "cached_input_tokens": cached,
        "output_tokens": output,
        "reasoning_output_tokens": reasoning,
        "total_tokens": fresh + output,
    }


def event(second: int, total: Counts | None, last: Counts | None = None, **more: object) -> Record:
    info: Record = dict(more)
    if total:
        info["total_token_usage"] = tokens(total)
    if last:
        info["last_token_usage"] = tokens(last)
    return record(second, "event_msg", {"type": "token_count", "info": info})


def record(second: int, kind: str, payload: Record) -> Record:
    return {"timestamp": f"2026-01-02T00:00:{second:02}.000Z", "type": kind, "payload": payload}


def meta(session: str, **more: object) -> Record:
    return record(0, "session_meta", {"id": session, **more})


def turn(model: str) -> Record:
    return record(0, "turn_context", {"model": model})


def read(*records: Record, path: str = PATH) -> list[Told]:
    reader = CodexReader(path, None)
    return [told for item in records for told in reader.read(json.dumps(item).encode())]


def spent(told: list[Told]) -> list[tuple[int, int]]:
    return [(call.usage.input_tokens, call.usage.output_tokens) for call in told if call.usage is not None]


A, B, AB = (100, 10, 20, 5), (50, 40, 5, 0), (150, 50, 25, 5)


def test_an_event_is_a_call_with_everything_known_about_it() -> None:
    source = {"subagent": {"thread_spawn": {"parent_thread_id": "p", "agent_role": "explorer"}}}
    about = {"cwd": "/src/app", "git": {"branch": "main"}, "cli_version": "0.99", "originator": "codex_vscode"}
    (told,) = read(meta("s", source=source, **about), turn("gpt-5.2"), event(1, A, A))
    assert (told.conversation_id, told.project, told.branch, told.agent) == ("s", "/src/app", "main", "explorer")
    assert (told.client, told.client_version, told.tags) == ("codex", "0.99", {"originator": "codex_vscode"})
    assert (told.response_model, told.provider_name) == ("gpt-5.2", "openai")
    assert told.usage is not None
    assert (told.usage.cache_read_tokens, told.usage.reasoning_tokens) == (10, 5)


def test_a_total_told_again_is_the_same_call() -> None:
    first, again, second = read(meta("s"), event(1, A, A), event(2, A, A), event(3, AB, B))
    assert first.key == again.key != second.key
    assert spent([first, second]) == [(100, 20), (50, 5)]


def test_calls_without_their_own_counts_are_what_the_total_has_grown_by() -> None:
    assert spent(read(meta("s"), event(1, A), event(2, AB), event(3, AB))) == [(100, 20), (50, 5)]


def test_a_total_that_shrank_begins_anew() -> None:
    assert spent(read(meta("s"), event(1, AB), event(2, A))) == [(150, 25), (100, 20)]


def test_calls_without_a_total_are_the_same_when_nothing_has_changed() -> None:
    told = read(meta("s"), event(1, None, A), event(2, None, A), event(3, None, B), event(4, None, A))
    assert len({call.key for call in told}) == 3


@pytest.mark.parametrize("copied", [[], [meta("p")]])
def test_what_a_fork_copies_of_its_parent_is_the_parents(copied: list[Record]) -> None:
    parent = read(meta("p"), event(1, A, A), event(2, AB, B))
    child = read(
        meta("c", forked_from_id="p"), *copied, event(30, A, A), event(31, AB, B), event(32, (250, 60, 45, 10), A)
    )
    assert [call.key for call in child[:2]] == [call.key for call in parent]
    assert child[2].key not in {call.key for call in parent}
    assert child[2].conversation_id == "c"


def test_a_forks_fork_has_the_first_sessions_calls() -> None:
    parent = read(meta("p"), event(1, A, A))
    copies = [meta("c", forked_from_id="p"), meta("p")]
    assert read(meta("g", forked_from_id="c"), *copies, event(50, A, A))[0].key == parent[0].key


def test_what_a_sub_agent_copies_of_its_parent_is_the_parents_and_the_rest_its_own() -> None:
    source = {"subagent": {"thread_spawn": {"parent_thread_id": "p"}}}
    parent = read(meta("p"), event(1, A, A))
    copy, own = read(meta("c", source=source), event(30, A, A), event(31, AB, B))
    assert copy.key == parent[0].key != own.key
    (fresh,) = read(meta("c", source=source), event(30, B, B))
    assert fresh.key not in {copy.key, own.key}


def test_a_file_without_a_session_knows_its_calls_by_time_and_counts() -> None:
    first, copy = (read(turn("gpt-5"), event(1, A, A), path=path)[0] for path in ("sessions/a.jsonl", "old/b.jsonl"))
    assert first.key == copy.key
    assert first.key != read(turn("gpt-5"), event(2, A, A))[0].key
    assert first.conversation_id == "a"


def test_an_events_own_model_comes_before_the_turns_and_the_sessions() -> None:
    told = read(meta("s", model="a"), event(1, A, A), turn("b"), event(2, AB, B), event(3, (9, 9, 9, 9), A, model="c"))
    assert [call.response_model for call in told] == ["a", "b", "c"]


def test_rate_limits_alone_are_no_call() -> None:
    assert read(meta("s"), record(1, "event_msg", {"type": "token_count", "info": None, "rate_limits": {}})) == []
    assert read(meta("s"), event(1, (0, 0, 0, 0), (0, 0, 0, 0))) == []


def test_counts_in_the_payload_itself_are_the_total() -> None:
    first, second = (
        record(second, "event_msg", {"type": "token_count", **tokens(total)}) for second, total in ((1, A), (2, AB))
    )
    assert spent(read(meta("s"), first, second)) == [(100, 20), (50, 5)]


def test_a_finished_run_is_told_by_its_usage_wherever_it_is_wrapped() -> None:
    usage = {"timestamp": "2026-01-02T00:00:00Z", "model": "gpt-5", "usage": tokens(A)}
    for item in ({"type": "turn.completed", **usage}, {"data": usage}, {"result": usage}, {"response": usage}):
        (told,) = read(item)
        assert (told.response_model, spent([told])) == ("gpt-5", [(100, 20)])


def test_runs_without_times_are_told_apart_and_dated_by_their_file(tmp_path: Path) -> None:
    place = tmp_path / "run.jsonl"
    place.write_bytes(b"")
    run = {"type": "turn.completed", "usage": tokens(A)}
    told = read({"type": "thread.started", "thread_id": "t"}, run, run, path=str(place))
    assert len({call.key for call in told}) == 2
    assert {call.conversation_id for call in told} == {"t"}
    with pytest.raises(BrokenRecordError):
        read(run)


def test_a_file_put_down_anywhere_goes_on_the_same() -> None:
    records = [meta("s", cwd="/x"), turn("gpt-5"), event(1, A), event(2, AB), event(3, AB), event(4, A)]
    state, found = None, []
    for item in records:
        reader = CodexReader(PATH, state)
        found += reader.read(json.dumps(item).encode())
        state = reader.state
    assert found == read(*records)
    assert CodexReader(PATH, "{").read(json.dumps(event(1, A)).encode())


def test_who_served_a_model_is_what_the_session_says_unless_it_is_this_program() -> None:
    for provider, expected in (("Azure", "azure"), ("tokencli", "openai"), (None, "openai")):
        (told,) = read(meta("s", model_provider=provider), turn("gpt-5"), event(1, A, A))
        assert told.provider_name == expected


def test_no_bytes_raise_anything_but_a_refusal() -> None:
    true = [json.dumps(each).encode() for each in (meta("s", cwd="/x"), turn("gpt-5"), event(1, A, A), event(2, AB, B))]
    for data in changed(*true):
        check_read(CodexReader(PATH, None).read, *true[:3], data, true[3])


def test_the_folder_is_the_one_the_environment_names_else_the_usual_one() -> None:
    assert agent_places.codex({"CODEX_HOME": "/a,/b"}, Path("/h")) == [Path("/a"), Path("/b")]
    assert agent_places.codex({}, Path("/h")) == [Path("/h/.codex")]


def test_files_are_claimed_by_their_first_lines() -> None:
    assert claims("x.jsonl", json.dumps(meta("s")).encode())
    assert claims("x.jsonl", b'{"type":"thread.started","thread_id":"t"}')
    assert not claims("x.jsonl", b'{"type":"assistant","message":{"usage":{"input_tokens":1}}}')
