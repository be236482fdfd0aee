"""A later look at a call: its answer was fetched again by its id, and now tells what it had not told before."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tokencli.domain.usage import Basis

if TYPE_CHECKING:
    from tokencli.domain.event import UsageEvent


def improved(known: UsageEvent, told: UsageEvent) -> UsageEvent | None:
    """Return a call as the later look makes it; None where that tells nothing better than the provider's own figures.

    Who called, when, and what we had counted ourselves stay as they were.
    """
    if told.usage is None or told.basis is not Basis.REPORTED or known.basis is Basis.REPORTED:
        return None
    return replace(
        known,
        usage=told.usage,
        basis=told.basis,
        raw_usage=told.raw_usage,
        reported_cost=told.reported_cost,
        response_model=told.response_model or known.response_model,
        finish=told.finish,
        error_type=told.error_type,
    )
