"""A ledger's place: one file whatever it is called, private, and whole or not there."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tokencli.domain.errors import UnsupportedLedgerError
from tokencli.store.place import (
    lock_path,
    make_directory,
    move_into_place,
    new_private_file,
    path_aside,
    path_of,
)

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 11, 20, 18, 30, tzinfo=UTC)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_paths_and_urls_name_the_same_file(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    assert path_of(path) == path_of(str(path)) == path_of(f"sqlite:///{path}") == path


def test_a_relative_url_is_relative_to_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert path_of("sqlite:///a/ledger.db") == tmp_path / "a" / "ledger.db"


def test_home_is_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert path_of("~/ledger.db") == tmp_path / "ledger.db"


def test_a_link_and_its_target_share_one_lock(tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(tmp_path / "ledger.db")
    assert lock_path(path_of(tmp_path / "link.db")) == tmp_path / "ledger.db.lock"


@pytest.mark.parametrize("url", ["postgresql://u:secret@host/db", "postgresql+psycopg://host/db", "mysql://host/db"])
def test_other_databases_are_refused_in_one_sentence_without_the_password(url: str) -> None:
    with pytest.raises(UnsupportedLedgerError) as caught:
        path_of(url)
    assert str(caught.value).startswith(("postgresql ledgers are not supported", "mysql ledgers are not supported"))
    assert "secret" not in str(caught.value)


def test_missing_directories_are_made_for_the_owner_alone(tmp_path: Path) -> None:
    make_directory(tmp_path / "a" / "b")
    assert [mode_of(tmp_path / "a"), mode_of(tmp_path / "a" / "b")] == [0o700, 0o700]


def test_each_new_directory_is_safe_in_the_one_above_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[os.stat_result] = []
    monkeypatch.setattr(os, "fsync", lambda handle: synced.append(os.fstat(handle)))
    make_directory(tmp_path / "a" / "b")
    above = [tmp_path, tmp_path / "a"]
    assert [each.st_ino for each in synced] == [path.stat().st_ino for path in above]
    make_directory(tmp_path / "a" / "b")
    assert len(synced) == len(above)


def test_a_folder_that_may_not_be_looked_into_may_hold_a_directory_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object) -> int:
        raise PermissionError

    monkeypatch.setattr(os, "open", locked)
    make_directory(tmp_path / "a")
    assert (tmp_path / "a").is_dir()


def test_a_directory_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir(mode=0o755)
    make_directory(tmp_path / "a")
    assert mode_of(tmp_path / "a") == 0o755


def test_a_finished_file_appears_whole_and_private(tmp_path: Path) -> None:
    goal = tmp_path / "ledger.db"
    with new_private_file(goal) as draft:
        assert mode_of(draft) == 0o600
        draft.write_text("whole")
        move_into_place(draft, goal)
    assert goal.read_text() == "whole"
    assert mode_of(goal) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["ledger.db"]


def test_an_unfinished_file_leaves_nothing(tmp_path: Path) -> None:
    goal = tmp_path / "ledger.db"

    def fail() -> None:
        with new_private_file(goal) as draft:
            draft.with_name(f"{draft.name}-wal").write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_each_kept_ledger_gets_a_name_of_its_own(tmp_path: Path) -> None:
    first = path_aside(tmp_path / "ledger.db", AT)
    assert first.name == "ledger.db.bak-20261120T183000Z"
    first.touch()
    assert path_aside(tmp_path / "ledger.db", AT).name == "ledger.db.bak-20261120T183000Z-2"
