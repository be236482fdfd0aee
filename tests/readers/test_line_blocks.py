"""Lines in, whole lines out, however the bytes come and wherever the room ends."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tokencli.readers import line_blocks
from tokencli.readers.line_blocks import Block, blocks

if TYPE_CHECKING:
    from pathlib import Path

ROOM = 16
LONGEST = 40


class Trickle:
    """Gives a few bytes at a time, as a pipe or a decompressor does."""

    def __init__(self, data: bytes, size: int) -> None:
        self._inner = io.BytesIO(data)
        self._size = size

    def read(self, size: int = -1, /) -> bytes:
        return self._inner.read(min(size, self._size))


class Raw(io.RawIOBase):
    """Gives a few bytes at a time into the memory of its reader, as a file does."""

    def __init__(self, data: bytes, size: int) -> None:
        self._inner = io.BytesIO(data)
        self._size = size

    def readable(self) -> bool:
        return True

    def readinto(self, view: memoryview, /) -> int:  # type: ignore[override]
        piece = self._inner.read(min(len(view), self._size))
        view[: len(piece)] = piece
        return len(piece)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_blocks, "_ROOM", ROOM)
    monkeypatch.setattr(line_blocks, "_free", [])


def copied(stream: Trickle | Raw, start: int = 0) -> list[Block]:
    return [block._replace(data=bytes(block.data[: block.size])) for block in blocks(stream, start, LONGEST)]


LINES = st.lists(st.integers(0, 3 * LONGEST).map(lambda size: b"x" * size + b"\n"))


@given(LINES, st.binary(max_size=60), st.integers(1, 70), st.integers(0, 9), st.sampled_from([Raw, Trickle]))
@example([b"x" * (ROOM - 1) + b"\n"], b"", ROOM, 0, Trickle)
@example([b"x" * ROOM + b"\n", b"y\n"], b"x" * ROOM, ROOM, 5, Raw)
@example([b"x" * (3 * ROOM) + b"\n"], b"x" * (3 * ROOM), 99, 0, Raw)
def test_every_byte_is_in_one_block_and_lines_are_whole(
    lines: list[bytes], rest: bytes, size: int, start: int, kind: type[Raw | Trickle]
) -> None:
    rest = rest.replace(b"\n", b"-")
    data = b"".join(lines) + rest
    found = copied(kind(data, size), start)
    at = start
    for block in found:
        assert block.start == at
        at += block.length
        own = data[block.start - start : at - start]
        if block.is_too_long:
            assert block.length > LONGEST
            assert own.endswith(block.data)
            assert own.count(b"\n") == 1
        else:
            assert (block.data, block.size) == (own, block.length)
        assert own.endswith(b"\n") != block.is_open
    assert all(not block.is_open for block in found[:-1])
    left = len(data) - (at - start)
    assert left == (len(rest) if left else 0)
    assert not left or left > LONGEST
    kept = {len(line) for block in found if not block.is_too_long for line in bytes(block.data).splitlines()}
    assert all(len(line) - 1 in kept for line in lines if len(line) <= LONGEST)


def test_how_the_bytes_come_changes_no_block_of_long_lines() -> None:
    data = b"a\n" + b"x" * (2 * LONGEST) + b"\n" + b"b\n" + b"y" * ROOM + b"\n" + b"z" * (2 * LONGEST)
    for size in (1, 3, ROOM, 500):
        found = copied(Trickle(data, size))
        assert [block.is_too_long for block in found if block.length > ROOM] == [True, False], size
        assert sum(block.length for block in found) == len(data) - 2 * LONGEST, size


def test_memory_is_used_again_but_never_by_two_at_once(tmp_path: Path) -> None:
    paths = [tmp_path / "a", tmp_path / "b"]
    for path in paths:
        path.write_bytes(path.name.encode() * 10 + b"\n")
    with paths[0].open("rb", buffering=0) as one, paths[1].open("rb", buffering=0) as other:
        first, second = blocks(one, 0, LONGEST), blocks(other, 0, LONGEST)
        found = [next(first), next(second)]
        assert [bytes(block.data[: block.size]) for block in found] == [b"a" * 10 + b"\n", b"b" * 10 + b"\n"]
        assert list(first) == list(second) == []
    with paths[0].open("rb", buffering=0) as again:
        assert next(blocks(again, 0, LONGEST)).data is found[1].data


def test_an_empty_stream_has_no_blocks() -> None:
    assert copied(Trickle(b"", 5)) == []
