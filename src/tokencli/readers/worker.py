"""A reader in a process of its own: stretches come in on standard input, batches go out on standard output.

A frame is a kind (one byte), a length (four bytes, little endian) and that many bytes. The parent sends `T`
frames (a stretch of a log) and `F` frames (an errand: a client's file). For a stretch the worker answers with `B`
frames (batches) and one `E` (the end); for a file with `B` frames (what it tells) and one `L`, which tells the last of
it; or with one `X` (an error's sentence) at the end. A `W` frame (a file's name) has no answer: what was written to
that file so far is to reach the disk. The worker ends when its standard input does.
"""

from __future__ import annotations

import gc
import marshal
import os
import struct
import sys
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Final

from tokencli.domain.errors import InputError

if TYPE_CHECKING:
    from tokencli.readers.telling import Telling

_HEAD: Final = struct.Struct("<cI")
_VALUES_A_LOOK: Final = 50_000
TASK, FILE, WRITTEN, BATCH, LAST, END, ERROR = b"T", b"F", b"W", b"B", b"L", b"E", b"X"


def write_frame(pipe: IO[bytes], kind: bytes, data: bytes = b"") -> None:
    """Write one frame and flush it."""
    pipe.write(_HEAD.pack(kind, len(data)) + data)
    pipe.flush()


def read_frame(pipe: IO[bytes]) -> tuple[bytes, bytes] | None:
    """Return the next frame's kind and data; None where the pipe ends."""
    head = pipe.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    kind, size = _HEAD.unpack(head)
    data = pipe.read(size)
    return (kind, data) if len(data) == size else None


def frames_of(data: bytes | bytearray | memoryview) -> tuple[list[tuple[bytes, bytes]], int]:
    """Return the whole frames at the beginning of some bytes, and how long they are in all."""
    frames: list[tuple[bytes, bytes]] = []
    done, view = 0, memoryview(data)
    while done + _HEAD.size <= len(data):
        kind, size = _HEAD.unpack_from(data, done)
        start = done + _HEAD.size
        if start + size > len(data):
            break
        frames.append((kind, bytes(view[start : start + size])))
        done = start + size
    view.release()
    return frames, done


def packed(task: tuple[str | int | bool | None, ...]) -> bytes:
    """Return a stretch as the data of a `T` frame, or an errand as that of an `F` frame."""
    return marshal.dumps(tuple(task))


def serve(tasks: IO[bytes], answers: IO[bytes]) -> None:
    """Answer tasks until there are no more."""
    while frame := read_frame(tasks):
        kind, task = frame
        if kind == WRITTEN:
            _write_out(os.fsdecode(task))
            continue
        try:
            _answer(kind, task, answers)
        except InputError as error:
            write_frame(answers, ERROR, str(error).encode())


def tidy_seldom() -> None:
    """Let the interpreter look for rings of garbage seldom: readers make very many values, and hardly a ring."""
    gc.freeze()
    gc.set_threshold(_VALUES_A_LOOK)


def _answer(kind: bytes, task: bytes, answers: IO[bytes]) -> None:
    fields = marshal.loads(task)  # noqa: S302 - written by our own parent, over a private pipe
    if kind == TASK:
        from tokencli.readers.cost_log import Stretch, batches

        for batch in batches(Stretch(*fields)):
            write_frame(answers, BATCH, batch.to_bytes())
        write_frame(answers, END)
        return
    from tokencli.readers.agent_scan import Errand, tellings

    last: Telling | None = None
    try:
        for telling in tellings(Errand(*fields)):
            if last is not None:
                write_frame(answers, BATCH, last.to_bytes())
            last = telling
    except InputError:
        if last is not None:
            write_frame(answers, BATCH, last.to_bytes())
        raise
    if last is not None:
        write_frame(answers, LAST, last.to_bytes())


def _write_out(path: str) -> None:
    """Wait until what was written to a file so far is on the disk: whoever commits it has the less to wait for."""
    with suppress(OSError), open(path, "rb", buffering=0) as file:  # noqa: PTH123 - as it was named
        os.fsync(file.fileno())


if __name__ == "__main__":
    try:
        tidy_seldom()
        serve(sys.stdin.buffer, sys.stdout.buffer)
    except (BrokenPipeError, KeyboardInterrupt):
        sys.exit(1)
