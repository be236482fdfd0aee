"""Slices partition a period; whole quarters of an hour come from the sums, the rest from the calls themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tokencli.domain.period import Grain, Period, period_of
from tokencli.store.slices import EPOCH, Slice, cut, from_us, sums, to_us

if TYPE_CHECKING:
    from collections.abc import Callable

    from tokencli.store.database import Database

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
QUARTER_US = 900_000_000


def test_microseconds_and_times_are_the_same_thing() -> None:
    moment = datetime(2026, 11, 20, 1, 2, 3, 456789, tzinfo=UTC)
    assert from_us(to_us(moment)) == moment
    assert to_us(EPOCH - timedelta(microseconds=1)) == -1


def test_a_period_without_grains_is_one_slice() -> None:
    period = period_of("2026-11-20", now=NOW, zone="UTC")
    slices, labels = cut(period, [])
    assert slices == [Slice(start=to_us(period.start), end=to_us(period.end), buckets=())]
    assert labels == {}


def test_slices_follow_each_other_and_name_the_bucket_of_each_grain() -> None:
    period = period_of("2026-11", now=NOW, zone="Europe/Paris")
    slices, labels = cut(period, [Grain.WEEK, Grain.DAY])
    assert [one.start for one in slices[1:]] == [one.end for one in slices[:-1]]
    assert (slices[0].start, slices[-1].end) == (to_us(period.start), to_us(period.end))
    assert len(slices) == 30
    named = [(labels[Grain.WEEK][one.buckets[0]], labels[Grain.DAY][one.buckets[1]]) for one in slices]
    assert named[:2] == [("2026-W44", "2026-11-01"), ("2026-W45", "2026-11-02")]
    assert named[-1] == ("2026-W49", "2026-11-30")


def test_whole_quarters_are_read_from_the_sums_and_edges_from_the_calls(
    db: Database, add: Callable[..., None], call: Any
) -> None:
    start = datetime(2026, 11, 20, 10, tzinfo=UTC)
    add(*(call(at=start + timedelta(minutes=minute)) for minute in range(60)))
    with db.transaction() as connection:
        connection.execute("UPDATE rollup SET requests = 1000")
    period = Period(name="cut", start=start + timedelta(minutes=10), end=start + timedelta(minutes=50), zone="UTC")
    slices, _ = cut(period, [])
    found = list(sums(db.connection, slices, {1: 0}))
    assert sorted(one.requests for one in found) == [5, 5, 2000]
    within = Slice(start=slices[0].start, end=slices[0].start + 1, buckets=())
    assert [one.requests for one in sums(db.connection, [within], {1: 0})] == [1]


def test_facets_without_a_group_do_not_count(db: Database, add: Callable[..., None], call: Any) -> None:
    add(call(at=NOW, model="a"), call(at=NOW, model="b"))
    (slices, _) = cut(period_of("2026-11-20", now=NOW, zone="UTC"), [])
    assert [(one.group, one.requests) for one in sums(db.connection, slices, {2: 7})] == [(7, 1)]
