"""Histograms by quarter of an hour, and the marks that tell whether they changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tokencli.store.histograms import Bins, Counted, costs, durations, first_tokens, marks
from tokencli.store.slices import BUCKET_US, to_us

if TYPE_CHECKING:
    from collections.abc import Callable

    from tokencli.store.database import Database

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
BUCKET = to_us(NOON) // BUCKET_US
EVERYTHING = (0, 1 << 30)


def test_a_cost_at_a_bound_belongs_below_it(db: Database, add: Callable[..., None], call: Any) -> None:
    add(*(call(at=NOON, listed=listed) for listed in (0, 99, 100, 101, 5000)))
    add(call(at=NOON, listed=None, status="unpriced"), call(at=NOON + timedelta(minutes=15), listed=7))
    assert list(costs(db.connection, EVERYTHING, [100, 1000])) == [
        Counted(BUCKET, None, Bins((3, 1, 1), 5300)),
        Counted(BUCKET + 1, None, Bins((1, 0, 0), 7)),
    ]
    assert next(iter(costs(db.connection, (BUCKET + 1, BUCKET + 2), [1]))).bins == Bins((0, 1), 7)


def test_times_are_by_provider_and_only_where_they_were_measured(
    db: Database, add: Callable[..., None], call: Any
) -> None:
    add(call(at=NOON), call(at=NOON, provider="groq"), call(at=NOON, provider="groq"))
    numbers = [row[0] for row in db.connection.execute("SELECT id FROM event ORDER BY id")]
    with db.transaction():
        for number, took, first in zip(numbers, (2_000_000, 500_000, None), (1_000, None, None), strict=True):
            db.connection.execute(
                "INSERT INTO event_detail(event_id, duration_us, time_to_first_token_us) VALUES (?, ?, ?)",
                (number, took, first),
            )
    assert sorted(durations(db.connection, EVERYTHING, [1_000_000])) == [
        Counted(BUCKET, "groq", Bins((1, 0), 500_000)),
        Counted(BUCKET, "openai", Bins((0, 1), 2_000_000)),
    ]
    assert list(first_tokens(db.connection, EVERYTHING, [1_000_000])) == [
        Counted(BUCKET, "openai", Bins((1, 0), 1_000))
    ]


def test_a_mark_changes_with_calls_costs_and_kinds(db: Database, add: Callable[..., None], call: Any) -> None:
    add(call(at=NOON, listed=0))
    first = marks(db.connection)
    assert list(first) == [BUCKET]
    add(call(at=NOON, listed=0, status="free"))
    second = marks(db.connection)
    assert second[BUCKET] != first[BUCKET]
    assert marks(db.connection) == second
