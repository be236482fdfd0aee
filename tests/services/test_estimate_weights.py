"""The generated weights."""

from __future__ import annotations

import pytest

from tokencli.services.byte_classes import CLASS_NAMES
from tokencli.services.estimate_weights import OUTPUT_TOKENS_PER_BYTE, OVERHEAD, TEXT
from tokencli.services.tokenizer_families import TokenizerFamily


@pytest.mark.parametrize("family", TokenizerFamily)
def test_each_family_has_a_weight_of_at_least_0_for_each_count(family: TokenizerFamily) -> None:
    assert len(TEXT[family]) == len(CLASS_NAMES)
    assert len(OVERHEAD[family]) == 4
    assert min(*TEXT[family], *OVERHEAD[family]) >= 0
    assert 0.2 < OUTPUT_TOKENS_PER_BYTE[family] < 0.4
