"""A reader process answers and ends the same, whether it is a copy of this process or a new interpreter."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cost_logs import NOISE, cost
from tokencli.readers import worker
from tokencli.readers.batch import Batch
from tokencli.readers.cost_log import Stretch, batches
from tokencli.services import reader_process
from tokencli.services.reader_process import Copy, NewProcess, started

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokencli.services.reader_process import ReaderProcess

_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="copies are made on Linux only")


@pytest.fixture(params=[NewProcess, pytest.param(Copy, marks=_LINUX)])
def process(request: pytest.FixtureRequest) -> Iterator[ReaderProcess]:
    made: ReaderProcess = request.param()
    yield made
    made.kill()
    made.answers.close()


def answered(process: ReaderProcess, task: Stretch) -> list[Batch]:
    worker.write_frame(process.tasks, worker.TASK, worker.packed(task))
    found: list[Batch] = []
    while frame := worker.read_frame(process.answers):
        if frame[0] == worker.END:
            break
        found.append(Batch.from_bytes(frame[1]))
    return found


def test_it_reads_what_it_is_asked_to_and_ends_with_its_tasks(process: ReaderProcess, tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(NOISE + cost(1) + cost(2))
    task = Stretch(str(path), 0, None, zone="UTC", day=None, is_array=False)
    assert answered(process, task) == list(batches(task))
    process.tasks.close()
    assert process.wait() == 0


def test_killed_it_ends_and_may_be_killed_again(process: ReaderProcess) -> None:
    process.kill()
    process.kill()
    assert process.wait() == -9
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)


@_LINUX
def test_a_copy_holds_no_file_of_the_original_open(tmp_path: Path) -> None:
    with (tmp_path / "ledger.db").open("wb"):
        copy = Copy()
        path = tmp_path / "a.log"
        path.write_bytes(NOISE)
        answered(copy, Stretch(str(path), 0, None, zone="UTC", day=None, is_array=False))
        held = sorted(Path(f"/proc/{copy.pid}/fd").iterdir())
        assert [int(each.name) > 2 for each in held].count(True) == 2
        copy.kill()
        copy.answers.close()


@_LINUX
def test_a_copy_is_made_where_no_other_thread_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    program = "from tokencli.services.reader_process import started; p = started(); print(type(p).__name__); p.kill()"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    assert told.stdout == "Copy\n"
    over = threading.Event()
    thread = threading.Thread(target=over.wait)
    thread.start()
    try:
        made = started()
        assert isinstance(made, NewProcess)
        made.kill()
        made.answers.close()
    finally:
        over.set()
        thread.join()
    monkeypatch.setattr(reader_process, "_OPEN_FILES", Path("/nowhere"))
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    elsewhere = started()
    assert isinstance(elsewhere, NewProcess)
    elsewhere.kill()
    elsewhere.answers.close()
