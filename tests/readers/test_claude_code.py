"""Claude Code's session files and streams."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.readers.changed import changed, check_read
from tokencli.readers import agent_places
from tokencli.readers.claude_code import ClaudeCodeReader, claims
from tokencli.readers.told import BrokenRecordError, Told

AT = 1_736_503_200_000_000
PATH = "/h/.claude/projects/-src-app/0b1c.jsonl"
Line = dict[str, Any]


def line(output: int = 50, *, name: str | None = "msg_01", **more: object) -> Line:
    message = {"id": name, "model": "claude-sonnet-4-5", "usage": {"input_tokens": 100, "output_tokens": output}}
    return {"type": "assistant", "timestamp": "2025-01-10T10:00:00.000Z", "sessionId": "s1", "message": message} | more


def read(*lines: Line, path: str = PATH) -> list[Told]:
    reader = ClaudeCodeReader(path, None)
    return [told for record in lines for told in reader.read(json.dumps(record).encode())]


def one(*lines: Line, path: str = PATH) -> Told:
    (told,) = read(*lines, path=path)
    return told


def test_a_message_is_a_call_with_everything_known_about_it() -> None:
    told = one(line(cwd="/src/app", gitBranch="main", version="2.1.0", uuid="u1", costUSD=0.05))
    assert told.key == "claude-code:msg_01"
    assert (told.at, told.conversation_id, told.project, told.branch) == (AT, "s1", "/src/app", "main")
    assert (told.client, told.client_version, told.provider_name) == ("claude-code", "2.1.0", "anthropic")
    assert (told.response_model, told.response_id, told.agent) == ("claude-sonnet-4-5", "msg_01", None)
    assert told.reported_cost_pico == 50_000_000_000
    assert told.is_growing


def test_lines_of_one_message_have_one_key_with_and_without_request_id() -> None:
    keys = {told.key for told in read(line(1), line(500), line(2, requestId="req_1"))}
    assert keys == {"claude-code:msg_01"}


def test_session_and_project_come_from_the_path_where_records_do_not_say_them() -> None:
    told = one(line(sessionId=None))
    assert (told.conversation_id, told.project) == ("0b1c", "-src-app")
    told = one(line(sessionId=None), path="projects/p/session1/chat.jsonl")
    assert (told.conversation_id, told.project) == ("session1", "p")


def test_sub_agents_are_named() -> None:
    assert one(line(isSidechain=True, agentId="a1")).agent == "a1"
    assert one(line(isSidechain=True), path="projects/p/s/subagents/agent-7.jsonl").agent == "agent-7"
    assert one(line(isSidechain=True)).agent == "sidechain"


def test_progress_of_a_sub_agent_is_the_same_call_as_its_own_file() -> None:
    nested = line(name="msg_sub", sessionId=None)
    told = one({"type": "progress", "sessionId": "s1", "cwd": "/x", "data": {"agentId": "a1", "message": nested}})
    assert (told.key, told.conversation_id, told.agent, told.project) == ("claude-code:msg_sub", "s1", "a1", "/x")


def test_what_claude_code_writes_itself_is_no_call() -> None:
    record = line()
    record["message"]["model"] = "<synthetic>"
    assert read(record, line(isApiErrorMessage=True), {"type": "user", "message": {"role": "user"}}) == []


def test_messages_without_an_id_are_known_by_their_record() -> None:
    assert one(line(name=None, uuid="u1")).key == "claude-code:uuid:u1"
    first, second = read(line(name=None), line(51, name=None))
    assert first.key != second.key
    assert first.key == one(line(name=None)).key
    assert first.key == one(line(name=None), path="/backup/projects/-src-app/0b1c.jsonl").key


def test_the_first_versions_counts_beside_the_message_are_read() -> None:
    flat = {"type": "assistant", "uuid": "u1", "timestamp": "2024-12-01T10:00:30Z", "costUSD": 0.05}
    counts = {"cacheCreationInputTokens": 100, "cacheReadInputTokens": 50, "inputTokens": 200, "outputTokens": 100}
    usage = one(flat | counts | {"message": {"model": "claude-3-5-sonnet-20241022"}}).usage
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens) == (350, 100)


@pytest.mark.parametrize(
    ("model", "provider"),
    [
        ("claude-opus-4-6", "anthropic"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "bedrock"),
        ("claude-sonnet-4-5@20250929", "vertex"),
        ("gpt-5", "openai"),
        ("glm-4.6", None),
    ],
)
def test_the_models_name_tells_who_served_it(model: str, provider: str | None) -> None:
    record = line()
    record["message"]["model"] = model
    assert one(record).provider_name == provider


def test_a_call_without_a_readable_time_is_dated_by_its_file(tmp_path: Path) -> None:
    place = tmp_path / "a.jsonl"
    place.write_bytes(b"")
    os.utime(place, (1_736_503_200, 1_736_503_200))
    assert one(line(timestamp="2025-99-99T10:00:00Z"), path=str(place)).at == AT
    with pytest.raises(BrokenRecordError):
        read(line(timestamp=None))


def test_a_byte_order_mark_a_carriage_return_and_spaces_change_nothing() -> None:
    plain = ClaudeCodeReader(PATH, None).read(json.dumps(line(), separators=(",", ":")).encode())
    odd = ClaudeCodeReader(PATH, None).read(b"\xef\xbb\xbf" + json.dumps(line(), indent=None).encode() + b"\r\n")
    assert odd[0].usage == plain[0].usage
    assert odd[0].key == plain[0].key


def test_side_calls_of_a_message_have_keys_of_their_own() -> None:
    record = line(2)
    record["message"]["usage"]["iterations"] = [
        {"type": "advisor_message", "model": "claude-opus-4-6", "input_tokens": 7, "output_tokens": 1}
    ]
    own, side = read(record)
    assert (side.key, side.response_model) == ("claude-code:msg_01:advisor_message:0", "claude-opus-4-6")
    assert own.key == "claude-code:msg_01"


STREAM: list[Line] = [
    {"type": "system", "session_id": "s9", "claude_code_version": "2.1.63", "cwd": "/w", "model": "claude-sonnet-4-6"},
    {"type": "assistant", "session_id": "s9", "message": line(1)["message"]},
    {
        "type": "result",
        "session_id": "s9",
        "uuid": "u",
        "usage": {"input_tokens": 100, "output_tokens": 50},
        "modelUsage": {
            "claude-sonnet-4-5[1m]": {"inputTokens": 100, "outputTokens": 50},
            "claude-haiku-4-5": {"inputTokens": 9, "outputTokens": 3},
        },
    },
]


def totals(told: list[Told]) -> dict[str | None, tuple[int, int]]:
    sums: dict[str | None, tuple[int, int]] = {}
    for call in told:
        assert call.usage is not None
        before = sums.get(call.response_model, (0, 0))
        sums[call.response_model] = (before[0] + call.usage.input_tokens, before[1] + call.usage.output_tokens)
    return sums


def test_a_streams_result_adds_what_its_messages_had_not_yet(tmp_path: Path) -> None:
    told = read(*STREAM, path=str(tmp_path))
    assert totals(told) == {"claude-sonnet-4-5": (100, 50), "claude-haiku-4-5": (9, 3)}
    assert {(call.conversation_id, call.client_version, call.project) for call in told} == {("s9", "2.1.63", "/w")}


def test_a_stream_put_down_anywhere_goes_on_the_same(tmp_path: Path) -> None:
    state, found = None, []
    for record in STREAM:
        reader = ClaudeCodeReader(str(tmp_path), state)
        found += reader.read(json.dumps(record).encode())
        state = reader.state
    assert found == read(*STREAM, path=str(tmp_path))


def test_a_stream_printed_as_one_array_or_as_its_result_alone_is_the_same(tmp_path: Path) -> None:
    whole = ClaudeCodeReader(str(tmp_path), None).read(json.dumps(STREAM).encode())
    assert whole == read(*STREAM, path=str(tmp_path))
    assert totals(read(STREAM[-1], path=str(tmp_path))) == totals(whole)
    with pytest.raises(BrokenRecordError):
        ClaudeCodeReader(PATH, None).read(b'["usage"')


def test_a_session_files_records_are_none_of_a_stream_whatever_else_they_hold() -> None:
    reader = ClaudeCodeReader(PATH, None)
    assert reader.read(json.dumps(line(session_id="s9", cwd="/w")).encode())[0].conversation_id == "s1"
    assert reader.state is None


def test_a_session_file_needs_no_state() -> None:
    reader = ClaudeCodeReader(PATH, None)
    reader.read(json.dumps(line()).encode())
    assert reader.state is None


@pytest.mark.parametrize(
    "data",
    [
        b'{"usage"',
        b'{"type":"assistant","message":{"usage":{"input_tokens":-1}}}',
        b'{"type":"assistant","message":"usage"}',
        b'{"usage":' + b"[" * 100_000,
        b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b',"usage":1}',
    ],
)
def test_a_record_that_cannot_be_read_is_refused(data: bytes) -> None:
    with pytest.raises(BrokenRecordError):
        ClaudeCodeReader(PATH, None).read(data)


def test_records_of_other_kinds_are_passed_over_whatever_they_hold() -> None:
    reader = ClaudeCodeReader(PATH, None)
    assert reader.read(b'{"type":"user","message":"usage","data":7}') == []
    assert reader.read(b'{"type":"queue-operation","usage":[1]}') == []


PROGRESS: Line = {"type": "progress", "data": {"agentId": "a", "message": line()}}


def test_no_bytes_raise_anything_but_a_refusal() -> None:
    true = [json.dumps(each).encode() for each in STREAM]
    for data in changed(line(costUSD=0.05), PROGRESS, *true):
        check_read(ClaudeCodeReader(PATH, None).read, true[0], data, *true)


def test_the_folders_are_those_the_environment_names_else_the_usual_ones() -> None:
    home = Path("/h")
    assert agent_places.claude_code({"CLAUDE_CONFIG_DIR": "/a, /b/projects"}, home) == [Path("/a"), Path("/b")]
    assert {Path("/h/.claude"), Path("/h/.config/claude")} < set(agent_places.claude_code({}, home))


def test_files_are_claimed_by_their_first_lines() -> None:
    assert claims("x.jsonl", json.dumps(line()).encode())
    assert claims("x.jsonl", json.dumps(STREAM[0]).encode())
    assert claims("x.json", b'{"type":"result","total_cost_usd":0.1,"modelUsage":{}}')
    assert not claims("x.jsonl", b'{"type":"event_msg","payload":{"type":"token_count"}}')
