"""Session: one piece of work that calls belong to, under a name of the user's; and how full its context is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class Gauge(StrEnum):
    """How full a context is: nothing to say, or the three warnings on the way to its end."""

    OK = "ok"
    CAUTION = "caution"
    WARNING = "warning"
    CRITICAL = "critical"


_STEPS = ((0.95, Gauge.CRITICAL), (0.90, Gauge.WARNING), (0.80, Gauge.CAUTION))


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One session; `model` is a key of config.toml or a provider's own name for a model.

    `ended_at` is None while calls may still be added. At most one session of a ledger is active: the one that
    calls go to which name none.
    """

    id: str
    name: str
    created_at: datetime
    provider_name: str | None = None
    model: str | None = None
    ended_at: datetime | None = None
    is_active: bool = False


def gauge_of(ratio: float | None) -> Gauge:
    """Return what to say of a context that is used to that share: caution from 80 % on, warning 90 %, critical 95 %."""
    return next((gauge for least, gauge in _STEPS if ratio is not None and ratio >= least), Gauge.OK)
