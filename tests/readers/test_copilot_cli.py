"""The sessions of GitHub Copilot's command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.readers.changed import changed, check_read
from tokencli.domain.usage import Basis
from tokencli.readers import agent_places
from tokencli.readers.copilot_cli import CopilotReader, claims
from tokencli.readers.told import BrokenRecordError, Told

PATH = "/h/.copilot/session-state/sess-1/events.jsonl"
TIME = "2026-04-08T05:00:03.000Z"
USAGE = {"inputTokens": 1000, "outputTokens": 60, "cacheReadTokens": 800, "cacheWriteTokens": 7}


def event(kind: str, **data: Any) -> dict[str, Any]:
    return {"type": kind, "timestamp": TIME, "data": data}


START = event("session.start", sessionId="s", copilotVersion="1.0", context={"cwd": "/src", "model": "openai/gpt-5.4"})


def message(name: str, output: object, **more: Any) -> dict[str, Any]:
    return event("assistant.message", messageId=name, outputTokens=output, content="secret", toolRequests="odd", **more)


def end(**models: object) -> dict[str, Any]:
    return event("session.shutdown", modelMetrics={name: {"usage": used} for name, used in models.items()})


def read(*records: dict[str, Any], path: str = PATH) -> list[Told]:
    state: str | None = None
    found: list[Told] = []
    for record in records:
        reader = CopilotReader(path, state)
        found += reader.read(json.dumps(record).encode())
        state = reader.state
    return found


def outputs(told: list[Told]) -> list[tuple[int, int, Basis]]:
    return [(call.usage.input_tokens, call.usage.output_tokens, call.basis) for call in told if call.usage is not None]


def test_a_message_tells_its_output_and_the_totals_the_rest() -> None:
    told = read(START, message("m1", 10), message("m2", 30), end(**{"gpt-5.4": USAGE}))
    assert outputs(told) == [(0, 10, Basis.PARTIAL), (0, 30, Basis.PARTIAL), (1000, 20, Basis.REPORTED)]
    assert (told[0].key, told[0].conversation_id, told[0].project) == ("copilot-cli:s:m1", "s", "/src")
    assert (told[0].response_model, told[0].provider_name, told[0].client_version) == ("gpt-5.4", "openai", "1.0")
    assert told[2].usage is not None
    assert (told[2].usage.cache_read_tokens, told[2].usage.cache_write_tokens) == (800, 7)


def test_a_resumed_session_tells_totals_of_its_own() -> None:
    told = read(START, message("m1", 60), end(**{"gpt-5.4": USAGE}), message("m2", 5), end(**{"gpt-5.4": USAGE}))
    assert [output for _, output, _ in outputs(told)] == [60, 0, 5, 55]
    assert len({call.key for call in told}) == 4


def test_a_shutdown_without_totals_leaves_the_messages_to_the_next_one() -> None:
    told = read(START, message("m1", 40), end(), message("m2", 10), end(**{"gpt-5.4": USAGE}))
    assert [output for _, output, _ in outputs(told)] == [40, 10, 10]


def test_the_output_of_a_model_that_is_not_known_yet_counts_once() -> None:
    told = read(message("m1", 40), end(**{"gpt-5.4": USAGE}))
    assert [output for _, output, _ in outputs(told)] == [40, 20]


def test_the_model_changes_within_a_session() -> None:
    change = event("session.model_change", newModel="anthropic/claude-sonnet-4.5")
    totals = {"gpt-5.4": USAGE, "claude-sonnet-4.5": USAGE}
    told = read(START, message("m1", 60), change, message("m2", 50), end(**totals))
    assert [call.response_model for call in told] == ["gpt-5.4", "claude-sonnet-4.5", "gpt-5.4", "claude-sonnet-4.5"]
    assert [output for _, output, _ in outputs(told)] == [60, 50, 0, 10]


def test_what_the_events_do_not_say_is_taken_from_the_folder(tmp_path: Path) -> None:
    (tmp_path / "workspace.yaml").write_text("id: x\ncwd: /src/app\n", encoding="utf-8")
    (told,) = read(message("m1", 10), path=str(tmp_path / "events.jsonl"))
    assert (told.project, told.conversation_id) == ("/src/app", tmp_path.name)


def test_other_events_tell_nothing() -> None:
    assert read(message("m", 0), message("m", None), event("user.message", outputTokens=3), {"type": "x"}, end()) == []


@pytest.mark.parametrize("record", [message("m", -1), message("m", "x"), end(a={"inputTokens": -1}), end(a=3)])
def test_a_broken_event_is_refused(record: dict[str, Any]) -> None:
    with pytest.raises(BrokenRecordError):
        read(record)


def test_files_are_known_by_what_they_hold() -> None:
    assert claims(PATH, json.dumps(START).encode())
    assert not claims(PATH, b'{"type":"message"}')
    assert agent_places.copilot_cli({}, Path("/h")) == [Path("/h/.copilot")]
    assert agent_places.copilot_cli({"COPILOT_HOME": "/c"}, Path("/h")) == [Path("/c")]


def test_whatever_a_line_holds_it_is_read_or_refused() -> None:
    for line in changed(START, message("m", 10), end(**{"gpt-5.4": USAGE})):
        check_read(CopilotReader(PATH, None).read, line)
