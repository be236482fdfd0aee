"""The usage object of OpenAI's APIs and of all who copy them, into TokenUsage; and the cost some state in it.

Chat says prompt_tokens and completion_tokens, Responses input_tokens and output_tokens; both say the prompt
includes what came from a cache and the completion includes reasoning. Who does otherwise gives itself away
in total_tokens, so the balance decides, never a provider's name:

- xAI leaves reasoning out of the completion, Mistral (Voxtral) leaves audio out of the prompt;
- Google's compatible path leaves thoughts out of everything but the total: they are output;
- Perplexity's deep research names more reasoning than completion, which therefore cannot include it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, TypedDict

from tokencli.domain.errors import ImpossibleValueError
from tokencli.domain.money import Usd
from tokencli.domain.usage import TokenUsage
from tokencli.wire.fields import child, count, dollars, text

if TYPE_CHECKING:
    from collections.abc import Callable

XAI_TICKS_PER_USD = Decimal(10**10)
PROMPT = ("prompt_tokens", "input_tokens")
COMPLETION = ("completion_tokens", "output_tokens")
# The singular is written by OpenAI's Assistants, Writer and Mistral.
PROMPT_DETAILS = ("prompt_tokens_details", "input_tokens_details", "prompt_token_details", "input_token_details")
COMPLETION_DETAILS = (
    "completion_tokens_details",
    "output_tokens_details",
    "completion_token_details",
    "output_token_details",
)
# DeepSeek, then Kimi, Together and Cerebras, then Mistral, then LiteLLM's proxy.
CACHE_READ = ("cached_tokens", "prompt_cache_hit_tokens", "num_cached_tokens", "cache_read_input_tokens")
CACHE_WRITE = ("cache_write_tokens", "cache_creation_tokens", "cache_creation_input_tokens")


_PLAIN = {*PROMPT, *COMPLETION, "total_tokens"}


class _Parts(TypedDict):
    cache_read_tokens: int
    cache_write_tokens: int
    reasoning_tokens: int
    audio_input_tokens: int
    audio_output_tokens: int
    image_input_tokens: int
    image_output_tokens: int
    video_input_tokens: int
    citation_tokens: int
    web_search_requests: int


_NO_PARTS = _Parts(
    cache_read_tokens=0,
    cache_write_tokens=0,
    reasoning_tokens=0,
    audio_input_tokens=0,
    audio_output_tokens=0,
    image_input_tokens=0,
    image_output_tokens=0,
    video_input_tokens=0,
    citation_tokens=0,
    web_search_requests=0,
)


@dataclass(frozen=True, slots=True)
class _Wholes:
    prompt: int
    completion: int
    total: int


def read_usage(raw: dict[str, object], service_tier: str | None = None) -> TokenUsage | None:
    """Return what a usage object says, or None when it counts nothing.

    `service_tier` is the one named beside the usage; the one inside comes first. Counts that contradict
    themselves are kept and marked inconsistent: Azure's Grok reads more from its cache than the prompt has,
    OpenRouter may write and read the same tokens.
    """
    wholes = _wholes(raw)
    if wholes is None:
        return None
    parts = _parts(raw)
    prompt, completion = _balanced(wholes, parts)

    def build(*, inconsistent: bool) -> TokenUsage:
        return TokenUsage(
            input_tokens=prompt,
            output_tokens=completion,
            search_context_size=text(raw, "search_context_size"),
            service_tier=text(raw, "service_tier") or service_tier,
            inconsistent=inconsistent,
            **parts,
        )

    return consistent_or_marked(build)


def consistent_or_marked(build: Callable[..., TokenUsage]) -> TokenUsage:
    """Return build(inconsistent=False), or with True when a part is above its whole."""
    try:
        return build(inconsistent=False)
    except ImpossibleValueError:
        return build(inconsistent=True)


def reported_cost(raw: dict[str, object]) -> Usd | None:
    """Return the dollars that the provider itself says the call cost.

    OpenRouter says usage.cost; with a key of the user's own (BYOK) that is its fee only, and what the key
    paid stands in cost_details. Perplexity says usage.cost.total_cost. xAI counts ticks of 1e-10 dollars;
    Azure's copy of it always writes 0, which says nothing.
    """
    details = child(raw, "cost")
    if details:
        return dollars(details.get("total_cost")) if details.get("currency", "USD") == "USD" else None
    stated = dollars(raw.get("cost"))
    if stated is not None:
        upstream = dollars(child(raw, "cost_details").get("upstream_inference_cost"))
        return Usd(stated + upstream) if raw.get("is_byok") is True and upstream is not None else stated
    ticks = dollars_in_ticks(raw.get("cost_in_usd_ticks"))
    return ticks or None


def dollars_in_ticks(value: object) -> Usd | None:
    """Return xAI's ticks as dollars, or None when they are no whole number."""
    ticks = count({"ticks": value}, "ticks")
    return None if ticks is None else Usd(ticks / XAI_TICKS_PER_USD)


