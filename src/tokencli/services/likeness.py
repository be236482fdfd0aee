"""Likeness: may two tellings be of one call? By an id that can be trusted, else by model, counts and time."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tokencli.store.witnesses import KnownCall

NEAR_US: Final = 15_000_000
BESIDE_US: Final = 5_000_000
FURTHEST_US: Final = 600_000_000
_SHORTEST_ID: Final = 16
_RANDOM: Final = re.compile(r"[0-9A-Za-z]{12,}")
_UUID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_LONGEST_LOOK: Final = 256
_FEWEST_SIGNS: Final = 6
_MAKER: Final = re.compile(r"(?:[a-z]{2,6}\.)?(?:anthropic|amazon|cohere|deepseek|google|meta|mistral|openai|qwen)\.")
_VERSION: Final = re.compile(r"-v\d+(?::\d+)?$")
_DATE: Final = re.compile(r"[-@](?:20\d\d-?[01]\d-?[0-3]\d|latest|\d{3})$")


@lru_cache(maxsize=4096)
def is_trusted(response_id: str) -> bool:
    """Say whether an id can belong to one answer only: long, and with a part that looks random.

    "chatcmpl-150" does not: some servers count their answers, and others name them all the same.
    """
    if len(response_id) < _SHORTEST_ID:
        return False
    return _UUID.search(response_id) is not None or any(
        len(set(part)) >= _FEWEST_SIGNS and not part.isdigit() and not (part.isalpha() and part.islower())
        for part in _RANDOM.findall(response_id[-_LONGEST_LOOK:])
    )


@lru_cache(maxsize=4096)
def model_name(model: str) -> str:
    """Return a model's name as all sources would write it: no provider before it, no date or "latest" behind it."""
    name = model.strip().lower().rpartition("/")[2].partition("[")[0]
    return _DATE.sub("", _VERSION.sub("", _MAKER.sub("", name, count=1)))


def have_like_models(one: KnownCall, other: KnownCall) -> bool:
    """Say whether the models of two tellings may be the same; one that names none fits any."""
    names, others = _names(one), _names(other)
    return not names or not others or bool(names & others)


def have_different_answers(one: KnownCall, other: KnownCall) -> bool:
    """Say whether two tellings are of two answers for certain: both name one, and not the same."""
    first, second = one.detail.response_id, other.detail.response_id
    return bool(first and second and first != second and is_trusted(first) and is_trusted(second))


def may_be_one_answer(one: KnownCall, other: KnownCall) -> bool:
    """Say whether two tellings with the same trusted id may be of one call, by provider or model."""
    providers = {one.facet.provider_name, other.facet.provider_name}
    return len(providers) == 1 or None in providers or have_like_models(one, other)


def is_near(one: KnownCall, other: KnownCall) -> bool:
    """Say whether two tellings are close enough in time: one source writes when a call begins, another when it ends."""
    apart = abs(one.event.occurred_at - other.event.occurred_at)
    lasted = max(one.detail.duration_us or 0, other.detail.duration_us or 0)
    return apart <= max(NEAR_US, min(lasted + BESIDE_US, FURTHEST_US))


def _names(call: KnownCall) -> set[str]:
    return {model_name(model) for model in (call.facet.request_model, call.facet.response_model) if model}
