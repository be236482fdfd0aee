"""A reading says where its counts come from."""

from __future__ import annotations

import pytest

from tokencli.domain.errors import ImpossibleValueError
from tokencli.domain.usage import Basis, TokenUsage
from tokencli.wire.reading import Reading


def test_a_reading_of_nothing_is_missing_and_not_zero() -> None:
    assert (Reading().usage, Reading().basis) == (None, Basis.MISSING)


def test_basis_and_usage_cannot_contradict_each_other() -> None:
    with pytest.raises(ImpossibleValueError, match="basis"):
        Reading(basis=Basis.REPORTED)
    with pytest.raises(ImpossibleValueError, match="basis"):
        Reading(usage=TokenUsage(input_tokens=1))
