from __future__ import annotations

import io
import json
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import cost_logs
from tests.cost_logs import PACKERS, cost, twin
from tokencli.readers import cost_log, lines
from tokencli.readers.content import UnreadableFileError
from tokencli.readers.cost_log import Stretch, batches
from tokencli.readers.scan import BAD_ARRAY, TOO_LONG
from tokencli.readers.tails import tail_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tokencli.readers.batch import Batch

LOG = b"".join(
    cost_logs.NOISE
    + cost(second)
    + twin(second + 0.05)
    + b"[Gemini] Failed to count input tokens\n"
    + b"x" * 90
    + b"\n"
    for second in range(40)
)


def stretch(path: Path | str, start: int = 0, stop: int | None = None, *, is_array: bool = False) -> Stretch:
    return Stretch(str(path), start, stop, "UTC", None, is_array)


def content(found: Iterable[Batch]) -> dict[str, object]:
    """Return what batches hold together, wherever one ends and the next begins."""
    told = list(found)
    return {
        "lines": sum(batch.lines for batch in told),
        "other": sum(batch.other for batch in told),
        "broken": sum(batch.broken for batch in told),
        "calls": [(*call[:2], batch.kinds[call[2]], *call[3:]) for batch in told for call in batch.calls],
        "twins": [each for batch in told for each in batch.twins],
        "notices": [each for batch in told for each in batch.notices],
        "record_ids": {seq: name for batch in told for seq, name in batch.record_ids.items()},
        "end": max((batch.end for batch in told), default=0),
        "damage": [batch.damage for batch in told if batch.damage],
    }


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "BLOCK", 256)
    monkeypatch.setattr(lines, "LONGEST_LINE", 200)
    monkeypatch.setattr(lines, "_OVERHANG", 32)
    monkeypatch.setattr(cost_log, "_BYTES_A_BATCH", 700)


@pytest.mark.parametrize("packing", PACKERS)
def test_each_packing_is_read_as_the_plain_log_is(tmp_path: Path, packing: str) -> None:
    plain, packed = tmp_path / "plain.log", tmp_path / "packed.log"
    plain.write_bytes(LOG)
    packed.write_bytes(PACKERS[packing](LOG))
    assert content(batches(stretch(packed))) == content(batches(stretch(plain)))
    assert content(batches(stretch(packed, 5000))) == content(batches(stretch(plain, 5000)))


@pytest.mark.usefixtures("small")
def test_any_cuts_hold_the_same_as_the_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    data = LOG + b"y" * 900 + b"\n" + LOG[:-20]
    path.write_bytes(data)
    whole = content(batches(stretch(path)))

    @given(st.lists(st.integers(1, len(data) - 1), max_size=12))
    def check(cuts: list[int]) -> None:
        starts = sorted({0, *cuts})
        ranges = zip(starts, [*starts[1:], None], strict=True)
        assert content(batch for start, stop in ranges for batch in batches(stretch(path, start, stop))) == whole

    check()
    assert whole["broken"] == 1


def test_blocks_of_any_size_hold_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(LOG)
    whole = content(batches(stretch(path)))
    for size in (50, 100, 101, 1000, 5000):
        monkeypatch.setattr(lines, "BLOCK", size)
        monkeypatch.setattr(cost_log, "_BYTES_A_BATCH", size)
        assert content(batches(stretch(path))) == whole


def test_last_line_without_its_end_is_left_for_later_unless_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    whole = cost_logs.NOISE + cost()
    for missing, end in ((1, len(whole) - 1), (2, len(cost_logs.NOISE)), (30, len(cost_logs.NOISE))):
        path.write_bytes(whole[:-missing])
        *_, last = batches(stretch(path))
        assert last.end == end
    path.write_bytes(whole[:-1])
    *_, last = batches(stretch(path))
    assert last.tail == tail_of(cost().strip())


def test_rest_of_a_line_that_is_in_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(cost() + cost(1))
    (found,) = batches(stretch(path, len(cost()) - 1))
    assert [call[0] for call in found.calls] == [len(cost())]


