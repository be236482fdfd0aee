"""Content: the plain bytes of a log, whatever it is packed in; known by its first bytes, never by its name."""

from __future__ import annotations

import codecs
import io
import lzma
import zlib
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Final, Protocol

from tokencli.domain.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

_PACKINGS: Final = ((b"\x1f\x8b", "gz"), (b"BZh", "bz2"), (b"\xfd7zXZ\x00", "xz"), (b"\x28\xb5\x2f\xfd", "zst"))
_WIDE: Final = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_PIECE: Final = 1 << 20


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


class Damage:
    """Reads on until packed content breaks, then ends it and remembers why."""

    def __init__(self, inner: Readable) -> None:
        """Watch over a decompressor."""
        self._inner = inner
        self.reason: str | None = None

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes, b"" at the end or where the content breaks."""
        if self.reason:
            return b""
        try:
            return self._inner.read(size)
        except EOFError:
            self.reason = "the compressed file ends too early"
        except (OSError, zlib.error, lzma.LZMAError, _zstd_error()) as error:
            self.reason = f"the compressed file is damaged ({error})"
        return b""


def packing_of(head: bytes) -> str:
    """Return how content is packed, by its first bytes: gz, bz2, xz, zst, utf-16-le, utf-16-be or plain."""
    return next((name for magic, name in (*_PACKINGS, *_WIDE) if head.startswith(magic)), "plain")


@contextmanager
def opened(path: Path) -> Generator[tuple[IO[bytes], str]]:
    """Open a log for reading and tell its packing; raise UnreadableFileError when the system refuses."""
    try:
        with path.open("rb", buffering=0) as file:
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


def damage_of(stream: Readable) -> str | None:
    """Return why packed content ended too early; None when it did not."""
    return stream.reason if isinstance(stream, Damage) else None


def _zstd_error() -> type[Exception]:
    import zstandard

    return zstandard.ZstdError


def _decompressor(file: Readable, packing: str) -> Readable:
    source = _as_io(file)
    if packing == "gz":
        import gzip

        return gzip.GzipFile(fileobj=source)
    if packing == "bz2":
        import bz2

        return bz2.BZ2File(source)
    if packing == "xz":
        return lzma.LZMAFile(source)
    import zstandard

    return zstandard.ZstdDecompressor().stream_reader(source, read_across_frames=True)


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


class _Narrowed:
    """UTF-16 with a byte order mark, read as UTF-8; what cannot be decoded becomes U+FFFD."""

    def __init__(self, inner: Readable, encoding: str) -> None:
        self._inner = inner
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._is_first = True

    def read(self, size: int = -1, /) -> bytes:
        while piece := self._inner.read(size):
            text = self._decoder.decode(piece)
            if self._is_first:
                text, self._is_first = text.removeprefix("\ufeff"), False
            if text:
                return text.encode("utf-8", "replace")
        return self._decoder.decode(b"", final=True).encode("utf-8", "replace")
