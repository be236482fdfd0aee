"""The spool holds what it was given, whatever becomes of the process or the disk."""

from __future__ import annotations

import errno
import json
import os
import stat
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tokencli.domain.errors import LedgerAccessError, LedgerFullError
from tokencli.domain.event import EventId, UsageEvent
from tokencli.domain.usage import Basis, TokenUsage
from tokencli.services.saved import event_line
from tokencli.services.spool import ASIDE, ROOM, Aside, begin_spool, keep_aside, left_behind, spool_keys, spool_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tokencli.services.spool import Spool

KEY = "0123456789ab"
EVENT = UsageEvent(
    event_id=EventId(f"{KEY}.1"),
    occurred_at=datetime(2026, 11, 21, tzinfo=UTC),
    source="proxy",
    basis=Basis.REPORTED,
    usage=TokenUsage(input_tokens=5),
)


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def spool(ledger: Path) -> Iterator[Spool]:
    with begin_spool(ledger, "ledger.db", KEY) as opened:
        yield opened


def events(*numbers: int) -> list[UsageEvent]:
    return [replace(EVENT, event_id=EventId(f"{KEY}.{number}")) for number in numbers]


def lines(*numbers: int) -> list[bytes]:
    return [event_line(event) for event in events(*numbers)]


def test_room_is_taken_from_the_disk_before_it_is_needed(spool: Spool, ledger: Path) -> None:
    found = spool_path(ledger, KEY).stat()
    assert found.st_size == ROOM
    assert found.st_blocks * 512 >= ROOM
    assert stat.S_IMODE(found.st_mode) == 0o600
    assert stat.S_IMODE(spool.path.parent.stat().st_mode) == 0o700


def test_what_was_added_is_there_for_the_next_start(spool: Spool, ledger: Path) -> None:
    spool.add(lines(1, 2))
    spool.add(lines(3))
    assert spool.count == 3
    assert left_behind(ledger, "ledger.db", KEY).events == events(1, 2, 3)
    assert spool.contents().events == events(1, 2, 3)
    assert spool.path.stat().st_size == ROOM


def test_empty_again_it_holds_nothing_and_keeps_its_room(spool: Spool, ledger: Path) -> None:
    spool.add(lines(*range(1, 50)))
    spool.reset()
    assert spool.count == 0
    assert left_behind(ledger, "ledger.db", KEY) == ([], [])
    assert spool.path.stat().st_blocks * 512 >= ROOM
    spool.add(lines(7))
    assert left_behind(ledger, "ledger.db", KEY) == (events(7), [])


def test_more_than_the_room_is_taken_where_the_disk_has_some(spool: Spool, ledger: Path) -> None:
    many = lines(*range(1, 20)) * (ROOM // 1000)
    spool.add(many)
    assert len(left_behind(ledger, "ledger.db", KEY).events) == len(many)
    spool.reset()
    assert spool.path.stat().st_size == ROOM


@pytest.mark.parametrize("cut", [1, 20, 100])
def test_torn_last_line_is_skipped_and_counted(ledger: Path, cut: int) -> None:
    spool = begin_spool(ledger, "ledger.db", KEY)
    spool.add(lines(1, 2))
    data = spool.path.read_bytes().rstrip(b"\0")[:-cut]
    spool.path.write_bytes(data + bytes(500))
    found = left_behind(ledger, "ledger.db", KEY)
    assert found.events == events(1)
    assert len(found.broken) == 1
    spool.close()


def test_garbage_between_calls_is_told_apart(ledger: Path) -> None:
    path = spool_path(ledger, KEY)
    path.parent.mkdir()
    path.write_bytes(b"".join([lines(1)[0], b"{broken\n", b"\xff\n", lines(2)[0]]))
    assert left_behind(ledger, "ledger.db", KEY) == (events(1, 2), [b"{broken", b"\xff"])


def test_line_that_does_not_fit_leaves_no_part_of_itself(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    spool.add(lines(1))
    real = os.pwrite

    def full(handle: int, data: Any, start: int) -> int:
        if bytes(data).strip(b"\0") and start > len(lines(1)[0]):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(handle, data[:40], start)

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(OSError, match="No space"):
        spool.add(lines(2, 3))
    monkeypatch.undo()
    assert spool.contents() == (events(1), [])
    spool.add(lines(4))
    assert spool.path.read_bytes().rstrip(b"\0") == b"".join(lines(1, 4))


def test_empty_spool_is_removed_and_a_full_one_stays(ledger: Path) -> None:
    begin_spool(ledger, "ledger.db", KEY).close()
    assert spool_keys(ledger, "ledger.db") == []
    spool = begin_spool(ledger, "ledger.db", KEY)
    spool.add(lines(1))
    spool.close()
    assert spool_keys(ledger, "ledger.db") == [KEY]


def test_lines_kept_aside_have_their_reasons(ledger: Path) -> None:
    assert keep_aside(ledger, [Aside(b"{\xff", "it is no call")]) == 1
    assert keep_aside(ledger, [Aside(b"x", "too dear"), Aside(b"y", "too dear")]) == 2
    assert keep_aside(ledger, []) == 0
    path = spool_path(ledger, KEY).with_name(ASIDE)
    rows = [json.loads(line) for line in path.read_text().split("\n") if line]
    assert rows[0] == {"reason": "it is no call", "line": "{\ufffd"}
    assert [row["line"] for row in rows] == ["{\ufffd", "x", "y"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert spool_keys(ledger, "ledger.db") == []


def test_no_room_at_the_beginning_is_told_in_one_sentence(ledger: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(LedgerFullError, match="no space left"):
        begin_spool(ledger, "ledger.db", KEY)
    assert spool_keys(ledger, "ledger.db") == []


def test_folder_that_cannot_be_made_is_told_in_one_sentence(ledger: Path) -> None:
    spool_path(ledger, KEY).parent.write_text("in the way")
    with pytest.raises(LedgerAccessError, match="cannot be used"):
        begin_spool(ledger, "ledger.db", KEY)
