"""An intent holds what can be true of a call that is about to be sent, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tokencli.domain.errors import ImpossibleValueError
from tokencli.domain.intent import Intent

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)


def test_an_intent_needs_no_more_than_its_time() -> None:
    intent = Intent(opened_at=AT)
    assert (intent.operation_name, intent.estimated_input_tokens, dict(intent.tags)) == ("chat", None, {})


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ImpossibleValueError, match="aware time in UTC"):
        Intent(opened_at=AT.replace(tzinfo=None))


def test_a_negative_estimate_is_refused() -> None:
    with pytest.raises(ImpossibleValueError, match="estimated_input_tokens is -1"):
        Intent(opened_at=AT, estimated_input_tokens=-1)
