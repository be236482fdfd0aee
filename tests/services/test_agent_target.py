from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.tellers import telling_of, told
from tests.tiny_agent import AGENT, DOCUMENT, ROWS, line
from tokencli.readers import agents
from tokencli.readers.tails import tail_of
from tokencli.services.agent_files import AgentFile, facts_of
from tokencli.services.agent_target import AgentTarget
from tokencli.services.tally import Recorded

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agents, "AGENTS", (AGENT, DOCUMENT, ROWS))


def begun(path: Path, agent: int = 0) -> tuple[AgentTarget, list[int]]:
    file, advanced = AgentFile(path, agent), list[int]()
    return AgentTarget(file, facts_of(file), None, advanced.append), advanced


def test_a_file_is_remembered_when_it_is_in_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "s.tiny.jsonl"
    path.write_bytes(line("a"))
    target, advanced = begun(path)
    telling = telling_of(told("a"))
    telling.end, telling.tail, telling.state, telling.file_position = len(line("a")), tail_of(line("a")), "7", 40
    target.count(telling, Recorded(1))
    assert target.remembered(5).inode is None
    target.is_over = True
    known = target.remembered(5)
    assert (known.inode, known.offset, known.state, known.line_count) == (
        path.stat().st_ino,
        len(line("a")),
        "7",
        1,
    )
    assert sum(advanced) == 40
    again = AgentTarget(target.file, target.facts, known, advanced.append)
    assert (again.errand.start, again.errand.state) == (len(line("a")), "7")


def test_what_another_reader_has_read_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "s.tiny.jsonl"
    path.write_bytes(line("a"))
    target, _ = begun(path)
    known = target.remembered(5)._replace(offset=3, tail_digest=tail_of(line("a")[:3]), state="7")
    assert AgentTarget(target.file, target.facts, known, lambda _: None).errand.start == 3
    for other in (known._replace(format="else"), known._replace(tail_digest=tail_of(b"xyz"))):
        assert AgentTarget(target.file, target.facts, other, lambda _: None).errand.start == 0
