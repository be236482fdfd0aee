"""Reading many files of clients in several processes: each takes the next file when it has done with one."""

from __future__ import annotations

import os
from collections import deque
from contextlib import ExitStack, suppress
from queue import Queue
from threading import Lock, Thread
from typing import TYPE_CHECKING, Final, NamedTuple

from tokencli.domain.errors import InputError
from tokencli.readers import worker
from tokencli.readers.telling import Telling
from tokencli.services.reader_process import started
from tokencli.services.scan_pool import MOST_WORKERS, ReaderStoppedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tokencli.readers.agent_scan import Errand
    from tokencli.services.reader_process import ReaderProcess

_AHEAD: Final = 256
_FILES_AHEAD: Final = 2


class RefusedFileError(InputError):
    """A file that a reader process could not read; the sentence is the reader's own."""


class Step(NamedTuple):
    """One thing that a file tells: `telling` is None at its end, and where `error` says that it cannot be read."""

    number: int
    telling: Telling | None = None
    error: InputError | None = None


_Frame = tuple[int, tuple[bytes, bytes] | None]


class FilePool:
    """Some reader processes; whoever starts them stops them."""

    def __init__(self, size: int | None = None) -> None:
        """Start `size` processes; by default one for each core, at most two (one writer waits for them)."""
        self._queue: Queue[_Frame] = Queue(_AHEAD)
        self._left: Iterator[tuple[int, Errand]] = iter(())
        self._handing = Lock()
        # All processes before any thread: see reader_process.
        processes = [started() for _ in range(size or min(MOST_WORKERS, os.cpu_count() or 1))]
        self._lanes = [_Lane(process) for process in processes]
        for place in range(len(self._lanes)):
            Thread(target=self._fetch, args=(place,), daemon=True).start()

    def stop(self) -> None:
        """Stop the processes; what they have not handed over is given up."""
        with self._handing:
            self._left = iter(())
        for lane in self._lanes:
            lane.process.kill()
        while any(not lane.is_over for lane in self._lanes):
            place, frame = self._queue.get()
            self._lanes[place].is_over |= frame is None

    def steps(self, errands: Sequence[Errand]) -> Iterator[Step]:
        """Yield what the files tell; those of one file in order, several files between each other.

        Raises:
            ReaderStoppedError: a process ended early.
        """
        with ExitStack() as stack:
            stack.callback(self.stop)
            yield from self._steps(errands)

    def _steps(self, errands: Sequence[Errand]) -> Iterator[Step]:
        self._left = iter(enumerate(errands))
        for lane in self._lanes * _FILES_AHEAD:
            self._hand_out(lane)
        while any(lane.numbers for lane in self._lanes):
            place, frame = self._queue.get()
            lane = self._lanes[place]
            if frame is None:
                lane.is_over = True
                raise ReaderStoppedError(lane.process.wait())
            kind, data = frame
            if kind == worker.BATCH:
                yield Step(lane.numbers[0], Telling.from_bytes(data))
            else:
                error = RefusedFileError(data.decode()) if kind == worker.ERROR else None
                yield Step(lane.numbers.popleft(), error=error)

    def _hand_out(self, lane: _Lane) -> None:
        """Give a process the next file, where there is one."""
        with self._handing:
            number, errand = next(self._left, (0, None))
            if errand is None:
                return
            lane.numbers.append(number)
            # Of a process that is gone its lane hears when its answers end.
            with suppress(BrokenPipeError):
                worker.write_frame(lane.process.tasks, worker.FILE, worker.packed(errand))

    def _fetch(self, place: int) -> None:
        """Queue the answers of one process, which gets its next file before anybody asks what became of the last."""
        lane = self._lanes[place]
        pipe = lane.process.answers
        while frame := worker.read_frame(pipe):
            if frame[0] != worker.BATCH:
                self._hand_out(lane)
            self._queue.put((place, frame))
        self._queue.put((place, None))
        pipe.close()


class _Lane:
    """One process, and the numbers of the files it is to read."""

    def __init__(self, process: ReaderProcess) -> None:
        self.process = process
        self.numbers: deque[int] = deque()
        self.is_over = False
