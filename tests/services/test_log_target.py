from __future__ import annotations

from dataclasses import replace

import pytest

from tokencli.readers.batch import Batch, Notice
from tokencli.readers.tails import digest_of, tail_of
from tokencli.services.log_identity import UNKNOWN, Content
from tokencli.services.log_target import Target
from tokencli.services.tally import Recorded
from tokencli.store.log_files import LogFile

FILE = LogFile("/a.log", 1, 1, 2, 100, 3, 40, 4, 40, "head", "40:tail", "cost-line", "{}", 0)
HEAD = bytes(range(100))
KNOWN = replace(UNKNOWN, head=HEAD, known=FILE, start=40, origin_id=1)


def target_of(content: Content = KNOWN, file: LogFile | None = FILE) -> tuple[Target, list[int]]:
    advanced: list[int] = []
    return Target("/a.log", content, file, advanced.append), advanced


def test_counts_add_up_and_lines_go_on_from_earlier_runs() -> None:
    target, _ = target_of()
    first = Batch(end=60, lines=3, calls=[(40, 0, 0, 1, 1, 0)] * 2, notices=[Notice(50, -1, "timeout", None, None)])
    second = Batch(end=90, lines=5, calls=[(60, 0, 0, 1, 1, 0)] * 3)
    for number, reason in ((2, "y"), (5, "x")):
        second.break_line(number, reason)
    target.count(first, Recorded(1, 0, 1, 1))
    target.count(second, Recorded(2, 1, 0))
    result = target.result
    assert (result.lines, result.recorded, result.merged, result.duplicate) == (8, 3, 1, 1)
    assert (result.other, result.broken, result.notices, result.price_differences) == (1, 2, 1, 1)
    assert (result.first_broken_line, result.bytes) == (4 + 3 + 2, 50)
    assert result.broken_reason == "1 x y; 1 x x"
    assert (target.lines, target.end) == (12, 90)


def test_most_frequent_reason_comes_first() -> None:
    target, _ = target_of()
    batch = Batch(end=60, lines=3)
    for number, reason in ((1, "seldom"), (2, "often"), (3, "often")):
        batch.break_line(number, reason)
    target.count(batch, Recorded())
    assert target.result.broken_reason == "2 x often; 1 x seldom"


def test_file_is_remembered_up_to_the_end_of_a_batch() -> None:
    target, _ = target_of()
    target.count(Batch(end=90, lines=5, tail=tail_of(b"xyz")), Recorded())
    assert target.file == FILE._replace(
        offset=90, line_count=9, head_bytes=90, head_digest=digest_of(HEAD[:90]), tail_digest=tail_of(b"xyz")
    )
    target.count(Batch(end=500, lines=1, tail=tail_of(b"z")), Recorded())
    assert target.file is not None
    assert (target.file.head_bytes, target.file.head_digest) == (100, digest_of(HEAD))


def test_line_left_for_later_moves_nothing_on() -> None:
    target, _ = target_of()
    target.count(Batch(end=40, lines=1), Recorded())
    assert target.file == FILE
    assert (target.result.bytes, target.end) == (0, 40)


def test_array_counts_its_bytes_and_is_never_known_by_its_head() -> None:
    target, _ = target_of(replace(UNKNOWN, is_array=True, head=HEAD), FILE._replace(offset=0, line_count=0))
    target.count(Batch(end=7, length=900, lines=7), Recorded())
    target.count(Batch(end=9, length=0, lines=2), Recorded())
    assert target.result.bytes == 900
    assert target.file is not None
    assert (target.file.offset, target.file.head_bytes, target.file.head_digest) == (9, 0, None)


def test_progress_never_goes_back() -> None:
    target, advanced = target_of()
    for position in (60, 50, 0, 90):
        target.come_to(position)
    assert advanced == [40, 20, 30]
    _, packed = target_of(replace(KNOWN, packing="gz"))
    assert packed == []


def test_standard_input_is_not_remembered() -> None:
    target, _ = target_of(UNKNOWN, None)
    target.count(Batch(end=90, lines=5), Recorded())
    assert target.file is None
    assert (target.lines, target.result.bytes) == (5, 90)


@pytest.mark.parametrize(
    ("content", "note"),
    [
        (UNKNOWN, None),
        (KNOWN, "known up to byte 40"),
        (replace(KNOWN, known=FILE._replace(path="/b.log")), "known up to byte 40 from /b.log"),
        (replace(KNOWN, is_replay=True, start=0), "read again, for its lines without time"),
    ],
)
def test_note_says_what_was_known(content: Content, note: str | None) -> None:
    assert target_of(content)[0].result.note == note
