"""Every planted difference between an invoice and the ledger gets its cause, and where all agrees there is none."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tokencli.domain.event import EventId, Finish, UsageEvent
from tokencli.domain.invoice import Cause, Invoice, InvoiceLine, Reconciliation, State
from tokencli.domain.money import Usd, usd
from tokencli.domain.usage import Basis, TokenUsage
from tokencli.readers.invoice import read_invoice
from tokencli.services.reconcile import model_key, reconcile
from tokencli.services.record import record
from tokencli.store.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cost_logs import Shop

DAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
# gpt-4o costs $2.50 a million tokens in and $10 out.
IN, OUT = Decimal("2.5"), Decimal(10)


@pytest.fixture
def called(shop: Shop) -> Callable[..., None]:
    """Return a function that records a call: (input tokens, output tokens, hours after noon, what else is told)."""
    numbers = count(1)

    def called(into: int, out: int = 0, hours: float = 0, **told: Any) -> None:
        values: dict[str, Any] = {
            "event_id": EventId(f"abcdef012345.{next(numbers)}"),
            "occurred_at": NOON + timedelta(hours=hours),
            "source": "proxy",
            "basis": Basis.REPORTED,
            "provider_name": "openai",
            "request_model": "gpt-4o",
            "usage": TokenUsage(input_tokens=into, output_tokens=out),
        }
        with shop.database.transaction() as connection:
            record(Ledger(connection), shop.book, UsageEvent(**(values | told)))

    return called


def worth(into: int, out: int = 0) -> Usd:
    return Usd((into * IN + out * OUT) / 1_000_000)


def line(into: int | None = None, out: int = 0, cost: Usd | None = None, days: int = 0, **told: Any) -> InvoiceLine:
    usage = None if into is None else TokenUsage(input_tokens=into, output_tokens=out)
    values: dict[str, Any] = {
        "day": DAY + timedelta(days=days),
        "provider_name": "openai",
        "model": "gpt-4o-2024-08-06",
        "usage": usage,
        "cost": cost,
        **told,
    }
    return InvoiceLine(**values)


def compared(shop: Shop, *lines: InvoiceLine) -> Reconciliation:
    return reconcile(shop.database, shop.book, Invoice(path="x", format="table", zone="UTC", lines=lines))


def balanced(found: Reconciliation) -> None:
    """Check that each day's gaps are its difference to the last digit."""
    for cell in found.cells:
        there, here = (side.cost or Decimal(0) if side else Decimal(0) for side in (cell.there, cell.here))
        assert sum(gap.amount for gap in cell.gaps) == there - here


def test_where_everything_agrees_there_is_no_gap(shop: Shop, called: Callable[..., None]) -> None:
    called(1_000_000, 50_000)
    called(2_000_000, hours=24)
    found = compared(shop, line(1_000_000, 50_000, worth(1_000_000, 50_000)), line(2_000_000, 0, worth(2_000_000), 1))
    assert [cell.state for cell in found.cells] == [State.MATCHED, State.MATCHED]
    assert found.gaps == {}
    assert found.unexplained == 0
    assert found.explained_share == 1
    assert found.is_explained


def test_cents_of_rounding_are_no_difference(shop: Shop, called: Callable[..., None]) -> None:
    called(123_456, 789)
    found = compared(shop, line(cost=usd(str(worth(123_456, 789).quantize(Decimal("0.01"))))))
    assert list(found.gaps) == [Cause.ROUNDING]
    assert found.is_explained
    balanced(found)


@pytest.mark.parametrize(
    ("there", "told", "cause", "state"),
    [
        ((2_000_000, 0), {}, Cause.NOT_SEEN, State.COUNTED_DIFFERENTLY),
        ((400_000, 0), {}, Cause.NOT_BILLED, State.COUNTED_DIFFERENTLY),
        (
            (1_000_000, 70_000),
            {"basis": Basis.PARTIAL, "finish": Finish.TRUNCATED},
            Cause.CUT,
            State.COUNTED_DIFFERENTLY,
        ),
    ],
)
def test_other_counts_are_valued_by_the_list(
    shop: Shop, called: Callable[..., None], there: tuple[int, int], told: Any, cause: Cause, state: State
) -> None:
    called(1_000_000, **told)
    found = compared(shop, line(*there, worth(*there)))
    assert list(found.gaps) == [cause]
    assert found.cells[0].state is state
    assert found.gaps[cause] == worth(*there) - worth(1_000_000)
    balanced(found)


@pytest.mark.parametrize(("factor", "cause"), [("0.5", Cause.BATCH), ("1.1", Cause.REGION), ("1.37", Cause.LIST)])
def test_the_same_counts_at_another_price(shop: Shop, called: Callable[..., None], factor: str, cause: Cause) -> None:
    called(1_000_000)
    found = compared(shop, line(1_000_000, 0, Usd(worth(1_000_000) * Decimal(factor))))
    assert (list(found.gaps), found.cells[0].state) == ([cause], State.PRICED_DIFFERENTLY)
    balanced(found)


def test_one_factor_on_every_day_is_a_discount(shop: Shop, called: Callable[..., None]) -> None:
    for days in range(5):
        called(1_000_000 * (days + 1), hours=24 * days)
    lines = [line(cost=Usd(worth(1_000_000 * (days + 1)) * Decimal("0.8")), days=days) for days in range(5)]
    found = compared(shop, *lines)
    assert found.gaps == {Cause.DISCOUNT: worth(15_000_000) * Decimal("-0.2")}
    assert found.is_explained
    assert "0.8 times the list on 5 of 5 lines" in found.cells[0].gaps[0].note
    balanced(found)


