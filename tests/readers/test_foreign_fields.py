from __future__ import annotations

import pytest

from tokencli.readers import foreign_fields as fields
from tokencli.readers.told import BrokenRecordError


@pytest.mark.parametrize(
    ("value", "pico"),
    [
        (0.1, 100_000_000_000),
        (1e-7, 100_000),
        (0.1 + 0.2, 300_000_000_000),
        (3, 3_000_000_000_000),
        ("0.0155", 15_500_000_000),
        (None, None),
        ("", None),
        (0, 0),
    ],
)
def test_dollars_are_taken_as_they_are_printed(value: object, pico: int | None) -> None:
    assert fields.picodollars(value) == pico


@pytest.mark.parametrize("value", [-0.1, float("nan"), float("inf"), "much", 1e30, b"\x01"])
def test_what_is_no_money_is_refused(value: object) -> None:
    with pytest.raises(BrokenRecordError):
        fields.picodollars(value)


@pytest.mark.parametrize("value", [-1, 1.5, "many", b"1", 2**60])
def test_what_is_no_count_is_refused(value: object) -> None:
    with pytest.raises(BrokenRecordError):
        fields.count(value)


def test_counts_names_and_flags_are_read_in_any_spelling() -> None:
    assert [fields.count(value) for value in (12, 12.0, "12", None, "")] == [12, 12, 12, None, None]
    assert [fields.name(value) for value in (" gpt-4o ", 7, None, b"x", "")] == ["gpt-4o", "7", None, None, None]
    assert [fields.is_true(value) for value in (1, "True", "yes", 0, None, "no")] == [
        True,
        True,
        True,
        False,
        False,
        False,
    ]


def test_times_are_utc_unless_they_say_otherwise() -> None:
    at = 1_760_097_600_000_000
    told = ("2025-10-10T12:00:00", "2025-10-10 12:00:00", "2025-10-10T14:00:00+02:00", 1760097600, 1760097600.0)
    assert [fields.moment(value) for value in told] == [at] * 5
    for value in (None, "soon", b"", -5):
        with pytest.raises(BrokenRecordError):
            fields.moment(value)


def test_a_table_is_known_by_the_beginning_of_its_file() -> None:
    head = b"SQLite format 3\x00....CREATE TABLE costs (id"
    assert fields.has_table(head, "costs")
    assert fields.has_table(head.replace(b"costs", b'"Costs"'), "costs")
    assert not fields.has_table(head.replace(b"costs", b"costs_of_living"), "costs")
    assert not fields.has_table(head[5:], "costs")
