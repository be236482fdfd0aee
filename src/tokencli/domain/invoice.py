"""Invoices: what somebody else says that calls cost, line by line, and how that compares with the ledger."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from tokencli.domain.errors import ImpossibleValueError
from tokencli.domain.money import ZERO, Usd, exact_sum
from tokencli.domain.report import check_sum

if TYPE_CHECKING:
    from datetime import date

    from tokencli.domain.period import Period
    from tokencli.domain.usage import TokenUsage

CENT = Usd(Decimal("0.01"))


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceLine:
    """One line: a day in the invoice's zone, and what was used or paid.

    `model` is None for what is no model's: a tool, a tax, a credit; `item` says what it is then. `cost` is None where
    the file tells counts alone. A credit is negative. `requests` and `usage` are None where they are not told;
    `total_tokens` is what a file tells that does not tell input and output apart.

    Raises:
        ImpossibleValueError: no day's worth of anything, or an amount that is not finite.
    """

    day: date
    provider_name: str | None = None
    model: str | None = None
    item: str | None = None
    service_tier: str | None = None
    requests: int | None = None
    usage: TokenUsage | None = None
    total_tokens: int | None = None
    cost: Usd | None = None

    def __post_init__(self) -> None:
        """Refuse what says nothing."""
        if self.cost is not None and not self.cost.is_finite():
            raise ImpossibleValueError(what="cost", value=self.cost, rule="it must be finite")
        for name in ("requests", "total_tokens"):
            if getattr(self, name) is not None:
                check_sum(name, getattr(self, name))
        if self.cost is None and self.usage is None and self.requests is None and self.total_tokens is None:
            raise ImpossibleValueError(what="an invoice's line", value=self.item, rule="it tells of something")


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """What one or several files of one kind tell. `zone` is the one in which its days are cut.

    `format` names the kind; `skipped` counts lines that tell of nothing.
    """

    path: str
    format: str
    zone: str
    lines: tuple[InvoiceLine, ...]
    skipped: int = 0


class State(StrEnum):
    """How a day of a model compares."""

    MATCHED = "matched"
    MISSING_HERE = "missing here"
    MISSING_THERE = "missing there"
    PRICED_DIFFERENTLY = "priced differently"
    COUNTED_DIFFERENTLY = "counted differently"


class Cause(StrEnum):
    """Why an invoice and the ledger differ, in words; UNEXPLAINED is what no evidence explains."""

    ROUNDING = "rounding"
    CENTS = "the file's amounts are cents, not dollars"
    DISCOUNT = "the same factor on every line"
    BATCH = "batch calls at half the price"
    REGION = "the surcharge for a region"
    LIST = "another price than the list's"
    UNPRICED = "calls whose price tokencli does not know"
    NOT_SEEN = "calls that did not come through tokencli"
    NOT_BILLED = "calls that the invoice does not have"
    CUT = "cut or estimated calls"
    PRIORITY = "the priority tier, which is not in cost reports"
    TOOLS = "tools that are billed apart"
    FEES = "taxes, fees and credits"
    UNEXPLAINED = "unexplained"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A part of the difference, invoice minus ledger in dollars, and its most likely cause; `note` has the evidence."""

    cause: Cause
    amount: Usd
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side of a comparison; `cost` is None where none is known."""

    requests: int | None = None
    usage: TokenUsage | None = None
    total_tokens: int | None = None
    cost: Usd | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One model on one day, on both sides; None for a side that has nothing of it. `gaps` add up to the difference."""

    day: date
    model: str | None
    state: State
    there: Side | None
    here: Side | None
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """An invoice against the ledger. `total` is the invoice's, `ours` the ledger's list cost of the same days.

    `is_valued` says that the file told no dollars, so that its counts were valued by the price list. `remarks` are
    sentences on the whole.
    """

    invoice: Invoice
    period: Period
    total: Usd
    ours: Usd
    cells: tuple[Cell, ...]
    is_valued: bool = False
    remarks: tuple[str, ...] = field(default_factory=tuple)

    @property
    def gaps(self) -> dict[Cause, Usd]:
        """Return the sums by cause, those that are nothing left out."""
        sums: dict[Cause, list[Usd]] = {}
        for cell in self.cells:
            for gap in cell.gaps:
                sums.setdefault(gap.cause, []).append(gap.amount)
        return {cause: exact_sum(amounts) for cause, amounts in sums.items()}

    @property
    def unexplained(self) -> Usd:
        """Return the dollars, of both signs and never set off against each other, that nothing explains."""
        return exact_sum(abs(gap.amount) for cell in self.cells for gap in cell.gaps if gap.cause is Cause.UNEXPLAINED)

    @property
    def explained_share(self) -> Decimal | None:
        """Return the share of the invoice that is explained, 0 to 1; None for an invoice of nothing."""
        if not self.total:
            return None if self.unexplained else Decimal(1)
        return max(Decimal(0), 1 - self.unexplained / abs(self.total))

    @property
    def is_explained(self) -> bool:
        """Say whether what is left is no more than a cent."""
        return self.unexplained <= CENT


def total_of(lines: tuple[InvoiceLine, ...]) -> Usd:
    """Return the sum of the lines' costs."""
    return exact_sum(line.cost or ZERO for line in lines)
