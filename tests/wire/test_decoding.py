"""Compressed answers are decoded as they come, and no bomb grows above the cap."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from importlib import import_module
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from tokencli.wire.decoding import MAX_BYTES, PIECE, decoder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

brotli: Any = import_module("brotli")  # it has no type hints
TEXT = "".join(f'data: {{"n": {number}, "text": "é"}}\n\n' for number in range(3000)).encode()
CAP = 1_000_000


def bare_deflate(data: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


ENCODERS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress),
    "gzip, old name": ("X-GZip", gzip.compress),
    "deflate": ("deflate", zlib.compress),
    "bare deflate": ("deflate", bare_deflate),
    "br": ("br", brotli.compress),
    "zstd": ("zstd", zstd),
    "identity": ("identity", bytes),
    "none": ("", bytes),
    "two": ("gzip, br", lambda data: brotli.compress(gzip.compress(data))),
    "two and nothing": ("identity,zstd , deflate", lambda data: zlib.compress(zstd(data))),
}
COMPRESSING = sorted(set(ENCODERS) - {"identity", "none"})
NAMES = ["gzip", "deflate", "br", "zstd", "gzip, br", "zstd, gzip", "identity", "x"]


def decoded(encoding: str, chunks: Iterable[bytes], max_bytes: int = CAP) -> tuple[bytes, bool, bool]:
    reader = decoder(encoding, max_bytes)
    text = b"".join(reader.feed(chunk) for chunk in chunks)
    return text, reader.is_broken, reader.is_full


@pytest.mark.parametrize("name", ENCODERS)
def test_a_body_comes_out_whole_in_any_cut(name: str) -> None:
    encoding, encode = ENCODERS[name]
    data = encode(TEXT)
    for size in (1, 7, 1000, len(data)):
        chunks = [data[at : at + size] for at in range(0, len(data), size)]
        assert decoded(encoding, chunks) == (TEXT, False, False)


@given(
    text=st.binary(max_size=500), places=st.lists(st.integers(0, 600), max_size=5), name=st.sampled_from(COMPRESSING)
)
@settings(max_examples=200)
def test_any_bytes_survive_any_cut(text: bytes, places: list[int], name: str) -> None:
    encoding, encode = ENCODERS[name]
    data = encode(text)
    edges = sorted({0, len(data), *(min(place, len(data)) for place in places)})
    assert decoded(encoding, [data[start:end] for start, end in pairwise(edges)]) == (text, False, False)


def test_what_was_flushed_is_decoded_at_once() -> None:
    gzipped, zstded = zlib.compressobj(wbits=31), zstandard.ZstdCompressor().compressobj()
    brotlied = brotli.Compressor()
    flushed = {
        "gzip": gzipped.compress(b"hello") + gzipped.flush(zlib.Z_SYNC_FLUSH),
        "zstd": zstded.compress(b"hello") + zstded.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK),
        "br": brotlied.process(b"hello") + brotlied.flush(),
    }
    for encoding, data in flushed.items():
        assert decoder(encoding).feed(data) == b"hello"


@pytest.mark.parametrize(("encoding", "encode"), [("gzip", gzip.compress), ("zstd", zstd)])
def test_several_members_are_one_body(encoding: str, encode: Callable[[bytes], bytes]) -> None:
    first = b"a" * PIECE
    members = [encode(first), encode(b""), encode(b"two")]
    data = b"".join(members)
    for chunks in (members, [data], [data[at : at + 7] for at in range(0, len(data), 7)]):
        assert decoded(encoding, chunks) == (first + b"two", False, False)


@pytest.mark.parametrize("name", ["gzip", "deflate", "bare deflate"])
def test_what_follows_the_end_is_left_alone(name: str) -> None:
    encoding, encode = ENCODERS[name]
    data = encode(b"text") + b"\0\0 padding"
    for size in (1, 5, len(data)):
        chunks = [data[at : at + size] for at in range(0, len(data), size)]
        assert decoded(encoding, chunks) == (b"text", False, False)


@pytest.mark.parametrize("name", COMPRESSING)
def test_a_body_cut_short_gives_what_came(name: str) -> None:
    encoding, encode = ENCODERS[name]
    data = encode(TEXT)
    text, is_broken, is_full = decoded(encoding, [data[: len(data) * 2 // 3]])
    assert TEXT.startswith(text)
    assert not is_broken
    assert not is_full


@pytest.mark.parametrize("encoding", ["x", "gzip, x", "compress", "gzip;q=1", "gzip" + ",gzip" * 4])
def test_an_unknown_encoding_is_broken_and_gives_nothing(encoding: str) -> None:
    assert decoded(encoding, [gzip.compress(TEXT), TEXT]) == (b"", True, False)


def test_an_error_keeps_what_was_decoded_and_ends_the_decoding() -> None:
    compressor = zlib.compressobj(wbits=31)
    good = compressor.compress(TEXT) + compressor.flush(zlib.Z_SYNC_FLUSH)
    reader = decoder("gzip")
    assert reader.feed(good) == TEXT
    assert reader.feed(b"\xff" * 10) == b""
    assert reader.is_broken
    assert reader.feed(good) == b""


@pytest.mark.parametrize("encoding", ["identity", "gzip", "deflate", "br", "zstd"])
@pytest.mark.parametrize("size", [PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
def test_the_cap_is_exact(encoding: str, size: int) -> None:
    encode = ENCODERS[encoding][1]
    whole = encode(b"a" * size)
    assert decoded(encoding, [whole], max_bytes=size) == (b"a" * size, False, False)
    assert decoded(encoding, [whole], max_bytes=size - 1) == (b"a" * (size - 1), False, True)
    assert decoded(encoding, [whole[:9], whole[9:], whole], max_bytes=size - 1) == (b"a" * (size - 1), False, True)


BOMB = b"\0" * (64 * 1024 * 1024)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, gzip", "zstd, br"])
def test_a_bomb_is_decoded_up_to_the_cap_and_not_behind_it(encoding: str) -> None:
    data = BOMB
    for name in encoding.split(", "):
        data = ENCODERS[name][1](data)
    tracemalloc.start()
    try:
        reader = decoder(encoding, CAP)
        text = reader.feed(data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert text == BOMB[:CAP]
    assert reader.is_full
    assert reader.feed(data) == b""
    assert peak < 2 * CAP + 20 * PIECE + len(data)


def test_a_bomb_inside_that_says_nothing_is_stopped_too() -> None:
    empty_members = gzip.compress(b"", mtime=0) * 100_000
    reader = decoder("gzip, gzip", CAP)
    assert reader.feed(gzip.compress(empty_members)) == b""
    assert reader.is_full


def test_a_zstd_window_above_what_http_allows_is_broken() -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=27, write_content_size=0)
    compressor = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    data = compressor.compress(b"a" * 100_000) + compressor.flush()
    assert decoded("zstd", [data]) == (b"", True, False)


def test_the_usual_cap_is_that_of_one_answer() -> None:
    assert MAX_BYTES == 64 * 1024 * 1024


@given(data=st.binary(max_size=300), encoding=st.sampled_from(NAMES), size=st.integers(1, 300))
def test_garbage_never_raises(data: bytes, encoding: str, size: int) -> None:
    text, _, _ = decoded(encoding, [data[at : at + size] for at in range(0, len(data), size)], max_bytes=100)
    assert len(text) <= 100


@given(places=st.lists(st.integers(0, 10_000), min_size=1), name=st.sampled_from(COMPRESSING))
def test_a_damaged_body_never_raises(places: list[int], name: str) -> None:
    encoding, encode = ENCODERS[name]
    data = bytearray(encode(TEXT))
    for place in places:
        data[place % len(data)] ^= 0x55
    text, _, _ = decoded(encoding, [bytes(data)])
    assert len(text) <= CAP
