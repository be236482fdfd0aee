"""Columns are found under all their names."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from tokencli.readers.invoice_rows import CurrencyError, is_row, line_of, name_of

UTC = ZoneInfo("UTC")


def test_names_are_compared_without_case_and_signs() -> None:
    assert [name_of(each) for each in ("Cost (USD)", " start_time ", "Model")] == ["cost_usd", "start_time", "model"]


def test_the_parts_of_a_prompt_add_up() -> None:
    row: dict[str, object] = {
        "usage_date_utc": "2026-11-20",
        "usage_input_tokens_no_cache": "10",
        "usage_input_tokens_cache_read": "100",
        "usage_input_tokens_cache_write_5m": "7",
        "usage_input_tokens_cache_write_1h": "3",
        "usage_output_tokens": "5",
    }
    line = line_of(row, UTC)
    assert line is not None
    assert line.usage is not None
    assert (line.usage.input_tokens, line.usage.cache_write_tokens, line.usage.output_tokens) == (120, 10, 5)


def test_a_row_that_tells_of_nothing_is_none() -> None:
    assert is_row({"date": "2026-11-20", "cost": "1"})
    assert not is_row({"cost": "1"})
    assert not is_row({"date": "2026-11-20", "comment": "x"})
    assert line_of({"date": "2026-11-20", "model": "x", "cost": ""}, UTC) is None


def test_cents_and_currencies_are_heeded() -> None:
    line = line_of({"date": "2026-11-20", "amount_cents": "250", "currency": "usd"}, UTC)
    assert line is not None
    assert line.cost is not None
    assert str(line.cost) == "2.50"
    with pytest.raises(CurrencyError):
        line_of({"date": "2026-11-20", "cost": "1", "currency": "CHF"}, UTC)
