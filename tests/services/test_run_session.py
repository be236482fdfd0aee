from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tokencli.config.places import BUILTIN
from tokencli.config.settings import load_settings
from tokencli.services import sessions
from tokencli.services.run_session import session_of_run, word_of
from tokencli.services.session_choice import BadSessionNameError
from tokencli.services.session_errors import SessionEndedError
from tokencli.store.database import Database, open_ledger
from tokencli.store.sessions import active

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 11, 21, 8, 50, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with open_ledger(tmp_path / "ledger.db", write=True, create=True) as opened, opened.transaction():
        yield opened


def test_a_run_gets_a_session_named_after_the_client_and_the_local_time(database: Database) -> None:
    first = session_of_run(database.connection, "/opt/claude", None, now=NOW, zone="Europe/Paris")
    second = session_of_run(database.connection, "claude", None, now=NOW, zone="Europe/Paris")
    assert (first.session.name, first.is_own) == ("claude-1121-0950", True)
    assert second.session.name == "claude-1121-0950-2"


def test_the_active_session_stays_the_active_one(database: Database) -> None:
    before = sessions.begin(database.connection, load_settings(BUILTIN), sessions.Wish(name="work"), now=NOW)
    made = session_of_run(database.connection, "claude", None, now=NOW, zone="UTC").session
    now_active = active(database.connection)
    assert now_active is not None
    assert now_active.id == before.id
    assert not made.is_active


def test_a_named_session_is_joined_or_made_and_does_not_end_with_the_run(database: Database) -> None:
    made = session_of_run(database.connection, "claude", "work", now=NOW, zone="UTC")
    joined = session_of_run(database.connection, "codex", "work", now=NOW, zone="UTC")
    assert made == joined
    assert not made.is_own


def test_names_that_cannot_be_used_are_refused(database: Database) -> None:
    ended = session_of_run(database.connection, "claude", "done", now=NOW, zone="UTC").session
    sessions.end(database.connection, ended.id, now=NOW)
    with pytest.raises(SessionEndedError):
        session_of_run(database.connection, "claude", "done", now=NOW, zone="UTC")
    with pytest.raises(BadSessionNameError):
        session_of_run(database.connection, "claude", "a/b", now=NOW, zone="UTC")


@pytest.mark.parametrize(
    ("program", "word"), [("claude", "claude"), ("/a b/my agent.sh", "my-agent.sh"), ("\u6c34", "run"), ("-", "run")]
)
def test_a_programs_word_can_stand_in_names(program: str, word: str) -> None:
    assert word_of(program) == word
