"""Buckets and pages give their results, each with its bucket's time; anything else is left alone."""

from __future__ import annotations

from typing import Any

import pytest

from tokencli.domain.period import zone_of
from tokencli.readers.invoice_fields import FieldError
from tokencli.readers.invoice_json import kind_of, line_of, objects


def test_results_carry_their_buckets_time() -> None:
    page = {"object": "page", "data": [{"object": "bucket", "start_time": 5, "results": [{"a": 1}, {"a": 2}]}]}
    assert list(objects([page, page])) == [{"bucket": 5, "a": 1}, {"bucket": 5, "a": 2}] * 2


def test_rows_stay_rows() -> None:
    assert list(objects([{"date": "x", "cost": 1}, 7, None])) == [{"date": "x", "cost": 1}]
    assert list(objects({"data": [{"date": "x"}]})) == [{"date": "x"}]


def test_kinds_are_told_by_their_own_words() -> None:
    assert kind_of({"object": "organization.usage.embeddings.result"}) == "openai-usage"
    assert kind_of({"object": "organization.costs.result"}) == "openai-costs"
    assert kind_of({"bucket": 1, "uncached_input_tokens": 5}) == "anthropic-usage"
    assert kind_of({"bucket": 1, "amount": "5"}) == "anthropic-costs"
    assert kind_of({"amount": "5"}) is None


@pytest.mark.parametrize(
    ("kind", "result"),
    [
        ("openai-costs", {"amount": "0.06"}),
        ("anthropic-usage", {"uncached_input_tokens": 1, "cache_creation": 7}),
        ("anthropic-usage", {"uncached_input_tokens": 1, "server_tool_use": [7]}),
    ],
)
def test_a_part_of_another_shape_is_refused(kind: str, result: dict[str, Any]) -> None:
    with pytest.raises(FieldError):
        line_of(kind, {"bucket": "2026-11-20T00:00:00Z", **result}, zone_of("UTC"))
