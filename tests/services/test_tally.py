from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from tokencli.domain.ingest import FileCounts
from tokencli.services.tally import Recorded, Tally

if TYPE_CHECKING:
    from collections.abc import Mapping


class Some(NamedTuple):
    lines: int = 0
    other: int = 0
    broken: int = 0
    first_broken: int = 0
    reasons: Mapping[str, int] = MappingProxyType({})


def test_stretches_add_up_and_the_first_broken_line_stays() -> None:
    tally = Tally(FileCounts(path="x"), lambda _: None)
    tally.add(Some(lines=3), Recorded(recorded=2, duplicate=1), before=10, size=30)
    tally.add(Some(lines=4, broken=1, first_broken=2), Recorded(merged=3), before=13, size=40)
    tally.add(Some(lines=2, other=1, broken=1, first_broken=1), Recorded(), before=17, size=5, notices=1)
    assert tally.counts == FileCounts(
        path="x",
        lines=9,
        recorded=2,
        merged=3,
        duplicate=1,
        other=1,
        broken=2,
        first_broken_line=15,
        bytes=75,
        notices=1,
    )


def test_reasons_are_told_in_words_the_most_frequent_first() -> None:
    tally = Tally(FileCounts(), lambda _: None)
    assert tally.result.broken_reason is None
    for reasons in ({"a": 1}, {"b": 2}, {"a": 2}):
        tally.add(Some(reasons=reasons), Recorded(), before=0, size=0)
    assert tally.result.broken_reason == "3 x a; 2 x b"


def test_only_what_is_read_for_the_first_time_is_an_advance() -> None:
    advances: list[int] = []
    tally = Tally(FileCounts(), advances.append)
    for position in (0, 10, 4, 10, 25):
        tally.come_to(position)
    assert (advances, tally.position) == ([10, 15], 25)
