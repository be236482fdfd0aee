from __future__ import annotations

from typing import Any

import pytest

from tokencli.services.likeness import (
    have_different_answers,
    have_like_models,
    is_near,
    is_trusted,
    may_be_one_answer,
    model_name,
)
from tokencli.store.dictionary import Facet
from tokencli.store.ledger import DetailRow, EventRow
from tokencli.store.witnesses import KnownCall


def call(at_s: float = 0, duration_s: float | None = None, answer: str | None = None, **facet: Any) -> KnownCall:
    duration = None if duration_s is None else round(duration_s * 1_000_000)
    event = EventRow(1, round(at_s * 1_000_000), 1, 1, 0, 0, 1, 0, None, None)
    return KnownCall(event, Facet(source="tiny", **facet), DetailRow(duration_us=duration, response_id=answer))


@pytest.mark.parametrize(
    "name",
    [
        "msg_01XFDUDYJgAACzvnptvVoYEL",
        "chatcmpl-9x1Kq2Lw8Vt0Yz3Bn5Rm7Ch4",
        "resp_68af4030592c81938ec0a5fbab4a3e9f05438e46b5f69a3b",
        "gen-1730000000-aB3dE5fG7hI9jK1lM",
        "7f3c2b1a-9d4e-4f6a-8b0c-1d2e3f4a5b6c",
    ],
)
def test_a_long_random_id_belongs_to_one_answer(name: str) -> None:
    assert is_trusted(name)


@pytest.mark.parametrize(
    "name",
    ["all-the-same", "chatcmpl-150", "msg_dup", "", "chatcmpl-000000000000000", "msg_" + "a" * 30, "response-response"],
)
def test_a_short_or_repeating_id_says_nothing(name: str) -> None:
    assert not is_trusted(name)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("claude-sonnet-4-5-20250929", "claude-sonnet-4-5"),
        ("anthropic/claude-sonnet-4-5", "claude-sonnet-4-5"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5"),
        ("claude-sonnet-4-5@20250929", "claude-sonnet-4-5"),
        ("claude-sonnet-4-5[1m]", "claude-sonnet-4-5"),
        ("models/gemini-2.5-flash", "gemini-2.5-flash"),
        ("gpt-4o-2024-08-06", "gpt-4o"),
        ("GPT-5.4", "gpt-5.4"),
    ],
)
def test_a_model_is_written_in_many_ways(written: str, name: str) -> None:
    assert model_name(written) == name


def test_a_call_without_a_model_fits_any() -> None:
    assert have_like_models(call(), call(request_model="a"))
    assert have_like_models(call(request_model="a", response_model="b"), call(request_model="x/b"))
    assert not have_like_models(call(request_model="a"), call(request_model="b"))


def test_two_trusted_ids_that_differ_are_two_answers() -> None:
    first, second = "msg_01XFDUDYJgAACzvnptvVoYEL", "msg_01YFDUDYJgAACzvnptvVoYEM"
    assert have_different_answers(call(answer=first), call(answer=second))
    assert not have_different_answers(call(answer=first), call(answer=first))
    assert not have_different_answers(call(answer=first), call())
    assert not have_different_answers(call(answer="all-the-same"), call(answer=second))


def test_one_id_at_another_provider_with_another_model_is_another_answer() -> None:
    assert may_be_one_answer(call(provider_name="a"), call(provider_name="a", request_model="m"))
    assert may_be_one_answer(call(provider_name="a", request_model="m"), call(provider_name="b", request_model="m"))
    assert not may_be_one_answer(call(provider_name="a", request_model="m"), call(provider_name="b", request_model="n"))


def test_a_long_call_is_told_at_its_beginning_or_its_end() -> None:
    assert is_near(call(0), call(15))
    assert not is_near(call(0), call(15.1))
    assert is_near(call(0, duration_s=90), call(95))
    assert is_near(call(95, duration_s=90), call(0))
    assert not is_near(call(0, duration_s=90), call(96))
    assert not is_near(call(0, duration_s=9_000), call(700))
