"""What goes wrong while logs are taken in: nothing is lost, nothing counts twice, and it is said in words."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cost_logs import NOISE, PACKERS, Shop, cost, errors_of, twin
from tokencli.domain.errors import LedgerFullError
from tokencli.domain.ingest import FileCounts
from tokencli.readers import cost_log
from tokencli.readers.content import UnreadableFileError
from tokencli.services import ingest
from tokencli.services.ingest import DamagedLogError, OvertakenError
from tokencli.store.database import open_ledger
from tokencli.store.ledger import AbsurdSumError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokencli.pricing.book import PriceBook
    from tokencli.readers.batch import Batch
    from tokencli.readers.cost_log import Stretch

NO_MOUNT = "a small file system cannot be mounted here: as root, with permission to mount, this test fills one up"

INGEST = """
import os, signal, sys
from pathlib import Path
from tests.cost_logs import Shop, prices
from tokencli.readers import cost_log
from tokencli.services import ingest
from tokencli.store.database import open_ledger
ledger, log, kill_at, batch_bytes, small_bytes = sys.argv[1:]
cost_log._BYTES_A_BATCH, ingest.SMALL_BYTES, ingest._ROWS_A_COMMIT = int(batch_bytes), int(small_bytes), 1
steps = 0
def step():
    global steps
    steps += 1
    if steps == int(kill_at):
        os.kill(os.getpid(), signal.SIGKILL)
with open_ledger(ledger, write=True, create=True, wait_s=60) as database:
    for told in Shop(database, prices(), Path(".")).run(Path(log), on_advance=step):
        print(told if isinstance(told, Exception) else told.recorded, flush=True)
