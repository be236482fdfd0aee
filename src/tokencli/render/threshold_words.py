"""What is said of a limit that is nearly used up, or passed: the same sentence wherever it is said."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tokencli.domain.threshold import Level
from tokencli.render.terminal import money

if TYPE_CHECKING:
    from tokencli.domain.threshold import Threshold

_CENTS_ARE_ENOUGH_FROM = Decimal("0.1")


def threshold_words(threshold: Threshold) -> str:
    """Return one sentence on how a limit stands, without a capital letter at its beginning."""
    amounts = threshold.limit, threshold.spent
    places = 2 if min(amounts) >= _CENTS_ARE_ENOUGH_FROM else None
    limit, spent = (money(amount, places=places) for amount in amounts)
    least = "at least " if threshold.unpriced_requests else ""
    if threshold.level is Level.OVER:
        return f"the {threshold.name}'s limit of {limit} is passed: {least}{spent} so far."
    return f"this {threshold.name} has cost {least}{spent} of its limit of {limit}."
