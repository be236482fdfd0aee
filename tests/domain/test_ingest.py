"""The counts of a file account for every line."""

from __future__ import annotations

import pytest

from tokencli.domain.errors import ImpossibleValueError
from tokencli.domain.ingest import FileCounts, total_of


def test_counts_that_lose_a_line_are_refused() -> None:
    with pytest.raises(ImpossibleValueError, match="its parts add up to 3"):
        FileCounts(path="a.log", lines=4, recorded=2, other=1)


def test_negative_counts_are_refused_even_when_they_add_up() -> None:
    with pytest.raises(ImpossibleValueError, match="not negative"):
        FileCounts(path="a.log", lines=1, recorded=2, other=-1)


def test_total_adds_every_count_and_names_no_file() -> None:
    one = FileCounts(
        path="a.log",
        format="cost-line",
        lines=10,
        recorded=3,
        merged=1,
        duplicate=2,
        other=3,
        broken=1,
        first_broken_line=7,
        bytes=900,
        notices=2,
        price_differences=1,
    )
    total = total_of([one, one])
    assert (total.lines, total.recorded, total.merged, total.duplicate, total.other, total.broken) == (
        20,
        6,
        2,
        4,
        6,
        2,
    )
    assert (total.bytes, total.notices, total.price_differences) == (1800, 4, 2)
    assert total.path is None
    assert total.first_broken_line is None


def test_total_of_nothing_is_nothing() -> None:
    assert total_of([]) == FileCounts()
