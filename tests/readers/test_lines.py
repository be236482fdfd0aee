from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokencli.readers import lines
from tokencli.readers.lines import Block, blocks


class Dripping:
    """A stream that gives a few bytes at a time, as pipes do."""

    def __init__(self, data: bytes, most: int) -> None:
        self._inner = io.BytesIO(data)
        self._most = most

    def read(self, size: int = -1, /) -> bytes:
        return self._inner.read(self._most if size < 0 else min(size, self._most))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "BLOCK", 64)
    monkeypatch.setattr(lines, "LONGEST_LINE", 40)
    monkeypatch.setattr(lines, "_OVERHANG", 16)


def parts(found: list[Block]) -> list[tuple[int, bytes, bool, int]]:
    """Return line by line what blocks hold: offset, line, whether it is open, how long one that is too long is."""
    told: list[tuple[int, bytes, bool, int]] = []
    for block in found:
        if block.is_too_long:
            told.append((block.start, b"", False, block.length))
            continue
        position = block.start
        for line in block.data.splitlines(keepends=True):
            told.append((position, line, block.is_open, 0))
            position += len(line)
    return told


def expected(data: bytes) -> list[tuple[int, bytes, bool, int]]:
    told: list[tuple[int, bytes, bool, int]] = []
    position = 0
    for line in data.split(b"\n"):
        whole = data[position : position + len(line) + 1]
        if len(line) > lines.LONGEST_LINE:
            told.append((position, b"", False, len(whole)))
        elif whole:
            told.append((position, whole, not whole.endswith(b"\n"), 0))
        position += len(whole)
    return told


LOGS = st.lists(st.integers(0, 150), max_size=30).flatmap(
    lambda sizes: st.booleans().map(lambda end: b"\n".join(b"x" * size for size in sizes) + b"\n" * end)
)


@pytest.mark.usefixtures("small")
def test_no_line_is_lost_or_doubled_whatever_the_stream_gives_at_a_time() -> None:
    @given(LOGS, st.integers(1, 200))
    def check(data: bytes, most: int) -> None:
        assert parts(list(blocks(Dripping(data, most)))) == expected(data)

    check()


@pytest.mark.usefixtures("small")
def test_any_cuts_give_the_same_lines() -> None:
    @given(LOGS, st.lists(st.integers(0, 2000), max_size=8), st.integers(1, 200))
    def check(data: bytes, cuts: list[int], most: int) -> None:
        starts = sorted({0, *(cut for cut in cuts if cut < len(data))})
        found: list[Block] = []
        for start, stop in zip(starts, [*starts[1:], None], strict=True):
            in_line = start > 0 and data[start - 1 : start] != b"\n"
            found += blocks(Dripping(data[start:], most), start, stop, in_line=in_line)
        assert parts(found) == expected(data)

    check()


@pytest.mark.usefixtures("small")
def test_line_that_is_too_long_is_known_by_its_end() -> None:
    data = b"a\n" + b"x" * 9000 + b"the end\n" + b"b\n"
    first, long, last = blocks(io.BytesIO(data))
    assert (first.data, last.data) == (b"a\n", b"b\n")
    assert (long.start, long.length, long.is_too_long) == (2, 9008, True)
    assert long.data == data[:-2][-4096:]


@pytest.mark.usefixtures("small")
def test_line_too_long_without_its_end_is_passed_over_to_the_end_of_the_stream() -> None:
    (found,) = blocks(io.BytesIO(b"x" * 500))
    assert (found.start, found.length, found.is_too_long) == (0, 500, True)


def test_line_of_exactly_1_mib_is_read_and_one_byte_more_is_not() -> None:
    fits, over = b"x" * (1 << 20) + b"\n", b"y" * ((1 << 20) + 1) + b"\n"
    found = list(blocks(io.BytesIO(b"a\n" + fits + over + b"b\n")))
    assert [block.is_too_long for block in found if block.is_too_long] == [True]
    assert b"".join(block.data for block in found if not block.is_too_long) == b"a\n" + fits + b"b\n"


def test_only_lf_ends_a_line() -> None:
    data = b"a\r\nb\rc\x0bd\x0ce\x1cf\xc2\x85g\xe2\x80\xa8h\n"
    (found,) = blocks(io.BytesIO(data))
    assert found.data == data


def test_empty_stream_has_no_blocks() -> None:
    assert list(blocks(io.BytesIO(b""))) == []
