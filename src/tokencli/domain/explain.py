"""Explanation: everything known of one call, for the view that shows how its cost comes about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tokencli.domain.money import Usd

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from tokencli.domain.charge import Charge
    from tokencli.domain.event import UsageEvent
    from tokencli.domain.repricing import PastCharge


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One witness of a call: `seq` is its place in its origin, `unit` what is counted there: "byte", "entry" or "call".

    `origin` is the ledger's short name of the stream (12 hexadecimal characters), `place` the file's path
    or what else the stream is called, None when that is no longer known. `occurred_at` is aware UTC.
    """

    source: str
    origin: str
    place: str | None
    seq: int
    occurred_at: datetime
    unit: str = "byte"
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One call, its charge and its witnesses.

    `place` says where the first sighting stands, such as "backend.log, byte 1042". `logged_amount` is the
    call's tokens times the unit prices that the log itself printed, None when it printed none. `session_name` is None
    where the call belongs to no session of this ledger. `past_charges` are what it was charged before,
    the oldest first.
    """

    event: UsageEvent
    charge: Charge
    sightings: tuple[Sighting, ...]
    place: str | None = None
    logged_amount: Usd | None = None
    session_name: str | None = None
    past_charges: tuple[PastCharge, ...] = ()

    @property
    def difference(self) -> Usd | None:
        """Return reported minus list cost in dollars; None unless both are known."""
        if self.event.reported_cost is None or self.charge.list_cost is None:
            return None
        return Usd(self.event.reported_cost - self.charge.list_cost)

    @property
    def factor(self) -> Decimal | None:
        """Return reported / list cost; None unless both are known and the list cost is above 0."""
        if self.event.reported_cost is None or not self.charge.list_cost:
            return None
        return self.event.reported_cost / self.charge.list_cost
