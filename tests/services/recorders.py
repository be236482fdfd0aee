"""Recorders on real ledgers, calls for them, and a look at what became of them."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.cost_logs import check_sums, prices
from tokencli.domain.event import EventId, UsageEvent
from tokencli.domain.intent import Intent
from tokencli.domain.usage import Basis, Estimate, TokenUsage
from tokencli.services.recorder import open_recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tokencli.services.recorder import Recorder

NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)
INTENT = Intent(opened_at=NOW, provider_name="openai", request_model="alpha", estimated_input_tokens=200)
EVENT = UsageEvent(
    event_id=EventId("none.0"),
    occurred_at=NOW,
    source="proxy",
    basis=Basis.REPORTED,
    provider_name="openai",
    request_model="alpha",
    usage=TokenUsage(input_tokens=200, output_tokens=75),
    estimate=Estimate(input_tokens=190),
    duration_s=0.5,
)


def settled(event_id: str, **facts: object) -> UsageEvent:
    """Return a settled call."""
    return replace(EVENT, event_id=EventId(event_id), **facts)  # type: ignore[arg-type]  # from a table


def opened(
    place: Path,
    *,
    open_wait_s: float = 5.0,
    settle_wait_s: float = 2.0,
    monotonic: Callable[[], float] = time.monotonic,
) -> Recorder:
    """Return a recorder whose start is in 2026."""
    waits = {"open_wait_s": open_wait_s, "settle_wait_s": settle_wait_s}
    return open_recorder(place, prices(), now=lambda: NOW, monotonic=monotonic, **waits)


@contextmanager
def recorder(
    place: Path,
    *,
    open_wait_s: float = 5.0,
    settle_wait_s: float = 2.0,
    monotonic: Callable[[], float] = time.monotonic,
) -> Iterator[Recorder]:
    """Give a recorder that is closed at the end."""
    made = opened(place, open_wait_s=open_wait_s, settle_wait_s=settle_wait_s, monotonic=monotonic)
    with closing(made) as found:
        yield found


def rows(place: Path, statement: str) -> list[tuple[object, ...]]:
    """Return what a ledger holds, as another process would see it now."""
    with closing(sqlite3.connect(f"file:{place}?mode=ro", uri=True)) as connection:
        check_sums(connection)
        return connection.execute(statement).fetchall()


def count(place: Path, table: str) -> int:
    """Return how many rows a table has."""
    ((number,),) = rows(place, f"SELECT count(*) FROM {table}")
    assert isinstance(number, int)
    return number
