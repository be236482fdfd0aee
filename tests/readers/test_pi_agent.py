"""The sessions of pi and its kin."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.readers.changed import changed, check_read
from tokencli.domain.usage import Basis
from tokencli.readers import agent_places
from tokencli.readers.pi_agent import PiReader, claims
from tokencli.readers.told import BrokenRecordError, Told

PATH = "/h/.pi/agent/sessions/--src-app--/2026_s1.jsonl"
HEADER: dict[str, Any] = {"type": "session", "id": "sess", "timestamp": "2026-04-14T10:00:00.000Z", "cwd": "/src/app"}
USAGE = {"input": 100, "output": 20, "cacheRead": 30, "cacheWrite": 5, "totalTokens": 155, "cost": {"total": 0.0055}}


def answer(name: str | None = "m1", spent: object = USAGE, **more: Any) -> dict[str, Any]:
    message = {"role": "assistant", "provider": "anthropic", "model": "claude-sonnet-4-5", "usage": spent, **more}
    return {"type": "message", "id": name, "timestamp": "2026-04-14T10:00:30.000Z", "message": message}


def read(*records: dict[str, Any], path: str = PATH) -> list[Told]:
    state: str | None = None
    found: list[Told] = []
    for record in records:
        reader = PiReader(path, state)
        found += reader.read(json.dumps(record).encode())
        state = reader.state
    return found


def test_an_answer_is_a_call_with_everything_known_about_it() -> None:
    (told,) = read(HEADER, answer(responseId="resp-1"))
    assert told.usage is not None
    assert (told.usage.input_tokens, told.usage.cache_read_tokens, told.usage.cache_write_tokens) == (135, 30, 5)
    assert (told.key, told.response_id, told.conversation_id) == ("pi:resp-1", "resp-1", "sess")
    assert (told.project, told.client, told.reported_cost_pico) == ("/src/app", "pi", 5_500_000_000)


def test_a_branch_repeats_its_parents_answers() -> None:
    (told,), (copied,) = (read(HEADER | {"id": name}, answer()) for name in ("a", "b"))
    assert told.key == copied.key != read(answer("m2"))[0].key


def test_the_model_changes_where_an_answer_names_none() -> None:
    change = {"type": "model_change", "provider": "openai-codex", "modelId": "gpt-5.2"}
    (told,) = read(change, answer(model=None, provider=None))
    assert (told.response_model, told.provider_name) == ("gpt-5.2", "openai")
    assert read(change, answer(provider=None))[0].provider_name == "anthropic"


@pytest.mark.parametrize(("folder", "client"), [(".omp/agent", "omp"), (".openclaw/agents/main", "openclaw")])
def test_pis_kin_are_clients_of_their_own(folder: str, client: str) -> None:
    (told,) = read(answer(), path=f"/h/{folder}/sessions/abc.jsonl")
    assert (told.client, told.conversation_id) == (client, "abc")


def test_a_total_alone_is_a_call_whose_counts_are_missing() -> None:
    (told,) = read(answer(spent={"totalTokens": 333}))
    assert (told.usage, told.basis) == (None, Basis.MISSING)


def test_other_records_tell_nothing() -> None:
    user = {"type": "message", "message": {"role": "user", "usage": USAGE}}
    assert read(HEADER, user, answer(spent=None), answer(spent={}), {"type": "compaction", "message": 3}) == []


@pytest.mark.parametrize("spent", [{"input": -1}, {"output": "x"}, 3])
def test_a_broken_answer_is_refused(spent: object) -> None:
    with pytest.raises(BrokenRecordError):
        read(answer(spent=spent))


def test_files_are_known_by_what_they_hold() -> None:
    assert claims(PATH, json.dumps(HEADER).encode())
    assert claims("x.jsonl", json.dumps(answer()).encode())
    assert not claims("x.jsonl", b'{"message":{"usage":{"input_tokens":3}}}')
    assert agent_places.pi_agent({}, Path("/h"))[:2] == [Path("/h/.pi"), Path("/h/.omp")]
    assert agent_places.pi_agent({"PI_CODING_AGENT_DIR": "/p/agent"}, Path("/h"))[0] == Path("/p")


def test_whatever_a_line_holds_it_is_read_or_refused() -> None:
    for line in changed(HEADER, answer(), answer(responseId="r")):
        check_read(PiReader(PATH, None).read, line)
