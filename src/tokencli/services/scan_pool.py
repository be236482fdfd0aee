"""Reading a big log in several processes: stretches are scanned side by side, batches come back in order."""

from __future__ import annotations

import os
from contextlib import ExitStack
from queue import Queue
from threading import Thread
from typing import TYPE_CHECKING, Final

from tokencli.domain.errors import InputError
from tokencli.readers import worker
from tokencli.readers.batch import Batch
from tokencli.services.reader_process import MOST_WORKERS, ReaderStoppedError, started

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tokencli.readers.cost_log import Stretch
    from tokencli.services.reader_process import ReaderProcess

_BATCHES_AHEAD: Final = 6
_TASKS_AHEAD: Final = 2


class RefusedStretchError(InputError):
    """A stretch that a reader process could not read; the sentence is the reader's own."""


class ScanPool:
    """Some reader processes; whoever starts them stops them."""

    def __init__(self, size: int | None = None) -> None:
        """Start `size` processes; by default one for each core, at most two (one writer waits for them)."""
        # All processes before any thread: see reader_process.
        processes = [started() for _ in range(size or min(MOST_WORKERS, os.cpu_count() or 1))]
        self._lanes = [_Lane(process) for process in processes]
        self.is_stopped = False

    def stop(self) -> None:
        """Stop the processes; what they have not handed over is given up."""
        self.is_stopped = True
        for lane in self._lanes:
            lane.stop()

    def batches(self, stretches: Sequence[Stretch]) -> Iterator[Batch]:
        """Yield the batches of all stretches, in order; whoever leaves before the end stops the pool.

        Raises:
            RefusedStretchError: a stretch cannot be read.
            ReaderStoppedError: a process ended early.
        """
        with ExitStack() as stack:
            # What is still on its way would be taken for the answer to the next question.
            stack.callback(self.stop)
            yield from self._in_order(stretches)
            stack.pop_all()

    def _in_order(self, stretches: Sequence[Stretch]) -> Iterator[Batch]:
        lanes = self._lanes
        for index in range(min(len(stretches), len(lanes) * _TASKS_AHEAD)):
            lanes[index % len(lanes)].send(stretches[index])
        for index in range(len(stretches)):
            yield from lanes[index % len(lanes)].answers()
            ahead = index + len(lanes) * _TASKS_AHEAD
            if ahead < len(stretches):
                lanes[index % len(lanes)].send(stretches[ahead])


class _Lane:
    """One process, and a thread that fetches its answers a few batches ahead."""

    def __init__(self, process: ReaderProcess) -> None:
        self._process = process
        self._queue: Queue[tuple[bytes, bytes] | None] = Queue(_BATCHES_AHEAD)
        self._is_over = False
        Thread(target=self._fetch, daemon=True).start()

    def send(self, stretch: Stretch) -> None:
        try:
            worker.write_frame(self._process.tasks, worker.TASK, worker.packed(stretch))
        except BrokenPipeError:
            raise ReaderStoppedError(self._process.wait()) from None

    def answers(self) -> Iterator[Batch]:
        while True:
            frame = self._queue.get()
            if frame is None:
                self._is_over = True
                raise ReaderStoppedError(self._process.wait())
            kind, data = frame
            if kind == worker.END:
                return
            if kind == worker.ERROR:
                raise RefusedStretchError(data.decode())
            yield Batch.from_bytes(data)

    def stop(self) -> None:
        self._process.kill()
        while not self._is_over:
            self._is_over = self._queue.get() is None

    def _fetch(self) -> None:
        pipe = self._process.answers
        while frame := worker.read_frame(pipe):
            self._queue.put(frame)
        self._queue.put(None)
        pipe.close()
