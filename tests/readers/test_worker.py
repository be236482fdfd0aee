from __future__ import annotations

import io
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cost_logs import NOISE, cost, twin
from tests.tiny_agent import AGENT, line
from tokencli.readers import agent_scan, agents, cost_log, lines, worker
from tokencli.readers.agent_scan import Errand
from tokencli.readers.batch import Batch
from tokencli.readers.content import UnreadableFileError
from tokencli.readers.cost_log import Stretch, batches
from tokencli.readers.telling import Telling

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOG = b"".join(NOISE + cost(second) + twin(second + 0.05) for second in range(60))


def stretch(path: Path, start: int = 0, stop: int | None = None) -> Stretch:
    return Stretch(str(path), start, stop, zone="UTC", day=None, is_array=False)


def asked(stretches: list[Stretch]) -> bytes:
    pipe = io.BytesIO()
    for each in stretches:
        worker.write_frame(pipe, worker.TASK, worker.packed(each))
    return pipe.getvalue()


def answers(data: bytes) -> list[tuple[bytes, bytes]]:
    pipe = io.BytesIO(data)
    frames: list[tuple[bytes, bytes]] = []
    while frame := worker.read_frame(pipe):
        frames.append(frame)
    return frames


def served(stretches: list[Stretch]) -> list[tuple[bytes, bytes]]:
    out = io.BytesIO()
    worker.serve(io.BytesIO(asked(stretches)), out)
    return answers(out.getvalue())


def test_worker_reads_any_stretches_as_this_process_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "BLOCK", 300)
    monkeypatch.setattr(cost_log, "_BYTES_A_BATCH", 600)
    path = tmp_path / "a.log"
    path.write_bytes(LOG)

    @given(st.lists(st.integers(1, len(LOG) - 1), max_size=5))
    def check(cuts: list[int]) -> None:
        starts = sorted({0, *cuts})
        ranges = zip(starts, [*starts[1:], None], strict=True)
        stretches = [stretch(path, start, stop) for start, stop in ranges]
        frames = served(stretches)
        got = [Batch.from_bytes(data) for kind, data in frames if kind == worker.BATCH]
        assert got == [batch for each in stretches for batch in batches(each)]
        assert [kind for kind, _ in frames].count(worker.END) == len(stretches)

    check()


def test_file_that_cannot_be_read_is_an_answer_and_the_worker_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(LOG)
    good = stretch(path)
    frames = served([good._replace(path=str(tmp_path / "none.log")), good])
    assert [kind for kind, _ in frames] == [worker.ERROR, worker.BATCH, worker.END]
    assert b"none.log" in frames[0][1]


@given(st.lists(st.tuples(st.sampled_from([b"B", b"L", b"X"]), st.binary(max_size=9))), st.integers(0, 200))
def test_whole_frames_are_known_in_whatever_has_come(frames: list[tuple[bytes, bytes]], size: int) -> None:
    pipe = io.BytesIO()
    ends = [0]
    for kind, data in frames:
        worker.write_frame(pipe, kind, data)
        ends.append(pipe.tell())
    come = bytearray(pipe.getvalue()[:size])
    whole = sum(end <= len(come) for end in ends) - 1
    assert worker.frames_of(come) == (frames[:whole], ends[whole])
    come.clear()  # no view of it is left


def test_what_a_file_told_before_it_broke_off_comes_before_the_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(errand: Errand) -> Iterator[Telling]:
        yield Telling(end=1)
        yield Telling(end=2)
        raise UnreadableFileError(errand.path, OSError(5, "Input/output error"))

    monkeypatch.setattr(agent_scan, "tellings", broken)
    pipe, answered = io.BytesIO(), io.BytesIO()
    worker.write_frame(pipe, worker.FILE, worker.packed(Errand(str(tmp_path), 0)))
    worker.serve(io.BytesIO(pipe.getvalue()), answered)
    found = answers(answered.getvalue())
    assert [kind for kind, _ in found] == [worker.BATCH, worker.BATCH, worker.ERROR]
    assert [Telling.from_bytes(data).end for _, data in found[:2]] == [1, 2]


def test_frame_that_is_cut_off_is_the_end() -> None:
    pipe = io.BytesIO()
    worker.write_frame(pipe, worker.BATCH, b"abc")
    whole = pipe.getvalue()
    assert worker.read_frame(io.BytesIO(whole)) == (worker.BATCH, b"abc")
    for size in range(len(whole)):
        assert worker.read_frame(io.BytesIO(whole[:size])) is None


def test_process_of_its_own_answers_and_ends_with_its_input(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(LOG)
    command = [sys.executable, "-P", "-m", worker.__name__]
    done = subprocess.run(command, input=asked([stretch(path)]), capture_output=True, check=True)
    (kind, data), (end, _) = answers(done.stdout)
    assert (kind, end) == (worker.BATCH, worker.END)
    assert [Batch.from_bytes(data)] == list(batches(stretch(path)))
    assert not done.stderr


def test_worker_whose_reader_is_gone_ends_quietly(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(LOG * 200)
    command = [sys.executable, "-P", "-m", worker.__name__]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        worker.write_frame(process.stdin, worker.TASK, worker.packed(stretch(path)))
        assert process.wait(30) == 1
        assert process.stderr.read() == b""


def test_a_clients_file_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "s.tiny.jsonl"
    path.write_bytes(line("a") + line("b"))
    answers_pipe = io.BytesIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(agents, "AGENTS", (AGENT,))
        pipe = io.BytesIO()
        for name in (path, tmp_path / "none"):
            worker.write_frame(pipe, worker.FILE, worker.packed(Errand(str(name), 0)))
        worker.serve(io.BytesIO(pipe.getvalue()), answers_pipe)
    found = answers(answers_pipe.getvalue())
    assert [kind for kind, _ in found] == [worker.LAST, worker.ERROR]
    assert [call.key for call in Telling.from_bytes(found[0][1]).calls] == ["tiny:a", "tiny:b"]


def test_what_was_written_to_a_file_reaches_the_disk_and_the_worker_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, log = tmp_path / "ledger.db", tmp_path / "a.log"
    path.write_bytes(b"x")
    log.write_bytes(LOG)
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda number: synced.append(os.fstat(number).st_ino))
    pipe, answered = io.BytesIO(), io.BytesIO()
    for name in (path, tmp_path / "none"):
        worker.write_frame(pipe, worker.WRITTEN, os.fsencode(name))
    worker.write_frame(pipe, worker.TASK, worker.packed(stretch(log)))
    worker.serve(io.BytesIO(pipe.getvalue()), answered)
    assert synced == [path.stat().st_ino]
    assert [kind for kind, _ in answers(answered.getvalue())] == [worker.BATCH, worker.END]