def _wholes(raw: dict[str, object]) -> _Wholes | None:
    prompt, completion, total = count(raw, *PROMPT), count(raw, *COMPLETION), count(raw, "total_tokens")
    if prompt is None and "prompt_cache_miss_tokens" in raw:
        prompt = (count(raw, "prompt_cache_hit_tokens") or 0) + (count(raw, "prompt_cache_miss_tokens") or 0)
    if prompt is None and completion is None and total is None:
        return None
    if prompt is None:  # Voyage's embeddings say a total and nothing else
        prompt = max(0, (total or 0) - (completion or 0))
    if completion is None:
        completion = max(0, (total or 0) - prompt)
    return _Wholes(prompt, completion, total or 0)


def _balanced(wholes: _Wholes, parts: _Parts) -> tuple[int, int]:
    """Return prompt and completion with what the total shows to be missing in them."""
    prompt, completion, gap = wholes.prompt, wholes.completion, wholes.total - wholes.prompt - wholes.completion
    reasoning, audio = parts["reasoning_tokens"], parts["audio_input_tokens"]
    cached = parts["cache_read_tokens"] + parts["cache_write_tokens"]
    if gap <= 0:
        return prompt, completion + (reasoning if reasoning > completion else 0)
    if gap == reasoning:
        return prompt, completion + gap
    for beside in (audio, cached):
        if gap == beside or (gap == beside + reasoning and beside):
            return prompt + beside, completion + gap - beside
    return prompt, completion + gap


def _parts(raw: dict[str, object]) -> _Parts:
    inside, outside = child(raw, *PROMPT_DETAILS), child(raw, *COMPLETION_DETAILS)
    if not (inside or outside) and raw.keys() <= _PLAIN:
        return _NO_PARTS
    return _Parts(
        cache_read_tokens=_largest((inside, raw), CACHE_READ),
        cache_write_tokens=_largest((inside, raw), CACHE_WRITE),
        reasoning_tokens=_largest((outside, raw), ("reasoning_tokens",)),
        audio_input_tokens=count(inside, "audio_tokens") or count(raw, "audio_prompt_tokens") or 0,
        audio_output_tokens=count(outside, "audio_tokens") or 0,
        image_input_tokens=count(inside, "image_tokens") or 0,
        image_output_tokens=count(outside, "image_tokens") or 0,
        video_input_tokens=count(inside, "video_tokens") or 0,
        citation_tokens=count(raw, "citation_tokens") or 0,
        web_search_requests=_searches(raw),
    )


def _searches(raw: dict[str, object]) -> int:
    """OpenRouter, xAI's Responses and Perplexity name searches, each in its own way."""
    tools = child(raw, "server_tool_use_details", "server_tool_use", "server_side_tool_usage_details")
    return count(tools, "web_search_requests", "web_search_calls") or count(raw, "num_search_queries") or 0


def _largest(places: tuple[dict[str, object], ...], names: tuple[str, ...]) -> int:
    """Return the largest count under any of the names: one figure that some write in two places, once as 0."""
    return max((count(place, name) or 0 for place in places for name in names if name in place), default=0)
