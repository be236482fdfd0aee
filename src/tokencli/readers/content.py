"""Content: the plain bytes of a log, whatever it is packed in; known by its first bytes, never by its name."""

from __future__ import annotations

import codecs
import io
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Final, Protocol

from tokencli.domain.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

_PACKINGS: Final = ((b"\x1f\x8b", "gz"), (b"BZh", "bz2"), (b"\xfd7zXZ\x00", "xz"), (b"\x28\xb5\x2f\xfd", "zst"))
_WIDE: Final = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_PIECE: Final = 1 << 20
_ZSTD_PIECE: Final = 1 << 10


class UnreadableFileError(InputError):
    """A file that cannot be opened or read."""

    def __init__(self, path: object, why: OSError) -> None:
        """Name the file and the system's own reason."""
        super().__init__(f"cannot read {path}: {why.strerror or why}. Check its name and permissions.")


class Readable(Protocol):
    """What yields bytes: a file, a decompressor, standard input."""

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes, b"" at the end."""
        ...


class _Stepwise(Protocol):
    """A decompressor that hands out what it has, before it asks for more."""

    def read1(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes of the next step, b"" at the end."""
        ...


class Damage:
    """Reads on until packed content breaks, then ends it and remembers why."""

    def __init__(self, inner: _Stepwise) -> None:
        """Watch over a decompressor."""
        self._inner = inner
        self.reason: str | None = None

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes, b"" at the end or where the content breaks."""
        data = b""
        while not self.reason and (size < 0 or len(data) < size) and (piece := self._step(size - len(data))):
            data += piece
        return data

    def _step(self, size: int) -> bytes:
        """Unpack a little: what came out before the damage is kept, which one big read would lose."""
        try:
            return self._inner.read1(size if size > 0 else _PIECE)
        except EOFError:
            self.reason = "the compressed file ends too early"
        except _damages() as error:
            self.reason = f"the compressed file is damaged ({error})"
        return b""


def packing_of(head: bytes) -> str:
    """Return how content is packed, by its first bytes: gz, bz2, xz, zst, utf-16-le, utf-16-be or plain."""
    return next((name for magic, name in (*_PACKINGS, *_WIDE) if head.startswith(magic)), "plain")


@contextmanager
def opened(path: Path | str) -> Generator[tuple[IO[bytes], str]]:
    """Open a log for reading and tell its packing; raise UnreadableFileError when the system refuses."""
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - a Path for each of very many would be slow
            packing = packing_of(file.read(8))
            file.seek(0)
            yield file, packing
    except OSError as error:
        raise UnreadableFileError(path, error) from None


def unpacked(file: Readable, packing: str) -> Readable:
    """Return the plain bytes of packed content; UTF-16 becomes UTF-8."""
    if packing == "plain":
        return file
    if packing in ("utf-16-le", "utf-16-be"):
        return _Narrowed(file, packing)
    return Damage(_decompressor(file, packing))


def filled(stream: Readable, size: int) -> bytes:
    """Return `size` bytes, fewer only at the end of the stream."""
    data = b""
    while len(data) < size and (piece := stream.read(size - len(data))):
        data += piece
    return data


def damage_of(stream: Readable) -> str | None:
    """Return why packed content ended too early; None when it did not."""
    return stream.reason if isinstance(stream, Damage) else None


def _damages() -> tuple[type[Exception], ...]:
    """Return what reading packed content raises; no decompressor is loaded for plain files."""
    import lzma
    import zlib

    import zstandard

    return OSError, zlib.error, lzma.LZMAError, zstandard.ZstdError


def _decompressor(file: Readable, packing: str) -> _Stepwise:
    source = _as_io(file)
    if packing == "gz":
        import gzip

        return gzip.GzipFile(fileobj=source)
    if packing == "bz2":
        import bz2

        return bz2.BZ2File(source)
    if packing == "xz":
        import lzma

        return lzma.LZMAFile(source)
    return _Frames(source)


def _as_io(file: Readable) -> IO[bytes]:
    return io.BufferedReader(_Raw(file), _PIECE)


class _Raw(io.RawIOBase):
    """Any readable as the standard library's raw file."""

    def __init__(self, inner: Readable) -> None:
        self._inner = inner

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # the stub's buffer is wider
        piece = self._inner.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)


class _Frames:
    """Zstandard frames one after the other; the library's own reader takes a frame that is cut off for a whole one."""

    def __init__(self, inner: IO[bytes]) -> None:
        import zstandard

        self._inner = inner
        self._begin = zstandard.ZstdDecompressor().decompressobj
        self._frame: zstandard.ZstdDecompressionObj | None = None
        self._left = b""
        self._ready = b""

    def read1(self, size: int = -1, /) -> bytes:
        while not self._ready and self._step():
            pass
        data, self._ready = (self._ready, b"") if size < 0 else (self._ready[:size], self._ready[size:])
        return data

    def _step(self) -> bool:
        """Unpack one small piece, which even at its worst becomes some 32 MiB; False at the end."""
        piece, self._left = self._left or self._inner.read(_ZSTD_PIECE), b""
        if not piece:
            if self._frame:
                raise EOFError
            return False
        self._frame = self._frame or self._begin()
        self._ready = self._frame.decompress(piece)
        if self._frame.eof:
            self._left, self._frame = self._frame.unused_data, None
        return True


class Rejoined:
    """A stream from which some bytes were read ahead, whole again."""

    def __init__(self, head: bytes, rest: Readable) -> None:
        """Put `head` back before `rest`."""
        self._head = head
        self._rest = rest

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes, b"" at the end."""
        if not self._head:
            return self._rest.read(size)
        head, self._head = (self._head, b"") if size < 0 else (self._head[:size], self._head[size:])
        return head


class Counted:
    """A stream that counts the bytes it gives."""

    def __init__(self, inner: Readable) -> None:
        """Count from 0."""
        self._inner = inner
        self._count = 0

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes, b"" at the end."""
        piece = self._inner.read(size)
        self._count += len(piece)
        return piece

    def taken(self) -> int:
        """Return how many bytes were read since this was last asked."""
        count, self._count = self._count, 0
        return count


class _Narrowed:
    """UTF-16 with a byte order mark, read as UTF-8; what cannot be decoded becomes U+FFFD."""

    def __init__(self, inner: Readable, encoding: str) -> None:
        self._inner = inner
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._is_first = True

    def read(self, size: int = -1, /) -> bytes:
        while piece := self._inner.read(size):
            text = self._decoder.decode(piece)
            if text and self._is_first:
                text, self._is_first = text.removeprefix("\ufeff"), False
            if text:
                return text.encode("utf-8", "replace")
        return self._decoder.decode(b"", final=True).encode("utf-8", "replace")
