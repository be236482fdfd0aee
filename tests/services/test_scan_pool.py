from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from tests.cost_logs import NOISE, cost, twin
from tokencli.readers.cost_log import Stretch, batches
from tokencli.services.reader_process import ReaderStoppedError
from tokencli.services.scan_pool import RefusedStretchError, ScanPool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOG = b"".join(NOISE + cost(second) + twin(second + 0.05) for second in range(2000))


def stretches_of(path: Path, pieces: int) -> list[Stretch]:
    size = path.stat().st_size
    starts = [size * number // pieces for number in range(pieces)]
    ranges = zip(starts, [*starts[1:], None], strict=True)
    return [Stretch(str(path), start, stop, zone="UTC", day=None, is_array=False) for start, stop in ranges]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "a.log"
    path.write_bytes(LOG)
    return path


@pytest.fixture
def pool() -> Iterator[ScanPool]:
    made = ScanPool(2)
    yield made
    made.stop()


@pytest.mark.parametrize("pieces", [1, 2, 3, 9, 40])
def test_stretches_come_back_in_order_and_whole(pool: ScanPool, log: Path, pieces: int) -> None:
    stretches = stretches_of(log, pieces)
    expected = [batch for stretch in stretches for batch in batches(stretch)]
    assert list(pool.batches(stretches)) == expected
    assert list(pool.batches(stretches)) == expected, "a second time"


def test_one_process_does_the_same(log: Path) -> None:
    pool = ScanPool(1)
    stretches = stretches_of(log, 7)
    assert list(pool.batches(stretches)) == [batch for stretch in stretches for batch in batches(stretch)]
    pool.stop()


def test_stretch_that_cannot_be_read_stops_the_pool(pool: ScanPool, log: Path, tmp_path: Path) -> None:
    good = stretches_of(log, 6)
    bad = good[1]._replace(path=str(tmp_path / "none.log"))
    with pytest.raises(RefusedStretchError, match=r"none\.log"):
        list(pool.batches([good[0], bad, *good[2:]]))
    assert pool.is_stopped


def test_pool_that_is_left_early_is_stopped(pool: ScanPool, log: Path) -> None:
    found = pool.batches(stretches_of(log, 6))
    next(found)
    found.close()  # type: ignore[attr-defined]  # it is a generator
    assert pool.is_stopped


def test_reader_that_is_killed_is_an_error_in_words(pool: ScanPool, log: Path) -> None:
    for lane in pool._lanes:
        os.kill(lane._process.pid, signal.SIGKILL)
        lane._process.wait()
    with pytest.raises(ReaderStoppedError, match=r"exit code -9.*run it again"):
        list(pool.batches(stretches_of(log, 6)))


def test_stopping_twice_is_stopping_once(pool: ScanPool) -> None:
    pool.stop()
    pool.stop()
    assert pool.is_stopped


def test_readers_take_no_module_from_the_current_folder(
    log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('a file that happens to lie here was run')\n")
    monkeypatch.chdir(tmp_path)
    pool = ScanPool(1)
    assert list(pool.batches(stretches_of(log, 1))) == list(batches(stretches_of(log, 1)[0]))
    pool.stop()


def test_no_process_is_left_behind(log: Path) -> None:
    pool = ScanPool(2)
    list(pool.batches(stretches_of(log, 4)))
    numbers = [lane._process.pid for lane in pool._lanes]
    pool.stop()
    for number in numbers:
        with pytest.raises(ProcessLookupError):
            os.kill(number, 0)
