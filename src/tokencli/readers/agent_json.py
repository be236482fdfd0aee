"""Records of agents' logs: decoded with care, whatever stands in them; and the small files that lie beside a log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, TypeVar

import msgspec

from tokencli.readers.agent_fields import BYTE_ORDER_MARK, NO_JSON, OTHER_SHAPE
from tokencli.readers.told import BrokenRecordError

if TYPE_CHECKING:
    from pathlib import Path

T = TypeVar("T")

LARGEST_NEIGHBOUR: Final = 1 << 20


class _Kind(msgspec.Struct):
    type: str | None = None


_kind = msgspec.json.Decoder(_Kind)


class Shape(Generic[T]):
    """The shape of records. `calls` are their kinds (`type`, None for none) that tell calls."""

    def __init__(self, shape: type[T], calls: frozenset[str | None] = frozenset({None})) -> None:
        """Prepare to decode such records."""
        self._decoder = msgspec.json.Decoder(shape)
        self._calls = calls

    def decoded(self, line: bytes) -> T | None:
        """Return a record; None when it has another shape and is of a kind that tells no call.

        Raises:
            BrokenRecordError: it is no JSON, or a record of a call in a shape that cannot be read.
        """
        line = line.removeprefix(BYTE_ORDER_MARK)
        try:
            return self._decoder.decode(line)
        except (ValueError, RecursionError):
            pass
        try:
            kind = _kind.decode(line).type
        except msgspec.ValidationError:
            return None
        except (ValueError, RecursionError):
            raise BrokenRecordError(NO_JSON) from None
        if kind in self._calls:
            raise BrokenRecordError(OTHER_SHAPE)
        return None


def neighbour(path: Path) -> bytes:
    """Return a small file that lies beside a log; nothing when there is none, or none that is small."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_NEIGHBOUR + 1)
    except (OSError, ValueError):
        return b""
    return data if len(data) <= LARGEST_NEIGHBOUR else b""


def parts_of(path: str) -> tuple[str, ...]:
    """Return the names in a path of any system."""
    return tuple(part for part in path.replace("\\", "/").split("/") if part)
