"""A comparison of an invoice with the ledger, for tests of how it is shown."""

from __future__ import annotations

from datetime import UTC, date, datetime

from tokencli.domain.invoice import Cause, Cell, Gap, Invoice, InvoiceLine, Reconciliation, Side, State
from tokencli.domain.money import usd
from tokencli.domain.period import period_of
from tokencli.domain.usage import TokenUsage

DAY = date(2026, 11, 20)
PERIOD = period_of("2026-11-20", now=datetime(2026, 11, 20, tzinfo=UTC), zone="UTC")
UNEXPLAINED = (Gap(cause=Cause.UNEXPLAINED, amount=usd("2"), note="2 times the list"),)


def example(total: str = "10", gaps: tuple[Gap, ...] = UNEXPLAINED) -> Reconciliation:
    """Return an invoice of two lines, one of which differs by these gaps."""
    usage = TokenUsage(input_tokens=1000, output_tokens=10)
    there = Side(requests=1, usage=usage, total_tokens=1010, cost=usd("4"))
    here = Side(requests=1, usage=usage, total_tokens=1010, cost=usd("2"))
    cells = (
        Cell(day=DAY, model="gpt-4o", state=State.PRICED_DIFFERENTLY, there=there, here=here, gaps=gaps),
        Cell(day=DAY, model=None, state=State.MATCHED, there=Side(cost=usd("6")), here=Side(cost=usd("6"))),
    )
    lines = (InvoiceLine(day=DAY, model="gpt-4o", cost=usd("4")), InvoiceLine(day=DAY, item="<b>", cost=usd("6")))
    invoice = Invoice(path="bill<script>.csv", format="table", zone="UTC", lines=lines, skipped=1)
    return Reconciliation(invoice=invoice, period=PERIOD, total=usd(total), ours=usd("8"), cells=cells)
