"""A run lives as long as its process holds its lock."""

from __future__ import annotations

import fcntl
import os
import stat
from typing import TYPE_CHECKING

import pytest

from tokencli.domain.errors import LedgerAccessError
from tokencli.store.runs import begin_run, claim_run, is_alive, run_keys, runs_folder

if TYPE_CHECKING:
    from pathlib import Path

KEY = "0123456789ab"


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


def test_live_run_cannot_be_claimed(ledger: Path) -> None:
    run = begin_run(ledger, "ledger.db", KEY)
    assert claim_run(ledger, "ledger.db", KEY) is None
    assert run_keys(ledger, "ledger.db") == [KEY]
    run.end(is_settled=False)
    claimed = claim_run(ledger, "ledger.db", KEY)
    assert claimed is not None
    assert claim_run(ledger, "ledger.db", KEY) is None
    claimed.end(is_settled=True)
    assert run_keys(ledger, "ledger.db") == []


def test_run_without_a_file_is_dead(ledger: Path) -> None:
    claimed = claim_run(ledger, "ledger.db", KEY)
    assert claimed is not None
    assert claimed.key == KEY
    claimed.end(is_settled=True)


def test_lock_of_a_file_that_was_removed_is_no_lock(ledger: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def removed_first(handle: int, _operation: int) -> None:
        assert os.fstat(handle).st_nlink == 1
        (runs_folder(ledger) / KEY).unlink()

    monkeypatch.setattr(fcntl, "flock", removed_first)
    assert claim_run(ledger, "ledger.db", KEY) is None


def test_lock_is_for_its_owner_alone(ledger: Path) -> None:
    run = begin_run(ledger, "ledger.db", KEY)
    assert stat.S_IMODE((runs_folder(ledger) / KEY).stat().st_mode) == 0o600
    assert stat.S_IMODE(runs_folder(ledger).stat().st_mode) == 0o700
    run.end(is_settled=True)


def test_folder_that_cannot_be_made_is_told_in_one_sentence(ledger: Path) -> None:
    runs_folder(ledger).write_text("in the way")
    with pytest.raises(LedgerAccessError, match="cannot be used"):
        begin_run(ledger, "ledger.db", KEY)


def test_no_run_was_ever_begun(ledger: Path) -> None:
    assert run_keys(ledger, "ledger.db") == []


def test_a_look_at_a_run_tells_the_living_from_the_dead_and_makes_nothing(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.db"
    assert not is_alive(ledger, "a11ce0000000")
    assert not runs_folder(ledger).exists()
    run = begin_run(ledger, "ledger", "a11ce0000000")
    assert is_alive(ledger, "a11ce0000000")
    run.end(is_settled=False)
    assert not is_alive(ledger, "a11ce0000000")
