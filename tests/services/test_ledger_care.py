"""A ledger can be looked at, copied and brought back; what is in the way is said, and kept."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tokencli.domain.errors import FileInTheWayError, NoLedgerError
from tokencli.services import ledger_care
from tokencli.store.database import open_ledger

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 20, 18, 30, tzinfo=UTC)


@pytest.fixture
def place(tmp_path: Path) -> str:
    path = str(tmp_path / "ledger.db")
    open_ledger(path, write=True, create=True).close()
    return path


def test_info_says_what_the_ledger_is(place: str) -> None:
    found = ledger_care.info(place)
    assert (found.place, found.calls, found.is_private, found.is_current) == (place, 0, True, True)


def test_a_copy_is_a_ledger_of_its_own(place: str, tmp_path: Path) -> None:
    target = str(tmp_path / "copies" / "copy.db")
    copy = ledger_care.back_up(place, target, force=False)
    assert (copy.path, copy.ledger_id) == (target, ledger_care.info(place).ledger_id)
    with pytest.raises(FileInTheWayError, match="say --force to replace it"):
        ledger_care.back_up(place, target, force=False)
    assert ledger_care.back_up(place, target, force=True).path == target


def test_a_copy_that_is_brought_back_puts_the_ledger_aside(place: str, tmp_path: Path) -> None:
    copy = ledger_care.back_up(place, str(tmp_path / "copy.db"), force=False)
    done = ledger_care.restore(place, copy.path, now=NOW)
    assert done.kept == f"{place}.bak-20261120T183000Z"
    assert done.ledger.ledger_id == ledger_care.info(done.kept).ledger_id


def test_a_copy_can_be_brought_to_a_place_without_a_ledger(place: str, tmp_path: Path) -> None:
    done = ledger_care.restore(str(tmp_path / "new" / "ledger.db"), place, now=NOW)
    assert (done.kept, done.ledger.calls) == (None, 0)


def test_a_ledger_of_today_needs_no_upgrade(place: str) -> None:
    done = ledger_care.bring_up_to_date(place, now=NOW)
    assert (done.before == done.after, done.backup) == (True, None)


def test_a_ledger_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(NoLedgerError, match="there is no ledger at"):
        ledger_care.info(str(tmp_path / "ledger.db"))
