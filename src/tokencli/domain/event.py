"""UsageEvent: one call, as one witness saw it. Never prompt or answer text."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NewType

from tokencli.domain.errors import ImpossibleValueError
from tokencli.domain.kinds import Basis, Finish
from tokencli.domain.money import check_cost

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tokencli.domain.money import Usd
    from tokencli.domain.usage import Estimate, TokenUsage

__all__ = ["EventId", "Finish", "UnitPrices", "UsageEvent"]
EventId = NewType("EventId", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitPrices:
    """Unit prices as a log line printed them, in dollars a token."""

    input_usd: Usd
    output_usd: Usd

    def __post_init__(self) -> None:
        """Refuse what cannot be a price."""
        check_cost("input_usd", self.input_usd)
        check_cost("output_usd", self.output_usd)


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageEvent:
    """One call. `occurred_at` is aware UTC; `event_id` is unique in every ledger ("origin.sequence").

    `usage` is None when the witness told no tokens, and then `basis` is `missing`. `reported_cost`
    is what the source itself said the call cost, `reported_prices` the unit prices it printed;
    neither is ever used as the list cost. `raw_usage` is the provider's own usage object as JSON,
    `estimate` what the proxy had counted itself, kept beside whatever the provider said later.

    Raises:
        ImpossibleValueError: no id, a naive time, a negative duration or cost, a basis that contradicts the usage.
    """

    event_id: EventId
    occurred_at: datetime
    source: str
    basis: Basis
    provider_name: str | None = None
    operation_name: str = "chat"
    request_model: str | None = None
    response_model: str | None = None
    response_id: str | None = None
    session_id: str | None = None
    conversation_id: str | None = None
    client: str | None = None
    agent: str | None = None
    project: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    usage: TokenUsage | None = None
    reported_cost: Usd | None = None
    reported_prices: UnitPrices | None = None
    finish: Finish = Finish.OK
    error_type: str | None = None
    duration_s: float | None = None
    time_to_first_token_s: float | None = None
    raw_usage: str | None = None
    estimate: Estimate | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be true."""
        if not self.event_id:
            raise ImpossibleValueError(what="event_id", value=self.event_id, rule="every call has one")
        if self.occurred_at.utcoffset() != timedelta(0):
            raise ImpossibleValueError(
                what="occurred_at", value=self.occurred_at.isoformat(), rule="it must be an aware time in UTC"
            )
        if (self.usage is None) != (self.basis is Basis.MISSING):
            raise ImpossibleValueError(
                what="basis", value=self.basis.value, rule="it is 'missing' exactly when there is no usage"
            )
        if self.reported_cost is not None:
            check_cost("reported_cost", self.reported_cost)
        for name, seconds in (
            ("duration_s", self.duration_s),
            ("time_to_first_token_s", self.time_to_first_token_s),
        ):
            if seconds is not None and (isinstance(seconds, bool) or not 0 <= seconds < float("inf")):
                raise ImpossibleValueError(what=name, value=seconds, rule="a duration is a finite number, 0 or more")

    @property
    def model(self) -> str | None:
        """Return the model that answered, else the model that was asked for."""
        return self.response_model or self.request_model
