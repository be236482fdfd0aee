"""Rows: what the ledger keeps of one call, from its intent, from what its answer said and from how it ended.

What the provider reported is kept as it is. Where it reported nothing of a call that it bills, our own count stands in,
marked as an estimate; where nothing is billed the row says zero, and where the call failed it says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from tokencli.domain.event import Finish, UsageEvent
from tokencli.domain.usage import Basis, Estimate, TokenUsage

if TYPE_CHECKING:
    from tokencli.domain.event import EventId
    from tokencli.domain.intent import Intent
    from tokencli.wire.reading import Reading, SideCall

SOURCE = "proxy"
_UNTOLD = {Finish.TRUNCATED: "cut"}
_CUT = frozenset({Finish.TRUNCATED, Finish.CANCELLED})
# The request had left, and what became of it at the provider nobody knows.
_UNANSWERED = frozenset({Finish.CANCELLED, Finish.ERROR, Finish.UNKNOWN})


class OutputEstimator(Protocol):
    """Counts the tokens of an answer by itself, and learns from what its provider counted."""

    def estimate_output(self, provider_name: str | None, model: str | None, output_bytes: int) -> int | None:
        """Return the tokens of so many UTF-8 bytes of generated text; None when nothing can be said."""
        ...

    def learn(self, provider_name: str | None, model: str | None, *, estimated: Estimate, real: TokenUsage) -> None:
        """Take in what the provider counted of a call that was estimated."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How an answer ended. `finish` is None where the answer itself tells; times are in seconds.

    `is_failure` says that the provider refused the call or was not reached, so that it charges nothing.
    """

    finish: Finish | None = None
    error_type: str | None = None
    is_failure: bool = False
    duration_s: float | None = None
    time_to_first_token_s: float | None = None


def row_of(
    event_id: EventId, intent: Intent, reading: Reading | None, ending: Ending, estimator: OutputEstimator
) -> UsageEvent:
    """Return the row of a call; `reading` is None where nothing of the answer was understood."""
    model = intent.request_model or ""
    finish = _finish(reading, ending)
    usage, basis = (None, Basis.MISSING) if reading is None else (reading.usage, reading.basis)
    estimate = _estimate(intent, reading, model, estimator)
    if basis is Basis.REPORTED and usage is not None and estimate is not None and finish is Finish.OK:
        estimator.learn(intent.provider_name, model, estimated=estimate, real=usage)
    if usage is None and not ending.is_failure and (reading is not None or finish in _UNANSWERED):
        is_billed = reading is None or reading.is_billed
        usage = _own_usage(finish, estimate, is_billed=is_billed)
        basis = Basis.MISSING if usage is None else Basis.ESTIMATED if is_billed else Basis.REPORTED
    return UsageEvent(
        event_id=event_id,
        occurred_at=intent.opened_at,
        source=SOURCE,
        basis=basis,
        provider_name=intent.provider_name,
        operation_name=intent.operation_name,
        request_model=intent.request_model,
        response_model=reading.response_model if reading else None,
        response_id=reading.response_id if reading else None,
        session_id=intent.session_id,
        conversation_id=intent.conversation_id,
        client=intent.client,
        agent=intent.agent,
        project=intent.project,
        tags=intent.tags,
        usage=usage,
        reported_cost=reading.reported_cost if reading else None,
        finish=finish,
        error_type=(reading.error_type if reading else None) or ending.error_type or _UNTOLD.get(finish),
        duration_s=ending.duration_s,
        time_to_first_token_s=ending.time_to_first_token_s,
        raw_usage=reading.raw_usage if reading else None,
        estimate=estimate,
    )


def bare_row(event_id: EventId, intent: Intent, ending: Ending) -> UsageEvent:
    """Return the row of a call of which nothing could be measured: its counts are missing."""
    return UsageEvent(
        event_id=event_id,
        occurred_at=intent.opened_at,
        source=SOURCE,
        basis=Basis.MISSING,
        provider_name=intent.provider_name,
        operation_name=intent.operation_name,
        request_model=intent.request_model,
        session_id=intent.session_id,
        conversation_id=intent.conversation_id,
        client=intent.client,
        agent=intent.agent,
        project=intent.project,
        tags=intent.tags,
        finish=ending.finish or Finish.UNKNOWN,
        error_type=ending.error_type,
        duration_s=ending.duration_s,
        time_to_first_token_s=ending.time_to_first_token_s,
    )


def _finish(reading: Reading | None, ending: Ending) -> Finish:
    """Return how the call ended: an end that somebody made outranks what the answer says, but for its own error."""
    if ending.finish in _CUT and reading is not None and reading.finish is Finish.ERROR:
        return Finish.ERROR
    if ending.finish is not None:
        return ending.finish
    return Finish.OK if reading is None else reading.finish


def _estimate(intent: Intent, reading: Reading | None, model: str, estimator: OutputEstimator) -> Estimate | None:
    """Return our own count; None where there is nothing to count."""
    seen = reading.output_bytes if reading else 0
    output = estimator.estimate_output(intent.provider_name, model, seen) if seen else None
    if intent.estimated_input_tokens is None and output is None:
        return None
    return Estimate(input_tokens=intent.estimated_input_tokens, output_tokens=output)


def _own_usage(finish: Finish, estimate: Estimate | None, *, is_billed: bool) -> TokenUsage | None:
    """Return the usage of a call whose provider told none: zero where it is free, our estimate where it is billed.

    None for a call that failed, and for one that goes on in the background: a later look will tell.
    """
    if not is_billed:
        return None if finish in {Finish.ERROR, Finish.UNKNOWN} else TokenUsage()
    if estimate is None:
        return None
    return TokenUsage(input_tokens=estimate.input_tokens or 0, output_tokens=estimate.output_tokens or 0)


def side_row(event_id: EventId, intent: Intent, side: SideCall) -> UsageEvent:
    """Return the row of a call that the provider made and billed beside another one."""
    return replace(bare_row(event_id, intent, Ending(finish=Finish.OK)), usage=side.usage, basis=Basis.REPORTED)
