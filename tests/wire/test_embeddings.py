"""Embeddings: every token is input, whoever counts it."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.exchanges import misjudged, overstated, read
from tokencli.domain.event import Finish
from tokencli.domain.usage import Basis, TokenUsage
from tokencli.wire.embeddings import meter

if TYPE_CHECKING:
    from pathlib import Path

VECTORS: dict[str, Any] = {"object": "list", "data": [{"embedding": [0.25, -1e-3] * 50}], "model": "m"}


def test_every_recorded_answer_is_read_right_in_any_cut(corpus: Path) -> None:
    assert misjudged(corpus, meter, "embeddings") == []


def test_a_recorded_answer_cut_short_never_claims_more_than_the_whole(corpus: Path) -> None:
    assert overstated(corpus, meter, "embeddings") == []


@pytest.mark.parametrize(
    "counts",
    [
        {"usage": {"prompt_tokens": 7, "total_tokens": 7}},
        {"usage": {"prompt_tokens": 7, "completion_tokens": 0, "total_tokens": 7}},
        {"usage": {"total_tokens": 7}},
        {"meta": {"billed_units": {"input_tokens": 7}}},
    ],
    ids=["OpenAI", "Mistral", "Voyage", "Cohere"],
)
def test_each_dialect_counts_its_input(counts: dict[str, Any]) -> None:
    reading = read(meter("application/json"), [json.dumps({**VECTORS, **counts}).encode()])
    assert reading.usage == TokenUsage(input_tokens=7)
    assert (reading.basis, reading.finish, reading.response_model) == (Basis.REPORTED, Finish.OK, "m")


def test_images_are_input_too() -> None:
    units = {"meta": {"billed_units": {"images": 1, "input_tokens": 7, "image_tokens": 5}}}
    reading = read(meter(""), [json.dumps(units).encode()])
    assert reading.usage == TokenUsage(input_tokens=12, image_input_tokens=5)


def test_a_stated_cost_is_kept() -> None:
    usage = {"prompt_tokens": 7, "total_tokens": 7, "cost": {"currency": "USD", "total_cost": 2.8e-08}}
    assert read(meter(""), [json.dumps({**VECTORS, "usage": usage}).encode()]).reported_cost == Decimal("2.8e-8")


@pytest.mark.parametrize("body", [{"error": {"type": "x"}}, {"detail": "no such model"}, {"id": "1", "message": "no"}])
def test_a_refusal_is_not_billed(body: dict[str, Any]) -> None:
    reading = read(meter("application/json"), [json.dumps(body).encode()])
    assert (reading.basis, reading.finish, reading.is_billed) == (Basis.MISSING, Finish.ERROR, False)
    assert reading.error_type


def test_vectors_without_usage_are_missing_and_billed() -> None:
    reading = read(meter("application/json"), [json.dumps(VECTORS).encode()])
    assert (reading.basis, reading.finish, reading.is_billed) == (Basis.MISSING, Finish.OK, True)


def test_a_body_cut_short_is_missing() -> None:
    reading = read(meter("application/json"), [json.dumps(VECTORS).encode()[:-1]], is_complete=False)
    assert (reading.basis, reading.finish) == (Basis.MISSING, Finish.TRUNCATED)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: st.dictionaries(
            st.sampled_from(["usage", "meta", "billed_units", "input_tokens", "image_tokens", "total_tokens", "error"]),
            inner,
        ),
    )
)
def test_hostile_json_never_raises(value: Any) -> None:
    reading = read(meter("application/json"), [json.dumps(value).encode()])
    assert (reading.usage is None) == (reading.basis is Basis.MISSING)


@given(st.binary(max_size=200))
def test_garbage_never_raises(data: bytes) -> None:
    assert read(meter("application/json"), [data]).usage is None
