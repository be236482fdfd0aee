"""Columns of tables that nobody has a reader for: which column tells what, and the call of a row.

Input includes what was read from a cache and written to it, unless the table has it apart (`uncached_input`).
"""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

from tokencli.domain.errors import UsageError
from tokencli.domain.providers import canonical_provider, provider_of_model
from tokencli.domain.usage import Basis, TokenUsage
from tokencli.readers.agent_fields import NO_TIME, count, digest, dollars, key, moment, project, text
from tokencli.readers.agent_usage import apart, whole
from tokencli.readers.told import BrokenRecordError, Told

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PREFIX: Final = "table"
TAG: Final = "tag."
UNKNOWN: Final = "the table has no column for {}"
NAMES: Final[dict[str, tuple[str, ...]]] = {
    "time": ("timestamp", "time", "created_at", "created", "datetime", "date", "start_time", "starttime"),
    "model": ("model", "model_name", "response_model", "request_model", "gen_ai.response.model"),
    "provider": ("provider", "provider_name", "custom_llm_provider", "gen_ai.provider.name"),
    "input": (
        "input_tokens",
        "prompt_tokens",
        "tokens_in",
        "usage.prompt_tokens",
        "usage.input_tokens",
        "gen_ai.usage.input_tokens",
    ),
    "uncached_input": ("uncached_input_tokens",),
    "output": (
        "output_tokens",
        "completion_tokens",
        "tokens_out",
        "usage.completion_tokens",
        "usage.output_tokens",
        "gen_ai.usage.output_tokens",
    ),
    "cache_read": ("cache_read_tokens", "cache_read_input_tokens", "cached_tokens", "cached_input_tokens"),
    "cache_write": ("cache_write_tokens", "cache_creation_tokens", "cache_creation_input_tokens"),
    "reasoning": ("reasoning_tokens", "thoughts_tokens", "reasoning_output_tokens"),
    "cost": ("cost", "cost_usd", "total_cost", "response_cost", "spend"),
    "tier": ("service_tier",),
    "id": ("response_id", "request_id", "id", "call_id"),
    "session": ("session_id", "conversation_id", "thread_id", "session"),
    "agent": ("agent", "agent_name"),
    "project": ("project", "project_name"),
}
"""What a column may tell, and the names that are understood without being mapped; longer lists go first."""
_NEEDED: Final = ("time", "model")
_NO_DAY_TIME: Final = len("2026-01-02")


class MappingError(UsageError):
    """A --map that cannot be understood."""

    def __init__(self, text: str) -> None:
        """Show it and what a right one looks like."""
        super().__init__(
            f"the mapping {text!r} is not like input=prompt_tokens: what can be mapped is"
            f" {', '.join(NAMES)}, and {TAG}NAME for a tag."
        )


def mapping_of(texts: Iterable[str]) -> dict[str, str]:
    """Return what each column tells, from texts such as input=prompt_tokens,output=completion_tokens.

    Raises:
        MappingError: a text is of another shape, or names something that no column can tell.
    """
    found: dict[str, str] = {}
    for each in texts:
        for pair in each.split(","):
            what, _, column = (part.strip() for part in pair.partition("="))
            if not column or not (what in NAMES or what.startswith(TAG)):
                raise MappingError(pair)
            found[what] = column
    return found


def chosen(columns: Iterable[str], mapping: Mapping[str, str]) -> dict[str, str]:
    """Return the column for each thing that is told: the mapped one, else the first that has an understood name."""
    known = {name.strip().lower(): name for name in columns}
    found = {what: known[name.lower()] for what, name in mapping.items() if name.lower() in known}
    for what, names in NAMES.items():
        if what not in mapping and (fitting := next((known[name] for name in names if name in known), None)):
            found[what] = fitting
    if "input" in mapping or "uncached_input" in mapping:
        found.pop("input" if "uncached_input" in mapping else "uncached_input", None)
    return found


def is_table(columns: Iterable[str]) -> bool:
    """Say whether a table is understood by the names of its columns alone."""
    found = chosen(columns, {})
    return all(what in found for what in _NEEDED) and ("input" in found or "uncached_input" in found)


def lacking(found: Mapping[str, str], mapping: Mapping[str, str]) -> str | None:
    """Say what a table has no column for; None when everything that is needed or mapped is there."""
    has_counts = found.keys() & {"input", "uncached_input", "output", "cost"}
    missing = [what for what in ("time", *mapping) if what not in found] + ([] if has_counts else ["input"])
    return UNKNOWN.format(missing[0]) if missing else None


def told_of(cells: Mapping[str, str]) -> Told:
    """Return the call of a row's cells by what they tell; raise BrokenRecordError when they cannot be read."""
    at = _time(cells.get("time", ""))
    if at is None:
        raise BrokenRecordError(NO_TIME)
    model, name = text(cells.get("model")), cells.get("id", "")
    provider = text(cells.get("provider"))
    usage = _usage(cells)
    return Told(
        key=key(PREFIX, digest(name, str(at), model or "") if name else digest(*_ordered(cells))),
        at=at,
        usage=usage,
        basis=Basis.MISSING if usage is None else Basis.REPORTED,
        provider_name=canonical_provider(provider) if provider else provider_of_model(model or ""),
        response_model=model,
        response_id=text(name),
        conversation_id=text(cells.get("session")),
        agent=text(cells.get("agent")),
        project=project(cells.get("project")),
        tags={what.removeprefix(TAG): value[:256] for what, value in cells.items() if what.startswith(TAG) and value},
        reported_cost_pico=_cost(cells.get("cost", "")),
    )


def _usage(cells: Mapping[str, str]) -> TokenUsage | None:
    """Return the usage; None where the table tells no counts, only a cost perhaps."""
    if not any(cells.get(what) for what in ("input", "uncached_input", "output")):
        return None
    parts = (_count(cells, "cache_read"), _count(cells, "cache_write"), _count(cells, "output"))
    reasoning = _count(cells, "reasoning")
    if "uncached_input" in cells:
        usage = apart(_count(cells, "uncached_input"), *parts, reasoning)
    else:
        usage = whole(_count(cells, "input"), *parts, reasoning)
    return replace(usage, service_tier=text(cells.get("tier")))


def _count(cells: Mapping[str, str], what: str) -> int:
    value = cells.get(what, "").replace(",", "").strip()
    whole_part, _, rest = value.partition(".")
    return count((whole_part if not rest.strip("0") else value) or None)


def _time(value: str) -> int | None:
    value = value.strip()
    if len(value) == _NO_DAY_TIME and value[4:5] == "-":
        return moment(f"{value}T00:00:00")
    try:
        number = float(value)
    except ValueError:
        return moment(value)
    return moment(number) if math.isfinite(number) else None


def _cost(value: str) -> int | None:
    try:
        return dollars(Decimal(value.replace(",", "").strip().removeprefix("$"))) if value.strip() else None
    except InvalidOperation:
        return None


def _ordered(cells: Mapping[str, str]) -> list[str]:
    return [part for what in sorted(cells) for part in (what, cells[what])]
