"""Reading many files of clients in several processes: each takes the next file when it has done with one."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack, suppress
from queue import Queue
from threading import Thread
from typing import IO, TYPE_CHECKING, Final, NamedTuple, cast

from tokencli.domain.errors import InputError
from tokencli.readers import worker
from tokencli.readers.telling import Telling
from tokencli.services.scan_pool import MOST_WORKERS, ReaderStoppedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tokencli.readers.agent_scan import Errand

_AHEAD: Final = 12
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
        count = size or min(MOST_WORKERS, os.cpu_count() or 1)
        self._lanes = [_Lane(number, self._queue) for number in range(count)]

    def stop(self) -> None:
        """Stop the processes; what they have not handed over is given up."""
        for lane in self._lanes:
            lane.kill()
        while any(not lane.is_over for lane in self._lanes):
            number, frame = self._queue.get()
            self._lanes[number].is_over |= frame is None

    def steps(self, errands: Sequence[Errand]) -> Iterator[Step]:
        """Yield what the files tell; those of one file in order, several files between each other.

        Raises:
            ReaderStoppedError: a process ended early.
        """
        with ExitStack() as stack:
            stack.callback(self.stop)
            yield from self._steps(errands)

    def _steps(self, errands: Sequence[Errand]) -> Iterator[Step]:
        left = iter(enumerate(errands))
        for lane in self._lanes * _FILES_AHEAD:
            lane.send_next(left)
        while any(lane.numbers for lane in self._lanes):
            place, frame = self._queue.get()
            lane = self._lanes[place]
            if frame is None:
                lane.is_over = True
                raise ReaderStoppedError(lane.wait())
            kind, data = frame
            if kind == worker.BATCH:
                yield Step(lane.numbers[0], Telling.from_bytes(data))
                continue
            number = lane.numbers.pop(0)
            lane.send_next(left)
            yield Step(number, error=RefusedFileError(data.decode()) if kind == worker.ERROR else None)


class _Lane:
    """One process, the numbers of the files it is to read, and a thread that fetches its answers."""

    def __init__(self, place: int, queue: Queue[_Frame]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - this program itself
            [sys.executable, "-P", "-m", worker.__name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._tasks = cast("IO[bytes]", self._process.stdin)
        self._place = place
        self._queue = queue
        self.numbers: list[int] = []
        self.is_over = False
        Thread(target=self._fetch, daemon=True).start()

    def send_next(self, left: Iterator[tuple[int, Errand]]) -> None:
        """Send the process the next file, where there is one."""
        number, errand = next(left, (0, None))
        if errand is None:
            return
        self.numbers.append(number)
        try:
            worker.write_frame(self._tasks, worker.FILE, worker.packed(errand))
        except BrokenPipeError:
            raise ReaderStoppedError(self.wait()) from None

    def wait(self) -> int:
        """Return the exit code of the process."""
        return self._process.wait()

    def kill(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        with suppress(BrokenPipeError):
            self._tasks.close()

    def _fetch(self) -> None:
        pipe = cast("IO[bytes]", self._process.stdout)
        while frame := worker.read_frame(pipe):
            self._queue.put((self._place, frame))
        self._queue.put((self._place, None))
        pipe.close()
