"""Admin APIs' answers: OpenAI's and Anthropic's usage and costs, in buckets of time with results in them.

Sources (2026-11): OpenAI, "Usage" in the API reference (organization.usage.*.result, organization.costs.result);
Anthropic, "Usage Report" and "Cost Report" in the Admin API reference: amounts are decimal strings of cents.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, cast

from tokencli.domain.invoice import InvoiceLine
from tokencli.readers.invoice_fields import FieldError, count, day_of, dollars, usage_of, words
from tokencli.readers.invoice_rows import CurrencyError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, tzinfo

Object = dict[str, Any]
_MODEL_FIRST: Final = re.compile(r"([a-z0-9][\w.:/-]*\d[\w.:/-]*)(?:,|$)", re.IGNORECASE)
_USD: Final = "usd"


def objects(value: object) -> Iterator[Object]:
    """Yield the results of buckets and pages, each with its bucket's time as "bucket"; other objects as they are."""
    if isinstance(value, list):
        for each in cast("list[object]", value):
            yield from objects(each)
        return
    if not isinstance(value, dict):
        return
    found = cast("Object", value)
    inside = found.get("data", found.get("results"))
    if isinstance(inside, list) and ("object" in found or "has_more" in found or "results" in found or len(found) == 1):
        moment = found.get("start_time", found.get("starting_at"))
        for each in objects(cast("object", inside)):
            yield each if moment is None else {"bucket": moment, **each}
        return
    yield found


def kind_of(result: Object) -> str | None:
    """Return which export a result is from: "openai-usage", "anthropic-costs" ...; None for any other object."""
    told = str(result.get("object", ""))
    if told.startswith("organization.usage."):
        return "openai-usage"
    if told.startswith("organization.costs"):
        return "openai-costs"
    if "bucket" not in result:
        return None
    if "uncached_input_tokens" in result:
        return "anthropic-usage"
    return "anthropic-costs" if isinstance(result.get("amount"), str) else None


def line_of(kind: str, result: Object, zone: tzinfo) -> InvoiceLine | None:
    """Return a result as a line; None when it tells of nothing. Raises FieldError for a value that cannot be."""
    day = day_of(result["bucket"], zone) if "bucket" in result else day_of(result.get("start_time"), zone)
    return _READERS[kind](result, day)


def _openai_usage(result: Object, day: date) -> InvoiceLine | None:
    usage = usage_of(
        {
            "input_tokens": count(result.get("input_tokens")),
            "cache_read_tokens": count(result.get("input_cached_tokens")),
            "cache_write_tokens": count(result.get("input_cache_write_tokens")),
            "output_tokens": count(result.get("output_tokens")),
            "audio_input_tokens": count(result.get("input_audio_tokens")),
            "audio_output_tokens": count(result.get("output_audio_tokens")),
        }
    )
    requests = count(result.get("num_model_requests"))
    if usage is None and requests is None:
        return None
    tier = "batch" if result.get("batch") is True else result.get("service_tier")
    return InvoiceLine(
        day=day,
        provider_name="openai",
        model=_name(result.get("model")),
        service_tier=_name(tier),
        requests=requests,
        usage=usage,
    )


def _openai_costs(result: Object, day: date) -> InvoiceLine | None:
    amount = _part(result, "amount")
    _check_currency(amount.get("currency"))
    item = _name(result.get("line_item"))
    model = _MODEL_FIRST.match(item) if item else None
    cost = dollars(amount.get("value"))
    if cost is None:
        return None
    return InvoiceLine(day=day, provider_name="openai", model=model[1] if model else None, item=item, cost=cost)


def _anthropic_usage(result: Object, day: date) -> InvoiceLine | None:
    created = _part(result, "cache_creation")
    w5, w1 = count(created.get("ephemeral_5m_input_tokens")) or 0, count(created.get("ephemeral_1h_input_tokens")) or 0
    read, uncached = count(result.get("cache_read_input_tokens")) or 0, count(result.get("uncached_input_tokens")) or 0
    tools = _part(result, "server_tool_use")
    usage = usage_of(
        {
            "input_tokens": uncached + read + w5 + w1,
            "cache_read_tokens": read,
            "cache_write_tokens": w5 + w1,
            "cache_write_5m_tokens": w5,
            "cache_write_1h_tokens": w1,
            "output_tokens": count(result.get("output_tokens")),
            "web_search_requests": count(tools.get("web_search_requests")),
        }
    )
    return InvoiceLine(
        day=day,
        provider_name="anthropic",
        model=_name(result.get("model")),
        service_tier=_name(result.get("service_tier")),
        usage=usage,
    )


def _anthropic_costs(result: Object, day: date) -> InvoiceLine | None:
    _check_currency(result.get("currency"))
    return InvoiceLine(
        day=day,
        provider_name="anthropic",
        model=_name(result.get("model")),
        item=_name(result.get("description")) or _name(result.get("cost_type")),
        service_tier=_name(result.get("service_tier")),
        cost=dollars(result.get("amount"), cents=True),
    )


_READERS: Final = {
    "openai-usage": _openai_usage,
    "openai-costs": _openai_costs,
    "anthropic-usage": _anthropic_usage,
    "anthropic-costs": _anthropic_costs,
}


def _part(result: Object, name: str) -> Object:
    found: object = result.get(name) or {}
    if not isinstance(found, dict):
        raise FieldError(str(found)[:40])
    return cast("Object", found)


def _check_currency(currency: object) -> None:
    if currency is not None and str(currency).lower() != _USD:
        raise CurrencyError(str(currency))


def _name(value: object) -> str | None:
    return words(value) if isinstance(value, str) else None
