"""Days, amounts and counts as exports write them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from tokencli.readers.invoice_fields import FieldError, count, day_of, dollars, usage_of, words

PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("1.25", "1.25"),
        ("$1,234.56", "1234.56"),
        ("1.234,56", "1234.56"),
        ("0,5", "0.5"),
        ("1,500", "1500"),
        ("(3.20)", "-3.20"),
        ("USD 5", "5"),
        ("1e-6", "0.000001"),
    ],
)
def test_amounts_are_exact(written: str, amount: str) -> None:
    assert dollars(written) == Decimal(amount)


def test_cents_are_hundredths() -> None:
    assert dollars("123.45", cents=True) == Decimal("1.2345")
    assert dollars("") is None


@pytest.mark.parametrize("written", ["much", "NaN", "Infinity", "1e99", "1e999999999", "--5", 0.1, True])
def test_what_is_no_amount_is_refused(written: object) -> None:
    with pytest.raises(FieldError):
        dollars(written)


def test_names_can_be_written_down() -> None:
    assert [words(each) for each in (" a\ud800 ", "\u00e9", 7, "", None)] == ["a?", "\u00e9", "7", None, None]


def test_counts_are_whole() -> None:
    assert [count(each) for each in ("1,234", 12, 12.0, None)] == [1234, 12, 12, None]
    for wrong in ("1.5", -1, True, 2.5, "1e30"):
        with pytest.raises(FieldError):
            count(wrong)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-11-20", 20),
        ("2026-11-20T23:30:00Z", 21),
        ("2026-11-20 23:30:00 UTC", 21),
        ("2026-11-20T23:30:00", 20),
        (1_795_217_400, 21),
        ("1795217400000", 21),
        ("11/20/2026", 20),
    ],
)
def test_days_are_those_of_the_zone(written: object, day: int) -> None:
    assert day_of(written, PARIS) == date(2026, 11, day)


@pytest.mark.parametrize("written", ["soon", "2026-13-01", "", 10**30])
def test_what_is_no_day_is_refused(written: object) -> None:
    with pytest.raises(FieldError):
        day_of(written, PARIS)


def test_impossible_counts_are_kept_and_marked() -> None:
    usage = usage_of({"input_tokens": 5, "cache_read_tokens": 9})
    assert usage is not None
    assert usage.inconsistent
    assert usage_of({"input_tokens": None}) is None
