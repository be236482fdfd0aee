"""The causes are tested with whole comparisons, in test_reconcile; here is what they must not do."""

from __future__ import annotations

from datetime import date

from tokencli.domain.invoice import Cause, InvoiceLine, Side, State
from tokencli.domain.money import usd
from tokencli.pricing.book import PriceBook
from tokencli.services.reconcile_causes import judged


def line(item: str | None) -> InvoiceLine:
    return InvoiceLine(day=date(2026, 11, 20), item=item, cost=usd("1"))


def test_lines_without_a_model_are_told_apart_by_their_words() -> None:
    items = ("Code execution", "VAT 19 %", "Volume discount", "???", None)
    lines = [line(item) for item in items]
    state, gaps = judged(lines, Side(cost=usd("5")), None, PriceBook())
    assert state is State.MISSING_HERE
    assert [gap.cause for gap in gaps] == [Cause.TOOLS, Cause.FEES, Cause.FEES, Cause.UNEXPLAINED, Cause.UNEXPLAINED]
