"""Fields of agents' records: what is a count, a time, an amount, a name."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tokencli.readers.agent_fields import changed_at, count, digest, dollars, key, moment, project, text
from tokencli.readers.told import BrokenRecordError

if TYPE_CHECKING:
    from pathlib import Path

NEW_YEAR = 1_767_225_600_000_000


@pytest.mark.parametrize(("value", "expected"), [(None, 0), (0, 0), (12, 12), (12.0, 12), ("12", 12), (2**49, 2**49)])
def test_whole_numbers_are_counts_however_they_are_written(value: float | str | None, expected: int) -> None:
    assert count(value) == expected


@pytest.mark.parametrize(
    "value", [-1, 1.5, "1.5", "", "x", "١٢", True, float("nan"), float("inf"), 1e30, 10**30, "9" * 40]
)
def test_what_can_be_no_count_is_broken(value: float | str) -> None:
    with pytest.raises(BrokenRecordError):
        count(value)


@pytest.mark.parametrize(
    "value",
    [
        "2026-01-01T00:00:00Z",
        "2026-01-01T00:00:00.000Z",
        "2026-01-01 00:00:00",
        "2026-01-01T01:00:00+01:00",
        1_767_225_600,
        1_767_225_600.0,
        1_767_225_600_000,
    ],
)
def test_times_are_iso_or_epoch_seconds_or_milliseconds(value: float | str) -> None:
    assert moment(value) == NEW_YEAR


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-01-01T00:00:00.0000004Z", NEW_YEAR),
        ("2026-01-01T00:00:00.0000006Z", NEW_YEAR + 1),
        ("2025-12-31T23:59:59.9999996Z", NEW_YEAR),
        ("2026-01-01t00:00:00z", NEW_YEAR),
        ("2026-01-01T00:00:00,0000019Z", NEW_YEAR + 1),
        ("2026-01-01T00:00:00.000001+00:00:00", NEW_YEAR + 1),
    ],
)
def test_a_time_is_kept_to_the_nearest_microsecond(value: str, expected: int) -> None:
    assert moment(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "2026-01-01",
        "2026-99-99T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T00:00:00Z",
        0,
        1e-9,
        -1,
        True,
        float("nan"),
        float("inf"),
        1e300,
        10**40,
    ],
)
def test_what_is_no_time_of_a_call_is_none(value: float | str | None) -> None:
    assert moment(value) is None


def test_a_file_tells_when_it_was_changed(tmp_path: Path) -> None:
    assert changed_at(str(tmp_path / "absent")) is None
    assert changed_at("a\0b") is None
    assert (changed_at(str(tmp_path)) or 0) > 0


@pytest.mark.parametrize(
    ("value", "expected"),
    [("0.05", 50_000_000_000), ("0", 0), ("-1", None), ("NaN", None), ("Infinity", None), ("1e9", None)],
)
def test_amounts_are_exact_and_true(value: str, expected: int | None) -> None:
    assert dollars(Decimal(value)) == expected


def test_names_are_cut_and_can_be_stored() -> None:
    assert text("") is None
    assert text("x" * 1000) == "x" * 256
    assert text("a\ud800") == "a?"


@pytest.mark.parametrize(
    ("cwd", "expected"),
    [
        ("/home/me/app/", "/home/me/app"),
        ("/", "/"),
        ("c:/AI/X/", "C:\\AI\\X"),
        ("C:\\AI\\X", "C:\\AI\\X"),
        (None, None),
    ],
)
def test_one_folder_has_one_name(cwd: str | None, expected: str | None) -> None:
    assert project(cwd) == expected


def test_keys_are_short_and_plain() -> None:
    assert key("codex", "a", "b") == "codex:a:b"
    assert len(key("codex", "x" * 500)) < 50
    assert key("codex", "a\n") != key("codex", "a")


def test_parts_that_only_run_together_alike_have_other_digests() -> None:
    assert digest("ab", "c") != digest("a", "bc")
