"""Session: one piece of work that calls belong to, under a name of the user's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


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
