"""Money: whole picodollars in storage, Decimal in memory, a plain string outside; floats never.

1 picodollar is 1e-12 USD, so a price of $0.01 per million tokens is 10,000 picodollars a token
and every sum of calls is an integer sum: exact, and the same in every order.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation, localcontext
from typing import TYPE_CHECKING, NewType

from tokencli.domain.errors import ImpossibleValueError

if TYPE_CHECKING:
    from collections.abc import Iterable

Usd = NewType("Usd", Decimal)
Pico = NewType("Pico", int)

PICO_PER_USD = 10**12
PICO_PER_MICRO = 10**6
MAX_PICO = 2**63 - 1
_DIGITS = 60
_LARGEST_EXPONENT = 7
ZERO = Usd(Decimal(0))


def usd(value: str | int | Decimal) -> Usd:
    """Return dollars from a string, int or Decimal; raise ImpossibleValueError for floats, NaN and infinities."""
    if isinstance(value, (bool, float)):
        raise ImpossibleValueError(
            what="an amount of money", value=value, rule="it must not pass through binary fractions"
        )
    try:
        amount = Decimal(value)
    except InvalidOperation:
        raise ImpossibleValueError(what="an amount of money", value=value, rule="it must be a decimal number") from None
    if not amount.is_finite():
        raise ImpossibleValueError(what="an amount of money", value=value, rule="it must be finite")
    return Usd(amount)


def check_cost(what: str, amount: object) -> None:
    """Raise ImpossibleValueError unless the amount is a Decimal that is finite and not negative."""
    if not isinstance(amount, Decimal):
        raise ImpossibleValueError(what=what, value=amount, rule="money is a Decimal, never a binary fraction")
    if not amount.is_finite():
        raise ImpossibleValueError(what=what, value=amount, rule="it must be finite")
    if amount < 0:
        raise ImpossibleValueError(what=what, value=amount, rule="a cost is not negative")


def exact_sum(amounts: Iterable[Decimal]) -> Usd:
    """Return the sum, the same in every order: up to 60 digits are kept where Decimal itself keeps 28."""
    with localcontext(prec=_DIGITS):
        return Usd(sum(amounts, Decimal(0)))


def exact_product(quantity: int, unit_price: Decimal) -> Usd:
    """Return quantity x unit price with up to 60 digits."""
    with localcontext(prec=_DIGITS):
        return Usd(quantity * unit_price)


def to_pico(amount: Decimal) -> Pico:
    """Return dollars as whole picodollars, half to even; raise ImpossibleValueError when they do not fit 63 bits."""
    if not amount.is_finite():
        raise ImpossibleValueError(what="an amount of money", value=amount, rule="it must be finite")
    # The exponent first: int(Decimal("1e999999999")) would fill the memory before it could be compared.
    if amount.adjusted() < _LARGEST_EXPONENT:
        with localcontext(prec=_DIGITS):
            pico = int((amount * PICO_PER_USD).to_integral_value(rounding="ROUND_HALF_EVEN"))
        if abs(pico) <= MAX_PICO:
            return Pico(pico)
    raise ImpossibleValueError(what="an amount of money", value=amount, rule="it must be below 9.2 million dollars")


def from_pico(pico: int) -> Usd:
    """Return whole picodollars as exact dollars."""
    with localcontext(prec=_DIGITS):
        return Usd(Decimal(pico) / PICO_PER_USD)


def plain(amount: Decimal) -> str:
    """Return dollars as a string without exponent and without trailing zeros: "0.0105", "3"."""
    text = f"{amount:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text
