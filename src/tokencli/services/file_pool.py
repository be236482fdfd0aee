"""Reading many files of clients in several processes: each has some files ahead, and gets more as it ends them."""

from __future__ import annotations

import os
import select
from collections import deque
from contextlib import ExitStack, suppress
from fcntl import fcntl
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from tokencli.domain.errors import InputError
from tokencli.readers import worker
from tokencli.readers.telling import Telling
from tokencli.services.reader_process import MOST_WORKERS, ReaderStoppedError, started

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tokencli.readers.agent_scan import Errand
    from tokencli.services.reader_process import ReaderProcess

_SET_PIPE_SIZE: Final = 1031  # Linux's F_SETPIPE_SZ
_PIPE_BYTES: Final = 1 << 20
_MOST_AHEAD_BYTES: Final = 24 << 20
_LEAST_AHEAD_BYTES: Final = 1 << 20
_MOST_WAITING_BYTES: Final = 8 << 20
_TASK_BYTES: Final = 16 << 10
"""So much of what it has not answered a process may have been told; a pipe holds four times as much everywhere."""


_room: Final = bytearray(_PIPE_BYTES)


class RefusedFileError(InputError):
    """A file that a reader process could not read; the sentence is the reader's own."""


class Step(NamedTuple):
    """One thing that a file tells: `telling` is None at its end, and where `error` says that it cannot be read."""

    number: int
    telling: Telling | None = None
    error: InputError | None = None


class FilePool:
    """Some reader processes; whoever starts them stops them."""

    def __init__(self, size: int | None = None) -> None:
        """Start `size` processes; by default one for each core, at most two (one writer waits for them)."""
        self._lanes = [_Lane(started()) for _ in range(size or min(MOST_WORKERS, os.cpu_count() or 1))]
        self._by_file = {lane.file: lane for lane in self._lanes}
        self._poll = select.poll()
        for lane in self._lanes:
            self._poll.register(lane.file, select.POLLIN)
        self._left: deque[tuple[int, Errand, int]] = deque()
        self._bytes_left = 0
        self._frames: deque[tuple[_Lane, bytes, bytes]] = deque()

    def stop(self) -> None:
        """Stop the processes; what they have not handed over is given up."""
        for lane in self._lanes:
            lane.process.kill()
            lane.process.answers.close()

    def begin(self, errands: Sequence[Errand], sizes: Sequence[int]) -> Self:
        """Let the processes begin to read.

        Args:
            errands: what to read, the largest first.
            sizes: how many bytes there are to read, for each of them.
        """
        self._left.extend(zip(range(len(errands)), errands, sizes, strict=True))
        self._bytes_left = sum(sizes)
        self._hand_out()
        return self

    def steps(self) -> Iterator[Step]:
        """Yield what the files tell, whose numbers are their places among the errands, and stop the processes.

        The steps of one file come in order, those of several files between each other.

        Raises:
            ReaderStoppedError: a process ended early.
        """
        with ExitStack() as stack:
            stack.callback(self.stop)
            yield from self._steps()

    def look(self) -> None:
        """Fetch what has come, without waiting: who is busy long and calls it now and then keeps others at work.

        Where much has been fetched that nobody has asked for yet, the processes are left to wait.
        """
        is_room = sum(len(data) for _, _, data in self._frames) < _MOST_WAITING_BYTES
        if is_room and any(lane.numbers for lane in self._lanes):
            self._fetch(0)

    def write_out(self, path: Path) -> None:
        """Let a process see to it that what was written to a file so far reaches the disk, while the others read on.

        Where all is read, nobody is left to do it, and nothing is done.
        """
        self._lanes[-1].write_out(path)

    def _steps(self) -> Iterator[Step]:
        while self._frames or any(lane.numbers for lane in self._lanes):
            if not self._frames:
                self._fetch(None)
                continue
            lane, kind, data = self._frames.popleft()
            if kind in (worker.BATCH, worker.LAST):
                yield Step(lane.numbers[0], Telling.from_bytes(data))
            if kind != worker.BATCH:
                error = RefusedFileError(data.decode()) if kind == worker.ERROR else None
                yield Step(lane.numbers.popleft(), error=error)

    def _fetch(self, wait_ms: int | None) -> None:
        """Fetch what processes have to say, and give them more to do; None waits until one of them says something."""
        for file, _ in self._poll.poll(wait_ms):
            lane = self._by_file[file]
            self._frames += [(lane, kind, data) for kind, data in lane.fetched()]
        self._hand_out()

    def _hand_out(self) -> None:
        """Give each process some files ahead, in turns; the fewer the less is left."""
        ahead = min(_MOST_AHEAD_BYTES, max(_LEAST_AHEAD_BYTES, self._bytes_left // (4 * len(self._lanes))))
        waiting = deque(lane for lane in self._lanes if lane.may_have(ahead))
        while self._left and waiting:
            lane = waiting.popleft()
            number, errand, size = self._left.popleft()
            lane.give(number, errand, size)
            self._bytes_left -= size
            if lane.may_have(ahead):
                waiting.append(lane)


class _Lane:
    """One process, and the files that it is to read."""

    def __init__(self, process: ReaderProcess) -> None:
        self.process = process
        self.file = process.answers.fileno()
        self.numbers: deque[int] = deque()
        """What it has been given and has not been heard of to its end."""
        self._weights: deque[tuple[int, int]] = deque()
        self._bytes = self._task_bytes = 0
        self._read = bytearray()
        # A process that need not wait until its answer is fetched reads on.
        with suppress(OSError):
            fcntl(self.file, _SET_PIPE_SIZE, _PIPE_BYTES)

    def may_have(self, ahead: int) -> bool:
        """Say whether one more file is to be handed out, where there are to be so many bytes ahead."""
        return not self._weights or (self._bytes < ahead and self._task_bytes < _TASK_BYTES)

    def give(self, number: int, errand: Errand, size: int) -> None:
        task = worker.packed(errand)
        self.numbers.append(number)
        self._weights.append((size, len(task)))
        self._bytes += size
        self._task_bytes += len(task)
        # Of a process that is gone its lane hears when its answers end.
        with suppress(BrokenPipeError):
            worker.write_frame(self.process.tasks, worker.FILE, task)

    def write_out(self, path: Path) -> None:
        if self.process.tasks.closed:
            return
        with suppress(BrokenPipeError):
            worker.write_frame(self.process.tasks, worker.WRITTEN, os.fsencode(path))

    def fetched(self) -> list[tuple[bytes, bytes]]:
        """Return the frames that have come; raise ReaderStoppedError where no more will."""
        size = os.readv(self.file, [_room])
        if not size:
            raise ReaderStoppedError(self.process.wait())
        data = memoryview(_room)[:size]
        if self._read:
            self._read += data
            data = memoryview(self._read)
        frames, done = worker.frames_of(data)
        # What is not whole yet is mostly nothing, or the beginning of one frame.
        self._read = bytearray(data[done:])
        for kind, _ in frames:
            if kind != worker.BATCH:
                size, task_size = self._weights.popleft()
                self._bytes -= size
                self._task_bytes -= task_size
        return frames
