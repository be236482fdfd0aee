"""Decoding: the bytes of an answer as they travel (gzip, deflate, br, zstd, several in a row) into its text.

Only the copy that is measured is decoded, so nothing here may raise, and nothing may grow: what comes out is handed
on in small pieces up to a cap, a compression bomb is not decoded behind it. What was handed on before an error stands.
"""

from __future__ import annotations

import io
import zlib
from importlib import import_module
from typing import IO, TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_BYTES = 64 * 1024 * 1024
MAX_LAYERS = 4  # nobody sends more than two; each costs memory of its own
PIECE = 64 * 1024
SLICE = 16 * 1024
ZSTD_WINDOW = 8 * 1024 * 1024  # RFC 9659: a larger window is not allowed as a content coding
_GZIP, _ZLIB, _RAW = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS
_GZIP_START = b"\x1f"
_HEADER_SIZE, _DEFLATE_METHOD = 2, 8


class _BrokenCodeError(ValueError):
    """Bytes that are not what the content coding promises; never leaves this module."""


class _FullError(Exception):
    """The cap was reached inside a library that can only be stopped by an error."""


class _Layer(Protocol):
    def pieces(self, data: bytes) -> Iterator[bytes]:
        """Yield what the bytes decode to, in pieces of about 64 KB; raise _BrokenCodeError on a wrong code."""
        ...


def decoder(content_encoding: str, max_bytes: int = MAX_BYTES) -> Decoder:
    """Return the decoder for a Content-Encoding header; one that is unknown is broken from the start."""
    names = [name.strip().lower() for name in content_encoding.split(",")]
    wanted = [name for name in names if name not in {"", "identity"}]
    makers = [_LAYERS[name] for name in reversed(wanted) if name in _LAYERS]
    if len(makers) < len(wanted) or len(makers) > MAX_LAYERS:
        return Decoder([], max_bytes, is_broken=True)
    return Decoder([make(max_bytes) for make in makers], max_bytes)


class Decoder:
    """Decodes one body. `is_full`: the cap was reached, `is_broken`: the code was wrong; both end the decoding."""

    def __init__(self, layers: list[_Layer], max_bytes: int, *, is_broken: bool = False) -> None:
        self.is_broken = is_broken
        self.is_full = False
        self._layers = layers
        self._made = [0] * len(layers)  # by each layer: one inside may be a bomb, too
        self._left = max_bytes
        self._max_bytes = max_bytes

    def feed(self, chunk: bytes) -> bytes:
        """Return what the chunk decodes to, as far as the cap allows; b"" once full or broken."""
        if self.is_broken or self.is_full:
            return b""
        if not self._layers:
            return self._capped(chunk)
        text = io.BytesIO()
        try:
            for at in range(0, len(chunk), SLICE):
                for piece in self._through(0, chunk[at : at + SLICE]):
                    text.write(self._capped(piece))
                    if self.is_full:
                        return text.getvalue()
        except _BrokenCodeError:
            self.is_broken = True
        except _FullError:
            self.is_full = True
        return text.getvalue()

    def _through(self, depth: int, data: bytes) -> Iterator[bytes]:
        if depth == len(self._layers):
            yield data
            return
        for piece in self._layers[depth].pieces(data):
            self._made[depth] += len(piece)
            yield from self._through(depth + 1, piece)
            if self._made[depth] > self._max_bytes:
                raise _FullError

    def _capped(self, piece: bytes) -> bytes:
        self.is_full = len(piece) > self._left
        piece = piece[: self._left]
        self._left -= len(piece)
        return piece


class _Member:
    """One stream of zlib's, with the header that the window names."""

    def __init__(self, window: int) -> None:
        self._inner = zlib.decompressobj(window)

    @property
    def is_ended(self) -> bool:
        return self._inner.eof

    @property
    def behind(self) -> bytes:
        """Return what followed the end in the data that held it."""
        return self._inner.unused_data

    def pieces(self, data: bytes) -> Iterator[bytes]:
        piece = b""
        while data or len(piece) >= PIECE:  # all input may be taken in while output waits
            try:
                piece = self._inner.decompress(data, PIECE)
            except zlib.error as error:
                raise _BrokenCodeError from error
            data = self._inner.unconsumed_tail
            if piece:
                yield piece


class _Gzip:
    """gzip in one or several members; padding behind the last one is left alone."""

    def __init__(self) -> None:
        self._member = _Member(_GZIP)
        self._has_ended = False

    def pieces(self, data: bytes) -> Iterator[bytes]:
        while data and not self._has_ended:
            if self._member.is_ended:
                self._member = _Member(_GZIP)
                self._has_ended = not data.startswith(_GZIP_START)
            else:
                yield from self._member.pieces(data)
                data = self._member.behind


class _Deflate:
    """deflate with zlib's header, as it should be, or bare, as some send it."""

    def __init__(self) -> None:
        self._member: _Member | None = None
        self._head = b""

    def pieces(self, data: bytes) -> Iterator[bytes]:
        if self._member is None:
            data = self._head = self._head + data
            if len(data) < _HEADER_SIZE:
                return
            is_zlib = data[0] & 0x0F == _DEFLATE_METHOD and int.from_bytes(data[:_HEADER_SIZE], "big") % 31 == 0
            self._member, self._head = _Member(_ZLIB if is_zlib else _RAW), b""
        if not self._member.is_ended:
            yield from self._member.pieces(data)


class _Brotli:
    def __init__(self) -> None:
        brotli = import_module("brotli")  # it has no type hints
        self._inner: Any = brotli.Decompressor()
        self._error: type[Exception] = brotli.error

    def pieces(self, data: bytes) -> Iterator[bytes]:
        while not self._inner.is_finished():
            try:
                piece: bytes = self._inner.process(data, output_buffer_limit=PIECE)
            except self._error as error:
                raise _BrokenCodeError from error
            if not piece:
                return
            yield piece
            data = b""


class _Zstd:
    """zstd in one or several frames. The library writes as much as the input holds, so the sink stops it at the cap."""

    def __init__(self, max_bytes: int) -> None:
        import zstandard

        self._sink = _Sink(max_bytes)
        decompressor = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW)
        self._inner = decompressor.stream_writer(cast("IO[bytes]", self._sink), write_size=PIECE)
        self._error: type[Exception] = zstandard.ZstdError

    def pieces(self, data: bytes) -> Iterator[bytes]:
        failed: Exception | None = None
        try:
            self._inner.write(data)
        except (self._error, _FullError) as error:
            failed = error
        yield from self._sink.taken()
        if isinstance(failed, _FullError):
            raise failed
        if failed is not None:
            raise _BrokenCodeError from failed


class _Sink:
    """Where zstd writes to; stops it with an error as soon as there is more than the cap."""

    def __init__(self, max_bytes: int) -> None:
        self._left = max_bytes
        self._held: list[bytes] = []

    def write(self, data: bytes, /) -> int:
        """Hold one piece."""
        self._held.append(data[: self._left + 1])  # the byte above the cap tells that there was more
        self._left -= len(data)
        if self._left < 0:
            raise _FullError
        return len(data)

    def taken(self) -> list[bytes]:
        """Return what was held, and hold it no longer."""
        held, self._held = self._held, []
        return held


_LAYERS: dict[str, Callable[[int], _Layer]] = {
    "gzip": lambda _: _Gzip(),
    "x-gzip": lambda _: _Gzip(),
    "deflate": lambda _: _Deflate(),
    "br": lambda _: _Brotli(),
    "zstd": _Zstd,
}
