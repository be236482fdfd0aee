"""A report is what a plain sum over the calls gives, in every zone and across both changes of the clocks."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tokencli.domain.period import Grain, Period, period_of
from tokencli.domain.report import EventFilter, Totals
from tokencli.store.queries import notices, report, reports, span
from tokencli.store.schema import SCHEMA_FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tokencli.store.database import Database

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ZONES = ("Europe/Paris", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "UTC")
# Clocks change in Paris (29 March, 25 October), New York (8 March, 1 November), Lord Howe (5 April, 4 October);
# Apia had no 30 December 2011.
MOMENTS = tuple(
    datetime.fromisoformat(f"{day}T00:00+00:00")
    for day in ("2026-03-29", "2026-10-25", "2026-03-08", "2026-11-01", "2026-04-04", "2026-10-03", "2011-12-30")
)
SCHEMA = SCHEMA_FILE.read_text(encoding="utf-8")


def day_period(day: str, zone: str = "UTC") -> Period:
    return period_of(day, now=NOW, zone=zone)


def naive_totals(calls: Iterable[Any]) -> Totals:
    known = list(calls)
    priced = [one.listed for one in known if one.status != "unpriced"]
    said = [one.reported for one in known if one.reported is not None]
    tokens = [sum((one.tokens or (0,) * 5)[place] for one in known) for place in range(5)]
    pico = Decimal(10) ** -12

    def count(name: str, value: str) -> int:
        return sum(getattr(one, name) == value for one in known)

    return Totals(
        requests=len(known),
        errors=count("finish", "error"),
        input_tokens=tokens[0],
        cache_read_tokens=tokens[1],
        cache_write_tokens=tokens[2],
        output_tokens=tokens[3],
        reasoning_tokens=tokens[4],
        list_cost=sum(priced) * pico if priced or not known else None,
        reported_cost=sum(said) * pico if said else None,
        priced_requests=count("status", "priced"),
        unpriced_requests=count("status", "unpriced"),
        subscription_requests=count("status", "subscription"),
        free_requests=count("status", "free"),
        estimated_requests=count("basis", "estimated"),
        partial_requests=count("basis", "partial"),
        missing_requests=sum(one.basis == "missing" and one.status != "free" for one in known),
    )


@st.composite
def call_fields(draw: st.DrawFn) -> dict[str, Any]:
    minutes = draw(st.integers(-3 * 24 * 60, 3 * 24 * 60))
    moment = draw(st.sampled_from(MOMENTS)) + timedelta(minutes=minutes, microseconds=draw(st.sampled_from((0, 1, -1))))
    status, listed = draw(
        st.sampled_from((("priced", 1), ("priced", 10**17), ("free", 0), ("subscription", 0), ("unpriced", None)))
    )
    basis = draw(st.sampled_from(("reported", "estimated", "partial", "missing")))
    return {
        "at": moment,
        "provider": draw(st.sampled_from(("openai", "gemini", None))),
        "model": draw(st.sampled_from(("a", "b", None))),
        "basis": basis,
        "status": status,
        "finish": draw(st.sampled_from(("ok", "error"))),
        "tokens": None if basis == "missing" else draw(st.tuples(*[st.integers(0, 2**53)] * 5)),
        "listed": listed,
        "reported": draw(st.sampled_from((None, 0, 7, 2 * 10**17))),
    }


@st.composite
def periods(draw: st.DrawFn) -> Period:
    zone, near = draw(st.sampled_from(ZONES)), draw(st.sampled_from(MOMENTS))
    if draw(st.booleans()):
        name = draw(st.sampled_from(("today", "week", "month", "24h", "7d")))
        week_start = draw(st.sampled_from((0, 6)))
        return period_of(
            name, now=near + timedelta(minutes=draw(st.integers(0, 1440))), zone=zone, week_start=week_start
        )
    start = near + timedelta(seconds=draw(st.integers(-200_000, 200_000)))
    return Period(name="cut", start=start, end=start + timedelta(microseconds=draw(st.integers(1, 10**12))), zone=zone)


@given(
    fields=st.lists(call_fields(), max_size=30),
    period=periods(),
    grains=st.lists(st.sampled_from(list(Grain)), unique=True, max_size=3),
)
@settings(max_examples=100, deadline=None)
def test_time_rows_are_the_sums_of_their_buckets(
    call: Callable[..., Any], fill: Callable[..., None], fields: Any, period: Period, grains: list[Grain]
) -> None:
    calls = [call(**one) for one in fields]
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.executescript(SCHEMA)
        fill(connection, calls)
        found = report(connection, period, [grain.value for grain in grains])
    counted = [one for one in calls if period.contains(one.at)]
    assert found.totals == naive_totals(counted)
    expected: defaultdict[tuple[str | None, ...], list[Any]] = defaultdict(list)
    buckets = {grain: list(period.buckets(grain)) for grain in grains}

    def key_at(moment: datetime) -> tuple[str | None, ...]:
        return tuple(
            next(bucket.label for bucket in buckets[grain] if bucket.start <= moment < bucket.end) for grain in grains
        )

    for grain in grains:
        for bucket in buckets[grain]:
            expected[key_at(bucket.start)] += []
    for one in counted:
        expected[key_at(one.at)].append(one)
    expected = expected or defaultdict(list, {(): counted})
    assert {tuple(row.key.values()): row.totals for row in found.rows} == {
        key: naive_totals(some) for key, some in expected.items()
    }
    assert len(found.rows) == len(expected)


@given(fields=st.lists(call_fields(), max_size=30), period=periods())
@settings(max_examples=30, deadline=None)
def test_several_reports_of_one_reading_are_those_of_several_readings(
    call: Callable[..., Any], fill: Callable[..., None], fields: Any, period: Period
) -> None:
    groupings = [("day",), ("model", "hour"), ("provider", "status"), (), ("basis",), ("week", "model")]
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.executescript(SCHEMA)
        fill(connection, [call(**one) for one in fields])
        assert reports(connection, period, groupings) == [report(connection, period, one) for one in groupings]


def test_rows_without_calls_are_zero_for_time_alone(db: Database, add: Callable[..., None], call: Any) -> None:
    add(call(at=datetime(2026, 11, 18, 5, tzinfo=UTC)))
    week = period_of("2026-W47", now=NOW, zone="UTC")
    with db.reading() as connection:
        by_day = report(connection, week, ["day"])
        by_day_model = report(connection, week, ["day", "model"])
    assert [row.totals.requests for row in by_day.rows] == [0, 0, 1, 0, 0, 0, 0]
    assert [dict(row.key) for row in by_day_model.rows] == [{"day": "2026-11-18", "model": "gpt-4o"}]


def test_names_are_ordered_by_cost_then_calls_then_name(db: Database, add: Callable[..., None], call: Any) -> None:
    at = datetime(2026, 11, 20, 5, tzinfo=UTC)
    add(
        call(at=at, model="cheap", listed=1),
        call(at=at, model="b-same", listed=5),
        call(at=at, model="a-same", listed=5),
        call(at=at, model="dear", listed=9),
        call(at=at, model="unknown", status="unpriced", listed=None),
        call(at=at, model=None, status="unpriced", listed=None),
        call(at=at, model="often", listed=3),
        call(at=at, model="often", listed=2),
    )
    rows = report(db.connection, day_period("2026-11-20"), ["model"]).rows
    assert [row.key["model"] for row in rows] == ["dear", "often", "a-same", "b-same", "cheap", "unknown", None]


def test_time_comes_first_in_mixed_rows(db: Database, add: Callable[..., None], call: Any) -> None:
    add(
        call(at=datetime(2026, 11, 19, 5, tzinfo=UTC), model="small", listed=1),
        call(at=datetime(2026, 11, 20, 5, tzinfo=UTC), model="large", listed=9),
        call(at=datetime(2026, 11, 19, 6, tzinfo=UTC), model="large", listed=9),
    )
    rows = report(db.connection, day_period("2026-11"), ["model", "day"]).rows
    assert [tuple(row.key.items()) for row in rows] == [
        (("model", "large"), ("day", "2026-11-19")),
        (("model", "small"), ("day", "2026-11-19")),
        (("model", "large"), ("day", "2026-11-20")),
    ]


def test_both_hours_of_the_night_are_told_apart(db: Database, add: Callable[..., None], call: Any) -> None:
    add(*(call(at=datetime(2026, 10, 25, hour, 30, tzinfo=UTC)) for hour in (0, 1, 1)))
    rows = report(db.connection, day_period("2026-10-25", "Europe/Paris"), ["hour"]).rows
    assert len(rows) == 25
    assert [(row.key["hour"], row.totals.requests) for row in rows if row.totals.requests] == [
        ("2026-10-25T02:00+02:00", 1),
        ("2026-10-25T02:00+01:00", 2),
    ]


def test_the_answering_model_counts_before_the_asked_one(db: Database, add: Callable[..., None], call: Any) -> None:
    add(call(at=NOW, model="gpt-4o", response_model="gpt-4o-2024-08-06"))
    (row,) = report(db.connection, day_period("2026-11-20"), ["model"]).rows
    assert row.key["model"] == "gpt-4o-2024-08-06"


def test_every_dimension_has_its_label(db: Database, add: Callable[..., None], call: Any) -> None:
    add(call(at=NOW, session="s1", project="p1", agent="neo", client="cli", tags={"team": "red"}))
    names = ["provider", "session", "source", "project", "agent", "client", "basis", "status", "tag:team", "tag:other"]
    (row,) = report(db.connection, day_period("2026-11-20"), names).rows
    assert list(row.key.items()) == list(
        zip(names, ["openai", "s1", "cost-line", "p1", "neo", "cli", "reported", "priced", "red", None], strict=True)
    )


def test_filters_choose_calls(db: Database, add: Callable[..., None], call: Any) -> None:
    add(call(at=NOW, model="gpt-4o"), call(at=NOW, model="o3"), call(at=NOW, model=None))
    found = report(db.connection, day_period("2026-11-20"), [], EventFilter(names={"model": ("GPT-*",)}))
    assert found.totals.requests == 1


def test_sums_beyond_63_bits_stay_exact(db: Database, add: Callable[..., None], call: Any) -> None:
    largest = 2**63 - 1
    add(*(call(at=NOW + timedelta(hours=hour), listed=largest, reported=largest) for hour in range(3)))
    totals = report(db.connection, day_period("2026-11-20"), []).totals
    assert totals.list_cost == totals.reported_cost == Decimal(3 * largest).scaleb(-12)


def test_an_empty_ledger_has_no_span_and_zero_totals(db: Database) -> None:
    assert span(db.connection) is None
    assert report(db.connection, day_period("2026-11-20"), ["model"]).rows == ()
    assert report(db.connection, day_period("2026-11-20"), []).totals == Totals()


def test_span_is_the_first_and_the_last_call(db: Database, add: Callable[..., None], call: Any) -> None:
    first, last = datetime(2025, 1, 2, 3, 4, 5, 678901, tzinfo=UTC), NOW
    add(call(at=last), call(at=first))
    assert span(db.connection) == (first, last)


def test_notices_are_counted_by_kind_in_their_period(db: Database) -> None:
    inside = 1_763_596_800_000_000 + 365 * 86_400_000_000
    rows = [
        (1, inside, "timeout", "openai", None),
        (2, inside, "timeout", "openai", None),
        (3, None, "no_usage", "anthropic", "claude"),
        (4, inside - 86_400_000_000, "timeout", "openai", None),
    ]
    with db.transaction() as connection:
        connection.executemany("INSERT INTO notice VALUES (?, ?, ?, ?, ?)", rows)
    found = notices(db.connection, day_period("2026-11-20"))
    assert [(one.code, one.model, one.count) for one in found] == [("timeout", None, 2), ("no_usage", "claude", 1)]
