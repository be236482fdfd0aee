"""Fields of the wrong type, size or sign are no fields."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokencli.wire.fields import (
    LARGEST_COUNT,
    LARGEST_TEXT,
    child,
    children,
    count,
    dollars,
    error_type,
    raw_json,
    text,
)


@pytest.mark.parametrize("value", [12, 12.0, "12"])
def test_a_count_may_be_written_in_three_ways(value: object) -> None:
    assert count({"a": value}, "a") == 12


@pytest.mark.parametrize(
    "value",
    [None, True, -1, 1.5, float("nan"), float("inf"), "", "x", "-1", "1.0", "²", "9" * 40, [], {}, LARGEST_COUNT + 1],
)
def test_what_is_no_count_is_passed_over_for_the_next_name(value: object) -> None:
    assert count({"a": value}, "a") is None
    assert count({"a": value, "b": 3}, "a", "b") == 3


def test_children_are_objects_only() -> None:
    assert child({"a": {}, "b": {"c": 1}}, "a", "b") == {"c": 1}
    assert child({"a": [1]}, "a") == {}
    assert children({"a": [{"b": 1}, 2, None, {}]}, "a") == [{"b": 1}, {}]
    assert children({"a": {"b": 1}}, "a") == []


def test_text_is_cut_and_can_always_be_written() -> None:
    assert text({"a": "", "b": 3, "c": "x"}, "a", "b", "c") == "x"
    assert text({"a": "x" * 10_000}, "a") == "x" * LARGEST_TEXT
    assert text({"a": "\ud800"}, "a") == "?"


def test_dollars_keep_their_digits() -> None:
    assert dollars(0.0004970133333333333) == Decimal("0.0004970133333333333")
    assert dollars("1.10") == Decimal("1.10")
    assert dollars(0) == 0


@pytest.mark.parametrize("value", [None, True, -1, "x", "NaN", float("inf"), 10**9, "1e999999999", [], "1" * 300])
def test_what_is_no_cost_is_none(value: object) -> None:
    assert dollars(value) is None


def test_raw_usage_is_kept_unless_it_is_absurd() -> None:
    assert raw_json({"a": "é"}) == '{"a": "\\u00e9"}'
    assert raw_json({"a": "x" * 100_000}) is None
    assert raw_json({"a": float("nan")}) is None


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"error": {"type": "a", "code": "b"}}, "a"),
        ({"error": {"message": "m", "code": "404"}}, "404"),
        ({"error": {"message": "m", "code": 429}}, "429"),
        ({"error": {"message": "m"}}, "error"),
        ({"code": "invalid-argument", "error": "Incorrect API key"}, "invalid-argument"),
        ({"detail": "Invalid API Key"}, "error"),
        ({"id": "1", "message": "model not found"}, "error"),
        ({"choices": [], "message": "fine"}, None),
        ({"error": None, "id": "1"}, None),
        ({"detail": None}, None),
    ],
)
def test_an_error_is_known_by_its_name(body: dict[str, Any], name: str | None) -> None:
    assert error_type(body) == name


@given(st.dictionaries(st.sampled_from(["error", "code", "detail", "message"]), st.none() | st.text() | st.floats()))
def test_no_field_raises(body: dict[str, object]) -> None:
    assert isinstance(error_type(body), str | None)
    assert all(dollars(value) is None or count({"a": value}, "a") is None or value for value in body.values() if value)
