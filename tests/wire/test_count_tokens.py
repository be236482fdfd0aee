"""Counted tokens are never used tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.wire.exchanges import misjudged
from tokencli.domain.event import Finish
from tokencli.wire.count_tokens import meter
from tokencli.wire.reading import Reading

if TYPE_CHECKING:
    from pathlib import Path


def _read(body: bytes, *, step: int, is_complete: bool = True) -> Reading:
    measured = meter("application/json")
    for start in range(0, len(body), step):
        measured.observe(body[start : start + step])
    return measured.reading(is_complete=is_complete)


def test_every_recorded_answer_is_read_right_in_any_cut(corpus: Path) -> None:
    assert misjudged(corpus, meter, "count-tokens") == []


@pytest.mark.parametrize("step", [1, 7, 1000])
@pytest.mark.parametrize(
    "body",
    [
        b'{"input_tokens": 1581}',
        b'{"totalTokens": 31, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 31}]}',
        b'{"object": "response.input_tokens", "input_tokens": 11}',
    ],
)
def test_a_count_carries_no_usage_and_is_not_billed(body: bytes, step: int) -> None:
    assert _read(body, step=step) == Reading(finish=Finish.OK, is_billed=False)


def test_an_error_is_named() -> None:
    body = b'{"type": "error", "error": {"type": "not_found_error", "message": "no such model"}}'
    assert _read(body, step=7) == Reading(finish=Finish.ERROR, error_type="not_found_error", is_billed=False)


def test_a_cut_body_is_truncated() -> None:
    assert _read(b'{"input_to', step=3, is_complete=False) == Reading(finish=Finish.TRUNCATED, is_billed=False)


@pytest.mark.parametrize("body", [b"", b"\xff\x00{[", b"null", b"data: [DONE]\n\n"])
def test_garbage_says_nothing(body: bytes) -> None:
    assert _read(body, step=1) == Reading(is_billed=False)
