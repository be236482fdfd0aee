"""Each call is in the bin and the cell that its own figures name."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tokencli.domain.money import from_pico, usd
from tokencli.domain.overview import CostBin, HeatCell, SizeCell
from tokencli.domain.period import period_of
from tokencli.domain.report import EventFilter
from tokencli.store.queries import EVERYTHING
from tokencli.store.shapes import call_shapes, heat_cells

if TYPE_CHECKING:
    from collections.abc import Callable

    from tokencli.domain.period import Period
    from tokencli.store.database import Database

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
PICO = Decimal(10) ** -12


def today() -> Period:
    return period_of("today", now=NOW, zone="UTC")


@given(
    costs=st.lists(st.one_of(st.none(), st.integers(0, 2**63 - 1), st.integers(0, 200)), min_size=1, max_size=20),
    tokens=st.tuples(st.integers(0, 2**53), st.integers(0, 2**53)),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_bins_and_cells_hold_each_call_once(
    db: Database, fill: Any, call: Any, costs: list[int | None], tokens: tuple[int, int]
) -> None:
    with db.transaction() as connection:
        for table in ("event", "rollup", "facet"):
            connection.execute(f"DELETE FROM {table}")
        quarters = [NOW.replace(hour=number, minute=15) for number in range(20)]
        fill(
            connection,
            [
                call(at=at, listed=cost, tokens=(tokens[0], 0, 0, tokens[1], 0))
                for at, cost in zip(quarters, costs, strict=False)
            ],
        )
    found = call_shapes(db.connection, today(), EVERYTHING)
    known = [cost * PICO for cost in costs if cost is not None]
    for one in found.cost_bins:
        assert one.requests == sum(one.low <= cost < one.high for cost in known)
    assert sum(one.requests for one in found.cost_bins) == len(known)
    (cell,) = found.size_cells
    assert cell.requests == len(costs)
    for centre, exact in zip((cell.input_tokens, cell.output_tokens), tokens, strict=True):
        assert centre == exact if exact < 3 else exact / 1.6 < centre < exact * 1.6


def test_bins_follow_each_other_and_what_is_free_stands_apart(
    db: Database, add: Callable[..., None], call: Any
) -> None:
    add(*(call(at=NOW, listed=cost) for cost in (0, 3 * 10**9, 10**10, None)))
    bins = call_shapes(db.connection, today(), EVERYTHING).cost_bins
    assert bins == (
        CostBin(low=usd("0"), high=usd("1E-12"), requests=1),
        CostBin(low=usd("0.002"), high=usd("0.005"), requests=1),
        CostBin(low=usd("0.005"), high=usd("0.01"), requests=0),
        CostBin(low=usd("0.01"), high=usd("0.02"), requests=1),
    )


def test_calls_without_token_counts_are_in_no_cell(db: Database, add: Callable[..., None], call: Any) -> None:
    add(call(at=NOW, tokens=None, basis="missing", listed=None, status="unpriced"), call(at=NOW, model="a"))
    assert call_shapes(db.connection, today(), EVERYTHING).size_cells == (
        SizeCell(model="a", input_tokens=125, output_tokens=12, requests=1),
    )


def test_an_empty_period_has_no_bins_and_no_cells(db: Database) -> None:
    assert call_shapes(db.connection, today(), EVERYTHING) == ((), ())
    assert heat_cells(db.connection, today(), EVERYTHING) == ()


@pytest.mark.parametrize("days_around", [0, 30])
def test_only_calls_of_the_period_and_the_filter_are_counted(
    db: Database, add: Callable[..., None], call: Any, days_around: int
) -> None:
    far = NOW.replace(month=12, day=1 + days_around)
    add(call(at=NOW, model="a"), call(at=NOW, model="b"), call(at=far, model="a"))
    found = call_shapes(db.connection, today(), EventFilter(names={"model": ("a",)}))
    assert [(cell.model, cell.requests) for cell in found.size_cells] == [("a", 1)]


def test_heat_is_counted_in_the_hours_of_the_zone(db: Database, add: Callable[..., None], call: Any) -> None:
    monday_in_kolkata = datetime(2026, 11, 15, 19, 10, tzinfo=UTC)
    add(call(at=monday_in_kolkata, listed=7), call(at=monday_in_kolkata.replace(minute=29), listed=None))
    add(call(at=monday_in_kolkata.replace(minute=31), listed=1))
    month = period_of("month", now=NOW, zone="Asia/Kolkata")
    assert heat_cells(db.connection, month, EVERYTHING) == (
        HeatCell(weekday=0, hour=0, requests=2, list_cost=from_pico(7)),
        HeatCell(weekday=0, hour=1, requests=1, list_cost=from_pico(1)),
    )


def test_the_doubled_hour_of_the_night_is_one_cell(db: Database, add: Callable[..., None], call: Any) -> None:
    add(*(call(at=datetime(2026, 10, 25, hour, 30, tzinfo=UTC)) for hour in (0, 1)))
    day = period_of("2026-10-25", now=NOW, zone="Europe/Paris")
    counted = Counter({(cell.weekday, cell.hour): cell.requests for cell in heat_cells(db.connection, day, EVERYTHING)})
    assert counted == {(6, 2): 2}