"""
IN_ONE_PROCESS, IN_SEVERAL = (1 << 18, 1 << 30), (1 << 22, 1 << 12)


def lines(first: int, last: int) -> bytes:
    return b"".join(NOISE + cost(second) + twin(second + 0.05) for second in range(first, last))


def process(root: Path, ledger: Path, log: Path, how: tuple[int, int], kill_at: int = 0) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", INGEST, *map(str, (ledger, log, kill_at, *how))]
    return subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True)


def total(calls: int) -> tuple[int, ...]:
    return (calls, calls * 200, calls * 75, calls * 350_000_000, calls * 350_000_000, calls)


def committed(path: Path) -> int:
    with open_ledger(path, write=False) as database:
        (count,) = database.connection.execute("SELECT count(*) FROM event").fetchone()
        return int(count)


@pytest.fixture
def big(tmp_path: Path) -> Path:
    path = tmp_path / "big.log"
    path.write_bytes(lines(0, 30_000))
    return path


@pytest.mark.parametrize("how", [IN_ONE_PROCESS, IN_SEVERAL])
def test_killed_run_is_simply_run_again(
    tmp_path: Path, book: PriceBook, root: Path, big: Path, how: tuple[int, int]
) -> None:
    ledger = tmp_path / "ledger.db"
    kept = [0]
    for kill_at in (1, 2, 2):
        with process(root, ledger, big, how, kill_at) as run:
            assert run.wait(60) == -signal.SIGKILL
        kept.append(committed(ledger))
    assert kept[1] == 0 < kept[2] < 30_000, "it should have been killed in the middle"
    with open_ledger(ledger, write=True) as database:
        shop = Shop(database, book, tmp_path)
        assert shop.take(big).recorded == 30_000 - kept[-1]
        assert shop.totals() == total(30_000)
        assert shop.take(big).note == "unchanged"


def test_run_killed_from_outside_at_any_moment_is_simply_run_again(
    tmp_path: Path, book: PriceBook, root: Path, big: Path
) -> None:
    ledger = tmp_path / "ledger.db"
    with process(root, ledger, big, (1 << 16, 1 << 30)) as run:
        while not (ledger.exists() and committed(ledger)) and run.poll() is None:
            pass
        run.kill()
    assert 0 < committed(ledger) < 30_000
    with open_ledger(ledger, write=True) as database:
        shop = Shop(database, book, tmp_path)
        shop.take(big)
        assert shop.totals() == total(30_000)


@pytest.mark.parametrize("how", [IN_ONE_PROCESS, IN_SEVERAL])
def test_two_processes_that_take_in_the_same_log_count_it_once(
    tmp_path: Path, book: PriceBook, root: Path, big: Path, how: tuple[int, int]
) -> None:
    ledger = tmp_path / "ledger.db"
    runs = [process(root, ledger, big, how) for _ in range(2)]
    for run in runs:
        with run:
            assert run.wait(60) == 0
    with open_ledger(ledger, write=True) as database:
        shop = Shop(database, book, tmp_path)
        shop.take(big)
        assert shop.totals() == total(30_000)


def test_log_that_another_process_goes_on_with_is_left_to_it(
    shop: Shop, book: PriceBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "_ROWS_A_COMMIT", 1)
    monkeypatch.setattr(cost_log, "_BYTES_A_BATCH", 1 << 16)
    path = shop.write("a.log", lines(0, 2))
    shop.take(path)
    shop.append(path, lines(2, 5000))
    others: list[FileCounts] = []

    def overtaken(stretch: Stretch) -> Iterator[Batch]:
        """Read, and after the first batch let another connection take in the whole log."""
        for number, batch in enumerate(cost_log.batches(stretch)):
            if number == 1:
                monkeypatch.setattr(ingest, "batches", cost_log.batches)
                with open_ledger(shop.database.path, write=True) as database:
                    others.append(Shop(database, book, shop.folder).take(path))
            yield batch

    monkeypatch.setattr(ingest, "batches", overtaken)
    (error,) = errors_of(shop.run(path))
    assert isinstance(error, OvertakenError)
    assert shop.totals() == total(5000)
    assert 0 < others[0].recorded < 4998
    assert shop.take(path).note == "unchanged"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount")
    command = [mount or "mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(place)]
    if mount is None or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip(NO_MOUNT)
    yield place
    subprocess.run(["umount", place], check=True)


def test_full_disk_keeps_what_was_committed_and_says_how_far(
    small_disk: Path, tmp_path: Path, book: PriceBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "_ROWS_A_COMMIT", 1)
    parts = [tmp_path / f"{number}.log" for number in range(40)]
    for number, path in enumerate(parts):
        path.write_bytes(lines(number * 250, number * 250 + 250))
    filler = small_disk / "filler"
    filler.write_bytes(bytes(1 << 20))
    with open_ledger(small_disk / "ledger.db", write=True, create=True) as database:
        shop = Shop(database, book, tmp_path)
        with pytest.raises(LedgerFullError, match=r"everything up to line \d+ of .*\.log was taken in and stays"):
            shop.run(*parts)
        kept = shop.totals()[0]
        assert 0 < kept < 10_000
        assert kept % 250 == 0
        shop.check()
    filler.unlink()
    with open_ledger(small_disk / "ledger.db", write=True) as database:
        shop = Shop(database, book, tmp_path)
        assert shop.totals()[0] == kept
        shop.run(*parts[: kept // 250 + 2])
        assert shop.totals() == total(kept + 500)
        shop.check()


def test_file_that_cannot_be_read_is_told_and_the_others_are_taken_in(shop: Shop) -> None:
    first, last = shop.write("a.log", cost(0)), shop.write("c.log", cost(1))
    told = shop.run(first, shop.folder / "gone.log", shop.folder, Path("/proc/self/mem"), last)
    assert [type(each) for each in told] == [FileCounts, *[UnreadableFileError] * 3, FileCounts]
    assert shop.totals()[0] == 2


@pytest.mark.parametrize("packing", ["gz", "xz", "zst"])
def test_damaged_log_gives_what_it_holds_and_the_rest_when_it_is_whole(shop: Shop, packing: str) -> None:
    whole = PACKERS[packing](lines(0, 3000))
    path = shop.write("a.log", whole[: len(whole) * 2 // 3])
    counts, error = shop.run(path)
    assert isinstance(counts, FileCounts)
    assert isinstance(error, DamagedLogError)
    assert f"the {counts.lines} lines before that were taken in" in str(error)
    assert 0 < counts.recorded < 3000
    (again,) = errors_of(shop.run(path))
    assert str(error) == str(again), "it is still damaged, and still said"
    path.write_bytes(whole)
    assert shop.take(path).recorded == 3000 - counts.recorded
    assert shop.totals() == total(3000)


def test_reader_that_dies_costs_nothing_but_the_rest_of_its_file(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "SMALL_BYTES", 1 << 12)
    monkeypatch.setattr(ingest, "STRETCH_BYTES", 1 << 16)
    monkeypatch.setattr(ingest, "_ROWS_A_COMMIT", 1000)
    first = shop.write("a.log", lines(0, 8000))
    second = shop.write("b.log", lines(10_000, 12_000).replace(b"alpha", b"beta"))
    is_killed = False
    others = set(_children().split())  # a server that other tests of this worker share

    def kill_readers() -> None:
        nonlocal is_killed
        if is_killed or not shop.totals()[0]:
            return
        is_killed = True
        for child in set(_children().split()) - others:
            os.kill(int(child), signal.SIGKILL)

    counts, error, other = shop.run(first, second, on_advance=kill_readers)
    assert "a reader process ended early (exit code -9)" in str(error)
    assert isinstance(counts, FileCounts)
    assert isinstance(other, FileCounts)
    assert 0 < counts.recorded < 8000
    assert other.recorded == 2000
    shop.check()
    assert shop.take(first).recorded + counts.recorded == 8000
    models = shop.connection.execute(
        "SELECT request_model, count(*) FROM event JOIN facet ON facet.id = facet_id GROUP BY 1"
    )
    assert models.fetchall() == [("alpha", 8000), ("beta", 2000)]


def _children() -> str:
    with open(f"/proc/self/task/{threading.get_native_id()}/children", encoding="ascii") as file:  # noqa: PTH123
        return file.read()


def test_absurd_log_is_refused_and_leaves_the_others_as_they_are(shop: Shop) -> None:
    good = [shop.write(f"{number}.log", cost(number)) for number in range(2)]
    absurd = shop.write("absurd.log", *(cost(number / 100, "gamma", dollars="9999.999999") for number in range(1000)))
    told = shop.run(good[0], absurd, good[1])
    assert [type(error) for error in errors_of(told)] == [AbsurdSumError]
    assert shop.totals()[0] == 2
    shop.check()


def test_calls_beyond_any_price_are_kept_without_one(shop: Shop) -> None:
    shop.take(shop.write("a.log", cost(0, "dear", (999_999_999, 999_999_999)), cost(1, "dear", (1, 1))))
    assert [(call["status"], call["listed"]) for call in shop.calls()] == [("unpriced", None), ("priced", 2 * 10**15)]


def test_unreadable_file_is_an_error_of_its_own_kind(shop: Shop) -> None:
    (error,) = errors_of(shop.run(shop.folder / "gone.log"))
    assert isinstance(error, UnreadableFileError)
    assert "gone.log: No such file or directory" in str(error)


def test_day_of_an_absurd_year_is_refused(shop: Shop) -> None:
    (error,) = errors_of(shop.run(shop.write("a.log", cost(None)), day="1900-01-01"))
    assert "1971" in str(error)
