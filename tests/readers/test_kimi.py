"""Kimi's sessions: status updates, usage records, sub-agents, the configured model."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.readers.changed import changed, check_read
from tokencli.domain.usage import Basis
from tokencli.readers import agent_places
from tokencli.readers.kimi import KimiReader, claims
from tokencli.readers.told import BrokenRecordError, Told

PATH = "/h/.kimi/sessions/group/s1/wire.jsonl"
COUNTS = {"input_other": 100, "input_cache_read": 25, "input_cache_creation": 10, "output": 40}
CONFIG = '[models."kimi-code/k2"]\nprovider = "managed:kimi-code"\nmodel = "k2"\n[models.b]\nmodel = "moon-b"\n'


def status(spent: object = COUNTS, **more: object) -> dict[str, Any]:
    payload = {"message_id": "chatcmpl-1", "token_usage": spent, **more}
    return {"timestamp": 1776162403.5, "message": {"type": "StatusUpdate", "payload": payload}}


def usage_record(**more: object) -> dict[str, Any]:
    spent = {"inputOther": 7, "output": 1, "inputCacheRead": 3, "inputCacheCreation": 0}
    return {"type": "usage.record", "model": "kimi-code/k3", "usage": spent, "time": 1_784_246_460_000, **more}


def read(*records: dict[str, Any], path: str | Path = PATH) -> list[Told]:
    return [told for item in records for told in KimiReader(str(path), None).read(json.dumps(item).encode())]


def test_a_status_update_is_a_call() -> None:
    (told,) = read(status())
    assert told.usage is not None
    assert (told.usage.input_tokens, told.usage.cache_read_tokens, told.usage.cache_write_tokens) == (135, 25, 10)
    assert told.usage.output_tokens == 40
    assert (told.key, told.conversation_id, told.response_id) == ("kimi:s1:chatcmpl-1", "s1", "chatcmpl-1")
    assert (told.at, told.client, told.response_model) == (1_776_162_403_500_000, "kimi-cli", None)


def test_a_sub_agents_event_and_its_own_file_are_the_same_call() -> None:
    event = {"parent_tool_call_id": "t", "subagent_type": "coder", "event": status()["message"]}
    (nested,) = read({"timestamp": 1, "message": {"type": "SubagentEvent", "payload": event}})
    (own,) = read(status(), path="/h/.kimi/sessions/group/s1/subagents/a1/wire.jsonl")
    assert nested.key == own.key
    assert (nested.agent, own.agent) == ("coder", "a1")


def test_a_usage_record_of_kimi_code_is_a_call_that_a_fork_does_not_count_again() -> None:
    place = "/h/.kimi-code/sessions/wd_x/{}/agents/main/wire.jsonl"
    (told,), (forked,) = (read(usage_record(), path=place.format(session)) for session in ("s1", "s2"))
    assert told.usage is not None
    assert (told.usage.input_tokens, told.usage.cache_read_tokens, told.usage.output_tokens) == (10, 3, 1)
    assert (told.client, told.response_model, told.provider_name) == ("kimi-code", "k3", "managed:kimi-code")
    assert (told.conversation_id, told.agent) == ("s1", None)
    assert told.key == forked.key != read(usage_record(time=1_784_246_460_001))[0].key


@pytest.mark.parametrize(
    ("name", "text", "model", "provider"),
    [
        ("config.toml", 'default_model = "kimi-code/k2"\n' + CONFIG, "k2", "managed:kimi-code"),
        ("config.toml", 'default_model = "b"\n' + CONFIG, "moon-b", None),
        ("config.json", '{"model": "kimi-k2"}', "kimi-k2", None),
        ("config.json", '{"model": 3}', None, None),
        ("config.toml", "not [ toml", None, None),
    ],
)
def test_the_model_is_the_configured_one(
    tmp_path: Path, name: str, text: str, model: str | None, provider: str | None
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    (told,) = read(status(), path=tmp_path / "sessions" / "group" / "s1" / "wire.jsonl")
    assert (told.response_model, told.provider_name) == (model, provider)
    (named,) = read(status(model_name="kimi-k2.6"), path=tmp_path / "sessions" / "group" / "s1" / "wire.jsonl")
    assert named.response_model == "kimi-k2.6"


def test_the_project_is_known_by_the_clients_own_lists(tmp_path: Path) -> None:
    group = hashlib.md5(b"/src/app", usedforsecurity=False).hexdigest()
    (tmp_path / "kimi.json").write_text('{"work_dirs":[{"path":"/else"},{"path":"/src/app"}]}', encoding="utf-8")
    assert read(status(), path=tmp_path / "sessions" / group / "s1" / "wire.jsonl")[0].project == "/src/app"
    session = tmp_path / "sessions" / "wd" / "s1"
    session.mkdir(parents=True)
    (session / "state.json").write_text('{"workDir":"/src/b"}', encoding="utf-8")
    assert read(status(), path=session / "agents" / "main" / "wire.jsonl")[0].project == "/src/b"


def test_a_total_alone_is_a_call_whose_counts_are_missing() -> None:
    (told,) = read(status({"total": 432}))
    assert (told.usage, told.basis) == (None, Basis.MISSING)


def test_other_messages_tell_nothing() -> None:
    turn = {"timestamp": 1, "message": {"type": "TurnBegin", "payload": {"user_input": '"token_usage"'}}}
    event = {"timestamp": 1, "message": {"type": "SubagentEvent", "payload": {"event": turn["message"]}}}
    assert read(turn, event, status(None), status({}), {"type": "metadata"}) == []


@pytest.mark.parametrize("spent", [{"output": -1}, {"output": True}, [1], "x"])
def test_a_broken_usage_is_refused(spent: object) -> None:
    with pytest.raises(BrokenRecordError):
        read(status(spent))


def test_files_are_known_by_their_name_or_what_they_hold() -> None:
    assert claims(PATH, b"")
    assert claims("x.jsonl", json.dumps(status()).encode())
    assert not claims("x.jsonl", b"{}")
    assert agent_places.kimi({}, Path("/h")) == [Path("/h/.kimi"), Path("/h/.kimi-code")]
    assert agent_places.kimi({"KIMI_SHARE_DIR": "/a", "KIMI_CODE_HOME": "/b"}, Path("/h")) == [Path("/a"), Path("/b")]


def test_whatever_a_line_holds_it_is_read_or_refused() -> None:
    for line in changed(status(), usage_record()):
        check_read(KimiReader(PATH, None).read, line)