@pytest.mark.usefixtures("small")
def test_line_too_long_is_broken_and_the_content_is_known_again_after_it(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    long = cost()[:-1] + b"x" * 5000 + b"\n"
    path.write_bytes(cost() + long)
    first, second = batches(stretch(path))
    assert len(first.calls) == 1
    assert (second.reasons, second.first_broken, second.end) == ({TOO_LONG: 1}, 1, len(cost() + long))
    assert second.tail == tail_of(long)


@pytest.mark.parametrize("packing", ["gz", "bz2", "xz", "zst"])
def test_truncated_file_gives_the_lines_before_its_end_and_the_reason(tmp_path: Path, packing: str) -> None:
    path = tmp_path / "a.log"
    data = PACKERS[packing](LOG * 40)
    path.write_bytes(data[:-6])
    found = content(batches(stretch(path)))
    assert found["damage"] == ["the compressed file ends too early"]
    if packing != "bz2":
        assert found["lines"], "what could be unpacked should have been read"


ENTRIES = [
    {"textPayload": cost(number).decode().strip(), "insertId": f"id-{number}", "timestamp": "2025-10-10T12:00:00Z"}
    for number in range(30)
]


@pytest.mark.parametrize("indent", [None, 2])
def test_array_is_read_as_its_entries_one_a_line_are(tmp_path: Path, indent: int | None) -> None:
    array, one_a_line = tmp_path / "array.json", tmp_path / "lines.jsonl"
    array.write_text(json.dumps(ENTRIES, indent=indent))
    one_a_line.write_text("".join(json.dumps(entry) + "\n" for entry in ENTRIES))
    (first,) = batches(stretch(array, is_array=True))
    (second,) = batches(stretch(one_a_line))
    assert [call[1:] for call in first.calls] == [call[1:] for call in second.calls]
    assert list(first.record_ids.values()) == list(second.record_ids.values())
    assert (first.lines, first.end, first.length) == (30, 30, array.stat().st_size)


def test_array_comes_in_several_batches_with_flat_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost_log, "_ENTRIES_A_BATCH", 7)
    path = tmp_path / "array.json"
    path.write_text(json.dumps(ENTRIES))
    found = list(batches(stretch(path, is_array=True)))
    assert [batch.lines for batch in found] == [7, 7, 7, 7, 2]
    assert [call[0] for batch in found for call in batch.calls] == list(range(30))
    assert sum(batch.length or 0 for batch in found) == path.stat().st_size


def test_array_that_breaks_says_that_the_rest_was_not_read(tmp_path: Path) -> None:
    path = tmp_path / "array.json"
    path.write_text(json.dumps(ENTRIES[:3])[:-1] + ', {"a": oops}, ' + json.dumps(ENTRIES[3:])[1:])
    (found,) = batches(stretch(path, is_array=True))
    assert (len(found.calls), found.broken, found.first_broken) == (3, 1, 4)
    assert found.reasons == {BAD_ARRAY: 1}


@pytest.mark.parametrize("packing", PACKERS)
@pytest.mark.parametrize("form", ["lines", "array"])
def test_standard_input_is_read_as_a_file_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packing: str, form: str
) -> None:
    data = LOG if form == "lines" else json.dumps(ENTRIES, indent=2).encode()
    path = tmp_path / "a.log"
    path.write_bytes(PACKERS[packing](data))
    with path.open() as file:
        monkeypatch.setattr(sys, "stdin", file)
        found = content(batches(stretch("-")))
    expected = content(batches(stretch(path, is_array=form == "array")))
    assert found == expected


def test_damage_of_standard_input_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(PACKERS["gz"](LOG)[:-9])))
    assert content(batches(stretch("-")))["damage"] == ["the compressed file ends too early"]


@pytest.mark.parametrize("redirection", ["< /proc/self/mem", "<&-"])
def test_standard_input_that_cannot_be_read_is_an_error_in_words(redirection: str) -> None:
    code = "from tokencli.readers.cost_log import *; list(batches(Stretch('-', 0, None, 'UTC', None, False)))"
    command = f'{sys.executable} -c "{code}" {redirection}'
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)  # noqa: S602
    assert "UnreadableFileError: cannot read standard input: " in done.stderr


def test_day_is_given_to_lines_without_time(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(cost(None))
    (found,) = batches(stretch(path)._replace(day="2025-10-10"))
    assert len(found.calls) == 1


def test_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match=r"none\.log"):
        list(batches(stretch(tmp_path / "none.log")))
    with pytest.raises(UnreadableFileError, match=r"Input/output error"):
        list(batches(stretch("/proc/self/mem")))


def test_position_in_the_file_is_told_for_packed_files_too(tmp_path: Path) -> None:
    path = tmp_path / "a.log.gz"
    path.write_bytes(PACKERS["gz"](LOG))
    *_, last = batches(stretch(path))
    assert 0 < last.file_position <= path.stat().st_size
    assert replace(last, file_position=0).end == len(LOG)


# What the system counts as the most memory of a child includes its parent's before it began: so the child looks itself.
MEMORY = """
import sys
from tokencli.readers.cost_log import Stretch, batches
lines = sum(batch.lines for batch in batches(Stretch(sys.argv[1], 0, None, "UTC", None, False)))
status = open("/proc/self/status").read()
print(lines, status.partition("VmHWM:")[2].split()[0])
"""


def test_line_of_300_mb_needs_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.log"
    with path.open("wb") as file:
        file.truncate(300_000_000)
        file.seek(0, 2)
        file.write(b"\n" + cost())
    done = subprocess.run([sys.executable, "-c", MEMORY, path], capture_output=True, text=True, check=True)
    count, kib = map(int, done.stdout.split())
    assert count == 2
    assert kib < 150 * 1024
