"""A file is known again by what the system tells of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.tiny_agent import AGENT, DOCUMENT, ROWS
from tokencli.readers import agents
from tokencli.readers.content import UnreadableFileError
from tokencli.services.agent_files import AgentFile, facts_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agents, "AGENTS", (AGENT, DOCUMENT, ROWS))


def test_a_database_has_changed_when_its_log_of_changes_has(tmp_path: Path) -> None:
    path = tmp_path / "s.tiny.db"
    path.write_bytes(b"x")
    before = facts_of(AgentFile(path, 2))
    path.with_name("s.tiny.db-wal").write_bytes(b"yy")
    assert facts_of(AgentFile(path, 2)).size == before.size + 2
    assert facts_of(AgentFile(path, 0)).size == before.size


def test_a_file_that_is_gone_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError):
        facts_of(AgentFile(tmp_path / "none", 0))
