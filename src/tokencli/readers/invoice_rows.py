"""Rows with names: a line of a CSV file, or a flat JSON object, as one line of an invoice.

The names are those of OpenAI's and Anthropic's consoles, OpenRouter's activity, LiteLLM's SpendLogs, and what people
call such columns themselves.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tokencli.domain.invoice import InvoiceLine
from tokencli.domain.providers import canonical_provider
from tokencli.readers.invoice_fields import FieldError, count, day_of, dollars, usage_of, words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

    from tokencli.domain.money import Usd
    from tokencli.domain.usage import TokenUsage

Row = dict[str, object]
_NO_LETTERS: Final = re.compile(r"[^a-z0-9]+")
_DAY: Final = (
    *("date", "day", "usage_date_utc", "usage_date", "start_time_iso", "start_time", "starting_at", "starttime"),
    *("created_at", "timestamp", "time", "bucket_start", "period_start"),
)
_MODEL: Final = ("model", "model_version", "model_name", "model_permaslug", "model_id", "snapshot_id")
_PROVIDER: Final = ("provider", "provider_name", "custom_llm_provider")
_REQUESTS: Final = ("requests", "num_model_requests", "n_requests", "num_requests", "request_count", "calls")
_INPUT: Final = ("input_tokens", "prompt_tokens", "tokens_prompt", "n_context_tokens_total", "context_tokens", "input")
_UNCACHED: Final = ("uncached_input_tokens", "usage_input_tokens_no_cache", "input_tokens_no_cache")
_CACHE_READ: Final = (
    *("cache_read_input_tokens", "input_cached_tokens", "usage_input_tokens_cache_read", "cache_read_tokens"),
    *("cached_input_tokens", "cached_tokens"),
)
_WRITE_5M: Final = (
    "usage_input_tokens_cache_write_5m",
    "cache_creation_ephemeral_5m_input_tokens",
    "cache_write_5m_tokens",
)
_WRITE_1H: Final = (
    "usage_input_tokens_cache_write_1h",
    "cache_creation_ephemeral_1h_input_tokens",
    "cache_write_1h_tokens",
)
_WRITE: Final = ("cache_creation_input_tokens", "input_cache_write_tokens", "cache_write_tokens")
_OUTPUT: Final = (
    *("output_tokens", "completion_tokens", "tokens_completion", "usage_output_tokens", "n_generated_tokens_total"),
    "output",
)
_REASONING: Final = ("reasoning_tokens", "tokens_reasoning")
_TOTAL: Final = ("total_tokens", "tokens", "token_count")
_COST: Final = (
    *("cost_usd", "cost", "total_cost", "spend", "amount_usd", "amount_value", "cost_in_usd", "amount", "price"),
    *("total", "usd", "dollars"),
)
_CENTS: Final = ("cost_cents", "amount_cents", "amount_in_cents", "cents")
_CURRENCY: Final = ("currency", "amount_currency")
_TIER: Final = ("service_tier", "tier")
_ITEM: Final = ("line_item", "description", "item", "cost_type", "usage_type", "token_type")
_YES: Final = frozenset({"true", "1", "yes"})
_DOLLARS: Final = frozenset({"usd", "us$", "$", "us dollar", "us dollars"})
KNOWN: Final = frozenset((*_COST, *_CENTS, *_INPUT, *_OUTPUT, *_TOTAL, *_REQUESTS, *_UNCACHED, "usage"))


class CurrencyError(FieldError):
    """A row in another currency than dollars."""


def name_of(column: str) -> str:
    """Return a column's name as it is compared: "Cost (USD)" is cost_usd."""
    return _NO_LETTERS.sub("_", column.strip().lower()).strip("_")


def is_row(row: Mapping[str, object]) -> bool:
    """Say whether these names are those of an invoice's row: it has a day, and something used or paid."""
    return bool(_found(row, _DAY)) and bool(KNOWN & row.keys())


def line_of(row: Row, zone: tzinfo) -> InvoiceLine | None:
    """Return a row as a line; None when it tells of nothing.

    Raises:
        FieldError: a value cannot be; CurrencyError: it is no amount of dollars.
    """
    currency = _text(row, _CURRENCY)
    if currency and currency.lower() not in _DOLLARS:
        raise CurrencyError(currency)
    usage = _usage(row)
    cost, total = _cost(row), None if usage else count(_value(row, _TOTAL))
    requests = count(_value(row, _REQUESTS))
    if cost is None and usage is None and total is None and requests is None:
        return None
    provider = _text(row, _PROVIDER)
    is_batch = str(row.get("batch", "")).strip().lower() in _YES
    return InvoiceLine(
        day=day_of(_value(row, _DAY), zone),
        provider_name=canonical_provider(provider) if provider else None,
        model=_text(row, _MODEL),
        item=_text(row, _ITEM),
        service_tier="batch" if is_batch else _text(row, _TIER),
        requests=requests,
        usage=usage,
        total_tokens=total,
        cost=cost,
    )


def _cost(row: Row) -> Usd | None:
    cents = _value(row, _CENTS)
    if cents is not None:
        return dollars(cents, cents=True)
    amount = _value(row, _COST)
    # OpenRouter calls the dollars "usage".
    return dollars(row.get("usage") if amount is None else amount)


def _usage(row: Row) -> TokenUsage | None:
    read, w5, w1 = (count(_value(row, names)) for names in (_CACHE_READ, _WRITE_5M, _WRITE_1H))
    write = count(_value(row, _WRITE))
    written = None if (write, w5, w1) == (None, None, None) else max(write or 0, (w5 or 0) + (w1 or 0))
    uncached, whole = count(_value(row, _UNCACHED)), count(_value(row, _INPUT))
    if uncached is not None:
        whole = uncached + (read or 0) + (written or 0)
    output = count(_value(row, _OUTPUT))
    if whole is None and output is None:
        return None
    return usage_of(
        {
            "input_tokens": whole,
            "cache_read_tokens": read,
            "cache_write_tokens": written,
            "cache_write_5m_tokens": w5,
            "cache_write_1h_tokens": w1,
            "output_tokens": output,
            "reasoning_tokens": count(_value(row, _REASONING)),
        }
    )


def _found(row: Mapping[str, object], names: tuple[str, ...]) -> str | None:
    return next((name for name in names if row.get(name) not in (None, "")), None)


def _value(row: Row, names: tuple[str, ...]) -> object:
    name = _found(row, names)
    return None if name is None else row[name]


def _text(row: Row, names: tuple[str, ...]) -> str | None:
    return words(_value(row, names))
