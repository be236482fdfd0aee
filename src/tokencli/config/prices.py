"""Own prices in config.toml and prices.toml: `price = ...` of a model, read into OwnPrice values."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tokencli.config.document import as_list, as_table
from tokencli.config.keys import AMOUNTS
from tokencli.domain.charge import CostStatus
from tokencli.domain.money import Usd
from tokencli.domain.price import OwnPrice

if TYPE_CHECKING:
    from tokencli.config.document import Document

_KEYS = (*AMOUNTS, "effective_from", "disputed")
_WORDS = {"free": CostStatus.FREE, "subscription": CostStatus.SUBSCRIPTION}
_DEAREST = Decimal(1_000_000)
_WANTED = 'a price is { input = ..., output = ... } in dollars per million tokens, "free" or "subscription"'


def prices_of(document: Document, path: tuple[str, ...], provider: str | None, model: str) -> tuple[OwnPrice, ...]:
    """Return the prices at `path`, one or a list of dated ones, of a model.

    Raises:
        ConfigError: a value that is no price, with its line.
    """
    value: Any = document.values
    for key in path:
        value = value[key]
    entries = as_list(value)
    prices = tuple(
        _price_of(document, path, entry, (provider, model)) for entry in (entries if entries is not None else [value])
    )
    days = [price.effective_from for price in prices]
    if len(set(days)) < len(days):
        raise document.wrong(path, value, "two of its prices begin on the same day: give each its effective_from")
    return prices


def _price_of(document: Document, path: tuple[str, ...], entry: Any, whose: tuple[str | None, str]) -> OwnPrice:
    provider, model = whose
    if isinstance(entry, str) and entry.strip().lower() in _WORDS:
        status = _WORDS[entry.strip().lower()]
        return OwnPrice(provider_name=provider, model=model, source=document.source, status=status)
    fields = as_table(entry)
    if fields is None:
        raise document.wrong(path, entry, _WANTED)
    for key in document.unknown_keys(path, fields, _KEYS):
        raise document.wrong((*path, key), fields[key], f"a price has no such key: it has {', '.join(_KEYS)}")
    amounts: dict[str, Any] = {
        f"{key}_usd": _amount(document, path, key, fields[key]) for key in AMOUNTS if key in fields
    }
    if "input" not in fields:
        raise document.wrong(path, fields, "it needs at least an input price, in dollars per million tokens")
    return OwnPrice(
        provider_name=provider,
        model=model,
        source=document.source,
        effective_from=_day(document, path, fields.get("effective_from")),
        is_disputed=_claim(document, path, fields.get("disputed", False)),
        **amounts,
    )


def _amount(document: Document, path: tuple[str, ...], key: str, value: Any) -> Usd:
    is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    amount = Decimal(value) if is_number else Decimal("NaN")
    if not amount.is_finite() or not 0 <= amount <= _DEAREST:
        wanted = "a price is a number of dollars per million tokens, 0 or more"
        raise document.wrong((*path, key), value, wanted)
    return Usd(amount)


def _day(document: Document, path: tuple[str, ...], value: Any) -> date | None:
    if value is None:
        return None
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    if not isinstance(value, date) or isinstance(value, datetime):
        raise document.wrong((*path, "effective_from"), value, "it is a date such as 2026-06-01")
    return value


def _claim(document: Document, path: tuple[str, ...], value: Any) -> bool:
    if not isinstance(value, bool):
        raise document.wrong((*path, "disputed"), value, "it is true or false")
    return value
