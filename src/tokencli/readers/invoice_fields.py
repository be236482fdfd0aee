"""Fields of invoices: days, exact dollars, counts, as exports write them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from tokencli.domain.errors import InputError
from tokencli.domain.money import Usd
from tokencli.domain.usage import MAX_COUNT, TokenUsage

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

_MOST_USD: Final = Decimal(10**9)
_LONGEST_WORDS: Final = 200
_ISO_DAY: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_US_DAY: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?:\D.*)?")
_COMMA_DECIMALS: Final = re.compile(r"-?\d{1,3}(?:\.\d{3})+,\d+|-?\d+,\d{1,2}|-?\d+,\d{4,}")
_POINT_THOUSANDS: Final = re.compile(r"\d{1,3}(?:\.\d{3})+")
_SIGNS: Final = str.maketrans({"$": "", "\u00a0": "", " ": "", "_": "", "\u202f": "", "'": ""})


class BrokenInvoiceError(InputError):
    """A file that is no invoice, or a line of it that cannot be read."""

    def __init__(self, path: str, why: str) -> None:
        """Name the file and what is wrong."""
        super().__init__(f"{path}: {why}")


class OtherCurrencyError(InputError):
    """An invoice in a currency that the ledger does not have."""

    def __init__(self, path: str, currency: str) -> None:
        """Name both."""
        super().__init__(f"{path} is in {currency[:12]!r}, and the ledger is in dollars: export it in USD.")


class FieldError(ValueError):
    """A value of an invoice that cannot be; its text says why in a few words."""


def dollars(value: object, *, cents: bool = False) -> Usd | None:
    """Return an exact amount; None for nothing. "1,234.56", "$5", "(3.20)" and "1.234,56" are amounts.

    Raises:
        FieldError: it is none.
    """
    if value is None or value == "":
        return None
    if isinstance(value, bool | float):
        raise FieldError(str(value))
    amount = value if isinstance(value, Decimal) else _amount(str(value))
    if not amount.is_finite() or amount.copy_abs() > _MOST_USD:
        raise FieldError(str(value)[:40])
    return Usd(amount.scaleb(-2) if cents else amount)


def _amount(text: str) -> Decimal:
    plain = text.strip().translate(_SIGNS).removesuffix("USD").removeprefix("USD").strip()
    if plain.startswith("(") and plain.endswith(")"):
        plain = f"-{plain[1:-1]}"
    if _COMMA_DECIMALS.fullmatch(plain):
        plain = plain.replace(".", "").replace(",", ".")
    try:
        return Decimal(plain.replace(",", ""))
    except InvalidOperation:
        raise FieldError(text[:40]) from None


def count(value: object) -> int | None:
    """Return a whole count; None for nothing. "1,234", "1.234" and 12.0 are counts.

    Raises:
        FieldError: it is none.
    """
    if isinstance(value, str) and _POINT_THOUSANDS.fullmatch(value.strip()):
        value = value.replace(".", "")
    amount = None if isinstance(value, bool) else dollars(Decimal(str(value)) if isinstance(value, float) else value)
    if amount is None:
        if isinstance(value, bool):
            raise FieldError(str(value))
        return None
    if amount != amount.to_integral_value() or not 0 <= amount <= MAX_COUNT:
        raise FieldError(str(value)[:40])
    return int(amount)


def words(value: object) -> str | None:
    """Return a name of a sane length, None for nothing; half a surrogate pair, which JSON can spell, is replaced."""
    return None if value is None else str(value).strip()[:_LONGEST_WORDS].encode("utf-8", "replace").decode() or None


def day_of(value: object, zone: tzinfo) -> date:
    """Return the day of a time: epoch seconds, ISO 8601, or a date; a time is seen in `zone`, a date stays.

    Raises:
        FieldError: it is none of these.
    """
    text = str(value).strip()
    try:
        if isinstance(value, int | Decimal) or (text.isascii() and text.isdigit() and len(text) > len("20261120")):
            seconds = int(text)
            return datetime.fromtimestamp(seconds // (1000 if seconds > 10**11 else 1), tz=UTC).astimezone(zone).date()
        if match := _US_DAY.fullmatch(text):
            return date(int(match[3]), int(match[1]), int(match[2]))
        match = _ISO_DAY.match(text)
        if match is None:
            raise FieldError(text[:40])
        day = date(int(match[1]), int(match[2]), int(match[3]))
        if len(text) <= len("2026-11-20"):
            return day
        moment = datetime.fromisoformat(text.replace(" UTC", "+00:00"))
        return moment.astimezone(zone).date() if moment.tzinfo else day
    except (ValueError, OverflowError, OSError):
        raise FieldError(text[:40]) from None


def usage_of(counts: Mapping[str, int | None]) -> TokenUsage | None:
    """Return counts by TokenUsage's names; None when none of them is told. Parts above their whole are marked."""
    told = {name: value for name, value in counts.items() if value is not None}
    if not told:
        return None
    values: dict[str, Any] = dict(told)
    usage = TokenUsage(**values, inconsistent=True)
    return usage if usage.contradictions() else TokenUsage(**values)
