"""The sessions to measure with have what makes a client's logs hard to count."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from bench.agent_logs import MARKER, files_of, write_home
from tokencli.readers import claude_code

if TYPE_CHECKING:
    from pathlib import Path

SIZE = 40_000_000


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("bench") / "claude"
    write_home(made, SIZE)
    return made


def records(home: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for file in files_of(home) for line in file.read_bytes().split(b"\n")[:-1]]


def test_same_size_gives_the_same_bytes(home: Path, tmp_path: Path) -> None:
    write_home(tmp_path / "claude", SIZE)
    content = [file.read_bytes() for file in files_of(home)]
    assert [file.read_bytes() for file in files_of(tmp_path / "claude")] == content
    assert sum(map(len, content)) >= SIZE


def test_a_message_stands_on_several_lines_and_its_output_grows(home: Path) -> None:
    told = [(each["message"]["id"], each["message"]["usage"]["output_tokens"]) for each in _answers(home)]
    lines = Counter(name for name, _ in told)
    assert max(lines.values()) > 2
    assert len(set(told)) > len(lines)


def test_there_are_sub_agents_long_results_and_lines_that_tell_nothing(home: Path) -> None:
    every = records(home)
    assert any(each.get("isSidechain") for each in every)
    assert any("usage" in each["toolUseResult"] for each in every if "toolUseResult" in each)
    assert max(len(json.dumps(each)) for each in every) > 50_000
    assert {"user", "assistant", "progress", "summary", "file-history-snapshot"} <= {each["type"] for each in every}


def test_a_session_that_is_continued_repeats_messages_of_another_file(home: Path) -> None:
    seen: dict[str, set[Path]] = {}
    for file in files_of(home):
        for line in file.read_bytes().split(b"\n")[:-1]:
            if MARKER in line and (message := json.loads(line).get("message")):
                seen.setdefault(message.get("id", ""), set()).add(file)
    assert any(len(files) > 1 for name, files in seen.items() if name)


def test_every_file_is_one_of_claude_code(home: Path) -> None:
    assert all(claude_code.claims(str(file), file.read_bytes()[:65_536]) for file in files_of(home))


def _answers(home: Path) -> list[dict[str, Any]]:
    return [each for each in records(home) if each["type"] == "assistant"]