def test_cents_that_were_read_as_dollars(shop: Shop, called: Callable[..., None]) -> None:
    called(1_000_000)
    found = compared(shop, line(cost=Usd(worth(1_000_000) * 100)))
    assert list(found.gaps) == [Cause.CENTS]
    balanced(found)


def test_what_one_side_does_not_have(shop: Shop, called: Callable[..., None]) -> None:
    called(1_000_000)
    called(500_000, hours=24)
    found = compared(
        shop,
        line(1_000_000, 0, worth(1_000_000)),
        line(cost=usd("3"), model="gpt-5", days=2),
        line(cost=usd("1.25"), model=None, item="Web search tool calls"),
        line(cost=usd("-2"), model=None, item="Promotional credit"),
        line(cost=usd("0.4"), model=None, item="mystery"),
    )
    assert found.gaps == {
        Cause.NOT_SEEN: 3,
        Cause.NOT_BILLED: -worth(500_000),
        Cause.TOOLS: usd("1.25"),
        Cause.FEES: -2,
        Cause.UNEXPLAINED: usd("0.4"),
    }
    assert found.unexplained == usd("0.4")
    assert not found.is_explained
    balanced(found)


def test_dollars_alone_that_differ_are_not_explained_away(shop: Shop, called: Callable[..., None]) -> None:
    called(1_000_000)
    found = compared(shop, line(cost=Usd(worth(1_000_000) + usd("0.77"))))
    assert found.gaps == {Cause.UNEXPLAINED: usd("0.77")}
    balanced(found)


def test_more_calls_there_are_calls_that_were_not_seen(shop: Shop, called: Callable[..., None]) -> None:
    for _ in range(4):
        called(1_000_000)
    found = compared(shop, line(cost=worth(6_000_000), requests=6))
    assert found.gaps == {Cause.NOT_SEEN: worth(2_000_000)}
    balanced(found)


def test_unpriced_calls_are_named(shop: Shop, called: Callable[..., None]) -> None:
    called(1_000_000, request_model="nobody-sells-it")
    found = compared(shop, line(cost=usd("4"), model="nobody-sells-it"))
    assert found.gaps == {Cause.UNPRICED: 4}


def test_counts_without_dollars_are_valued(shop: Shop, called: Callable[..., None]) -> None:
    called(1_000_000)
    found = compared(shop, line(3_000_000, 0))
    assert (found.is_valued, found.total) == (True, worth(3_000_000))
    assert found.gaps == {Cause.NOT_SEEN: worth(2_000_000)}


def test_free_calls_are_in_no_invoice(shop: Shop, called: Callable[..., None]) -> None:
    called(1_000_000)
    called(0, usage=None, basis=Basis.MISSING, finish=Finish.ERROR, error_type="overloaded")
    found = compared(shop, line(cost=worth(1_000_000), requests=1))
    assert found.cells[0].state is State.MATCHED


def test_days_of_another_zone_are_noticed(shop: Shop, called: Callable[..., None]) -> None:
    for days in range(6):
        called(1_000_000 * (days * days + 1), hours=24 * days + 15)  # 03:00 UTC of the next day, 19:00 in Los Angeles
    lines = [line(cost=worth(1_000_000 * (days * days + 1)), days=days) for days in range(6)]
    (remark,) = compared(shop, *lines).remarks
    assert remark.endswith("when they are cut in America/Los_Angeles: run it with --tz America/Los_Angeles.")


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("claude-sonnet-4-5-20250929", "claude-sonnet-4-5"),
        ("anthropic/claude-sonnet-4-5", "claude-sonnet-4-5"),
        ("gpt-4o-2024-08-06", "gpt-4o"),
        ("models/gemini-2.5-flash", "gemini-2.5-flash"),
        ("mistral-large-2411", "mistral-large"),
        (None, None),
    ],
)
def test_models_are_the_same_without_their_dates(name: str | None, key: str | None) -> None:
    assert model_key(name) == key


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(st.integers(1, 1_000_000), min_size=1, max_size=6))
def test_how_lines_are_cut_changes_nothing(shop: Shop, called: Callable[..., None], parts: list[int]) -> None:
    del called
    whole = compared(shop, line(sum(parts), 0, worth(sum(parts))))
    cut = compared(shop, *(line(part, 0, worth(part)) for part in parts))
    assert (cut.total, cut.gaps, cut.unexplained) == (whole.total, whole.gaps, whole.unexplained)
    balanced(cut)


def test_an_anthropic_cost_report_is_read_in_cents(shop: Shop, called: Callable[..., None]) -> None:
    called(2_000_000, request_model="claude-sonnet-4-5", provider_name="anthropic")
    result = {"amount": "600.0", "currency": "USD", "model": "claude-sonnet-4-5-20250929", "description": "Input"}
    page = {"data": [{"starting_at": "2026-11-20T00:00:00Z", "ending_at": "2026-11-21T00:00:00Z", "results": [result]}]}
    invoice = read_invoice("a.json", json.dumps(page | {"has_more": False}).encode(), zone="Asia/Tokyo")
    found = reconcile(shop.database, shop.book, invoice)
    assert found.total == 6
    assert found.period.zone == "UTC"


def test_the_priority_tier_is_in_no_cost_report(shop: Shop, called: Callable[..., None]) -> None:
    usage = TokenUsage(input_tokens=1_000_000, service_tier="priority")
    called(0, usage=usage)
    called(1_000_000)
    invoice = Invoice(path="x", format="anthropic-costs", zone="UTC", lines=(line(cost=worth(1_000_000)),))
    found = reconcile(shop.database, shop.book, invoice)
    assert list(found.gaps) == [Cause.PRIORITY]
    assert found.is_explained
    balanced(found)
