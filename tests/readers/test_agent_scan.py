from __future__ import annotations

import gzip
import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tiny_agent import AGENT, TinyDocument, TinyReader, line
from tokencli.readers import agent_scan, agents
from tokencli.readers.agent_scan import Errand, of_lines, of_records, tellings
from tokencli.readers.content import UnreadableFileError
from tokencli.readers.told import BrokenRecordError, Told

if TYPE_CHECKING:
    from pathlib import Path

    from tokencli.readers.telling import Telling

OTHER = b'{"type": "user", "text": "hello"}\n'
BROKEN = b'{"id": "b", "out": \n'


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    documents = AGENT._replace(name="doc", lines=None, document=TinyDocument)
    monkeypatch.setattr(agents, "AGENTS", (AGENT, documents))


class Trickle:
    """Gives a few bytes at a time, as a pipe does."""

    def __init__(self, data: bytes, size: int) -> None:
        self._inner = io.BytesIO(data)
        self._size = size

    def read(self, size: int = -1, /) -> bytes:
        return self._inner.read(min(size, self._size) if size > 0 else self._size)


def scanned(data: bytes, size: int = 1 << 20, start: int = 0) -> list[Telling]:
    return list(of_lines(Trickle(data, size), TinyReader("s", None), start))


def summed(found: list[Telling]) -> tuple[int, ...]:
    return tuple(
        sum(figures)
        for figures in zip(
            *((each.lines, len(each.calls), each.duplicate, each.other, each.broken) for each in found), strict=True
        )
    )


@pytest.mark.parametrize("size", [7, 64, 1 << 20])
def test_a_broken_line_is_numbered_by_lines_not_by_calls(size: int) -> None:
    data = line("a", more=["b", "c"]) + OTHER + line("d", more=["e"]) + OTHER + BROKEN
    (told,) = scanned(data, size)
    assert (told.lines, told.surplus, told.own_lines, len(told.calls)) == (8, 3, 5, 5)
    assert told.first_broken == 5


def test_every_line_is_a_call_a_duplicate_another_one_or_broken() -> None:
    (told,) = scanned(OTHER + line("a") + OTHER + line("a") + BROKEN + line("b") + b"\n")
    assert (told.lines, len(told.calls), told.duplicate, told.other, told.broken) == (7, 2, 1, 3, 1)
    assert (told.first_broken, told.reasons) == (5, {"no JSON": 1})
    assert [call.seq for call in told.calls] == [len(OTHER), 2 * len(OTHER) + 2 * len(line("a")) + len(BROKEN)]


@given(st.lists(st.sampled_from([OTHER, line("a"), line("b"), BROKEN, b"\n", b"\r\n"])), st.integers(1, 50))
def test_how_the_bytes_come_changes_nothing(lines: list[bytes], size: int) -> None:
    data = b"".join(lines)
    whole, pieces = scanned(data), scanned(data, size)
    assert summed(whole) == summed(pieces)
    assert whole[-1].end == pieces[-1].end == len(data)
    assert summed(whole)[0] == sum(summed(whole)[1:]) == data.count(b"\n")


def test_a_half_written_line_is_left_until_it_is_whole() -> None:
    half = line("b")[:12]
    (told,) = scanned(line("a") + half)
    assert (told.lines, told.end, told.is_cut) == (1, len(line("a")), True)


def test_a_last_line_without_its_end_is_taken_in_when_it_tells_a_call(tmp_path: Path) -> None:
    path = tmp_path / "s.tiny.jsonl"
    path.write_bytes(line("a")[:-1])
    (told,) = tellings(Errand(str(path), 0))
    assert (told.lines, told.end, told.is_cut) == (1, len(line("a")) - 1, False)
    path.write_bytes(line("a") + line("b"))
    (told,) = tellings(Errand(str(path), 0, start=told.end))
    assert (told.lines, told.end, told.calls[0].key) == (1, len(line("a") + line("b")), "tiny:b")


def test_a_reader_goes_on_with_its_state_also_in_a_packed_file(tmp_path: Path) -> None:
    first = line("a", model="gpt-4o")
    for name, data in (("s.jsonl", first + line("b")), ("s.jsonl.gz", gzip.compress(first + line("b")))):
        path = tmp_path / name
        path.write_bytes(data)
        (told,) = tellings(Errand(str(path), 0, start=len(first), state='"gpt-4o"'))
        assert [told.kinds[call.kind].request_model for call in told.calls] == ["gpt-4o"], name
        assert [call.seq for call in told.calls] == [len(first)], name


def test_a_line_of_many_megabytes_is_read_and_one_beyond_all_bounds_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    long = line("a", text="x" * (3 << 20))
    assert summed(scanned(OTHER + long + line("b"))) == (3, 2, 0, 1, 0)
    monkeypatch.setattr(agent_scan, "LONGEST_LINE", 2 << 20)
    found = scanned(OTHER + long + line("b"), 1 << 19)
    assert summed(found) == (3, 1, 0, 1, 1)
    assert found[0].reasons == {agent_scan.TOO_LONG: 1}
    assert found[-1].end == len(OTHER + long + line("b"))


def test_many_calls_come_in_several_tellings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent_scan, "_CALLS_A_TELLING", 2)
    found = scanned(b"".join(line(str(number)) for number in range(5)), 40)
    assert summed(found) == (5, 5, 0, 0, 0)
    assert len(found) > 2
    refused: list[Told | BrokenRecordError] = [BrokenRecordError("odd")]
    told = [call for number in range(5) for call in TinyReader("s", None).read(line(str(number)))]
    records = list(of_records([*told, *refused]))
    assert summed(records) == (6, 5, 0, 0, 1)
    assert records[-1].end == 6


def test_a_document_is_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "s.json"
    path.write_bytes(line("a") + line("b"))
    (told,) = tellings(Errand(str(path), 1))
    assert (told.lines, len(told.calls), told.broken, told.other) == (3, 2, 1, 0)
    path.write_bytes(b"")
    (told,) = tellings(Errand(str(path), 1))
    assert (told.lines, told.other) == (1, 1)
    monkeypatch.setattr(agent_scan, "LARGEST_DOCUMENT", 3)
    path.write_bytes(b"12345")
    (told,) = tellings(Errand(str(path), 1))
    assert told.reasons == {agent_scan.TOO_LARGE: 1}


def test_a_damaged_archive_gives_what_stands_before_the_damage(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl.gz"
    path.write_bytes(gzip.compress(line("a") * 9)[:-9])
    found = list(tellings(Errand(str(path), 0)))
    assert "too early" in (found[-1].damage or "")
    assert summed(found)[1] == 1


def test_a_file_that_cannot_be_opened_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError):
        list(tellings(Errand(str(tmp_path / "none"), 0)))
