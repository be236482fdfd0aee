"""Records and neighbours of agents' logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from tokencli.readers.agent_json import LARGEST_NEIGHBOUR, Shape, neighbour, parts_of
from tokencli.readers.told import BrokenRecordError

if TYPE_CHECKING:
    from pathlib import Path


class Record(msgspec.Struct):
    """A record of tests."""

    type: str | None = None
    tokens: int = 0


SHAPE = Shape(Record, frozenset({"call"}))


def test_a_record_is_decoded_behind_a_byte_order_mark() -> None:
    assert SHAPE.decoded(b'\xef\xbb\xbf{"tokens" : 3, "else": {}}') == Record(None, 3)


def test_another_kind_of_record_may_hold_what_it_likes() -> None:
    assert SHAPE.decoded(b'{"type":"else","tokens":"x"}') is None
    assert SHAPE.decoded(b"[1]") is None


@pytest.mark.parametrize("line", [b'{"type":"call","tokens":"x"}', b"{", b"", b'{"a":' * 100_000])
def test_a_broken_record_is_refused(line: bytes) -> None:
    with pytest.raises(BrokenRecordError):
        SHAPE.decoded(line)


def test_only_a_small_file_is_a_neighbour(tmp_path: Path) -> None:
    place = tmp_path / "config"
    assert neighbour(place) == neighbour(tmp_path / "a\0b") == neighbour(tmp_path) == b""
    place.write_bytes(b"x" * LARGEST_NEIGHBOUR)
    assert len(neighbour(place)) == LARGEST_NEIGHBOUR
    place.write_bytes(b"x" * (LARGEST_NEIGHBOUR + 1))
    assert neighbour(place) == b""


def test_a_path_of_any_system_has_parts() -> None:
    assert parts_of("C:\\a\\b.json") == ("C:", "a", "b.json")
    assert parts_of("/a//b") == ("a", "b")
