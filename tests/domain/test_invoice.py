"""An invoice's sums, and what of it is explained."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tokencli.domain.errors import ImpossibleValueError
from tokencli.domain.invoice import Cause, Cell, Gap, Invoice, InvoiceLine, Reconciliation, State, total_of
from tokencli.domain.money import usd
from tokencli.domain.period import period_of

DAY = date(2026, 11, 20)
PERIOD = period_of("2026-11-20", now=datetime(2026, 11, 20, tzinfo=UTC), zone="UTC")


def found(total: str, *gaps: Gap) -> Reconciliation:
    cell = Cell(day=DAY, model="m", state=State.MATCHED, there=None, here=None, gaps=gaps)
    invoice = Invoice(path="x", format="table", zone="UTC", lines=())
    return Reconciliation(invoice=invoice, period=PERIOD, total=usd(total), ours=usd("0"), cells=(cell,))


def test_unexplained_dollars_are_not_set_off_against_each_other() -> None:
    both = [Gap(cause=Cause.UNEXPLAINED, amount=usd(amount)) for amount in ("3", "-2")]
    seen = found("10", *both, Gap(cause=Cause.ROUNDING, amount=usd("0.001")))
    assert seen.unexplained == 5
    assert seen.explained_share == Decimal("0.5")
    assert seen.gaps == {Cause.UNEXPLAINED: 1, Cause.ROUNDING: usd("0.001")}
    assert not seen.is_explained


def test_a_cent_is_explained() -> None:
    assert found("10", Gap(cause=Cause.UNEXPLAINED, amount=usd("0.01"))).is_explained
    assert found("0").explained_share == 1
    assert found("0", Gap(cause=Cause.UNEXPLAINED, amount=usd("1"))).explained_share is None


def test_a_line_tells_of_something() -> None:
    assert total_of((InvoiceLine(day=DAY, cost=usd("2")), InvoiceLine(day=DAY, requests=1))) == 2
    with pytest.raises(ImpossibleValueError):
        InvoiceLine(day=DAY, model="m")
    with pytest.raises(ImpossibleValueError):
        InvoiceLine(day=DAY, requests=-1)
