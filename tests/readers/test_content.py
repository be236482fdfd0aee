from __future__ import annotations

import gzip
import io
import os
import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cost_logs import PACKERS
from tokencli.readers.content import (
    Counted,
    Damage,
    Rejoined,
    UnreadableFileError,
    damage_of,
    filled,
    opened,
    packing_of,
    unpacked,
)

if TYPE_CHECKING:
    from pathlib import Path

TEXT = "".join(f"2025-10-10 line {number} é\n" for number in range(20_000)).encode()
PACKED = ["gz", "bz2", "xz", "zst"]


def read_all(data: bytes, size: int = 1 << 18) -> tuple[bytes, str | None]:
    stream = unpacked(io.BytesIO(data), packing_of(data))
    out = b""
    while piece := stream.read(size):
        assert len(piece) <= size or packing_of(data).startswith("utf")
        out += piece
    return out, damage_of(stream)


@pytest.mark.parametrize("packing", PACKERS)
def test_each_packing_gives_the_plain_bytes(packing: str) -> None:
    data = PACKERS[packing](TEXT)
    assert packing_of(data) == packing
    assert read_all(data) == (TEXT, None)


@pytest.mark.parametrize("packing", PACKED)
def test_several_packed_parts_in_one_file_are_read_one_after_the_other(packing: str) -> None:
    pack = PACKERS[packing]
    assert read_all(pack(TEXT) + pack(b"") + pack(b"more\n")) == (TEXT + b"more\n", None)


def test_skippable_frame_of_zstd_is_skipped() -> None:
    pack = PACKERS["zst"]
    frame = struct.pack("<II", 0x184D2A50, 3000) + b"x" * 3000
    assert read_all(pack(b"a\n") + frame + pack(b"b\n")) == (b"a\nb\n", None)


@pytest.mark.parametrize("packing", PACKED)
@pytest.mark.parametrize("share", [0.3, 0.9, 1])
def test_truncated_file_gives_what_came_before_and_says_so(packing: str, share: float) -> None:
    noise = os.urandom(1_500_000)
    data = PACKERS[packing](noise)
    out, damage = read_all(data[: int(len(data) * share) - 3])
    assert damage == "the compressed file ends too early"
    assert noise.startswith(out)
    assert len(out) > len(noise) * share - 1_000_000


@pytest.mark.parametrize("packing", PACKED)
def test_damaged_file_says_that_it_is_damaged(packing: str) -> None:
    data = bytearray(PACKERS[packing](os.urandom(1_000_000)))
    data[len(data) // 2] ^= 0xFF
    data[len(data) // 2 + 1] ^= 0xFF
    _, damage = read_all(bytes(data) + b"garbage")
    assert damage is not None
    assert "damaged" in damage


def test_what_is_small_when_packed_needs_little_memory_to_unpack() -> None:
    data = PACKERS["zst"](bytes(64 << 20))
    stream = unpacked(io.BytesIO(data), "zst")
    sizes = []
    while piece := stream.read(1 << 18):
        sizes.append(len(piece))
    assert sum(sizes) == 64 << 20
    assert max(sizes) == 1 << 18


@given(st.text(), st.sampled_from(["utf-16-le", "utf-16-be"]), st.integers(1, 7))
def test_utf_16_becomes_utf_8_however_it_is_cut(text: str, encoding: str, size: int) -> None:
    data = ("\ufeff" + text).encode(encoding, "surrogatepass")
    assert read_all(data, size)[0].decode() == text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def test_utf_16_that_ends_inside_a_character_is_read() -> None:
    assert read_all("\ufeffab".encode("utf-16-le") + b"\x41") == ("ab\ufffd".encode(), None)


def test_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.log"):
        with pytest.raises(UnreadableFileError, match=str(path)), opened(path):
            pass


def test_packing_is_known_by_the_bytes_and_not_by_the_name(tmp_path: Path) -> None:
    path = tmp_path / "liar.log"
    path.write_bytes(gzip.compress(b"x\n"))
    with opened(path) as (file, packing):
        assert packing == "gz"
        assert unpacked(file, packing).read() == b"x\n"


def test_small_and_empty_files_are_plain(tmp_path: Path) -> None:
    for content in (b"", b"\x1f", b"B"):
        path = tmp_path / "small.log"
        path.write_bytes(content)
        with opened(path) as (file, packing):
            assert (packing, file.read()) == ("plain", content)


class Grudging:
    """A stream that gives one byte at a time."""

    def __init__(self, data: bytes) -> None:
        self._inner = io.BytesIO(data)

    def read(self, size: int = -1, /) -> bytes:
        return self._inner.read(1) if size else b""


def test_filled_reads_on_until_there_is_enough_or_no_more() -> None:
    assert filled(Grudging(b"abcdef"), 4) == b"abcd"
    assert filled(Grudging(b"abc"), 4) == b"abc"


def test_rejoined_gives_the_bytes_read_ahead_first() -> None:
    stream = Rejoined(b"abc", io.BytesIO(b"def"))
    assert [stream.read(2), stream.read(2), stream.read(2), stream.read(2), stream.read(2)] == [
        b"ab",
        b"c",
        b"de",
        b"f",
        b"",
    ]
    assert Rejoined(b"abc", io.BytesIO(b"")).read() == b"abc"


def test_counted_counts_since_it_was_last_asked() -> None:
    stream = Counted(io.BytesIO(b"abcdef"))
    stream.read(4)
    assert stream.taken() == 4
    stream.read()
    assert (stream.taken(), stream.taken()) == (2, 0)


def test_stream_without_packing_is_never_damaged() -> None:
    assert damage_of(io.BytesIO(b"")) is None
    assert damage_of(Damage(io.BytesIO(b""))) is None
