"""Picodollars by whole-number arithmetic alone: read from plain text, and written as dollars and cents.

The same figures as `Decimal` gives; it is for the plain way, on which nothing as large as `decimal` is loaded.
"""

from __future__ import annotations

_PLACES = 12
_UNIT = 1_000_000_000_000
_MOST_DIGITS = 15


def pico_of(text: str) -> int | None:
    """Return dollars written as digits with at most one point, such as "3" or "0.25"; None for any other text."""
    whole, point, part = text.partition(".")
    if not _is_number(whole) or len(whole) > _MOST_DIGITS or len(part) > _PLACES:
        return None
    if point and not (part.isascii() and part.isdigit()):
        return None
    return int(whole) * _UNIT + int(part.ljust(_PLACES, "0"))


def _is_number(digits: str) -> bool:
    """Say whether these are digits without a zero at their front, as TOML wants them."""
    return digits.isascii() and digits.isdigit() and (digits == "0" or digits[0] != "0")


def rounded(number: int, unit: int, places: int) -> str:
    """Return number / unit with so many decimals, half to even, thousands with a comma; for numbers of 0 or more."""
    steps, rest = divmod(number * 10**places, unit)
    steps += 2 * rest > unit or (2 * rest == unit and steps % 2)
    return _with_point(steps, places)


def cents(pico: int, *, is_lower_bound: bool = False) -> str:
    """Return picodollars (0 or more) as dollars and cents: "$1,234.50", "<$0.01", "≥ $1.23" for a lower bound."""
    step = _UNIT // 100
    if is_lower_bound:
        return f"≥ ${_with_point(pico // step, 2)}"
    return "<$0.01" if 0 < 2 * pico < step else f"${rounded(pico, _UNIT, 2)}"


def _with_point(steps: int, places: int) -> str:
    whole, part = divmod(steps, 10**places)
    return f"{whole:,}.{part:0{places}}" if places else f"{whole:,}"
