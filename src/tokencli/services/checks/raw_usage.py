"""Raw usage: a provider's own words about one call, read once more, as its meter read them when the call was made.

`RAW_READERS` has one reader for each source that keeps raw usage; a source without one is not looked at.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from tokencli.readers import claude_usage
from tokencli.readers.told import BrokenRecordError
from tokencli.wire import anthropic_messages, gemini, openai_usage
from tokencli.wire.framing import is_object

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tokencli.domain.usage import TokenUsage

    Reread = Callable[[dict[str, object], TokenUsage], list[TokenUsage | None]]

_GEMINI: Final = frozenset({*gemini.WHOLES, gemini.TOTAL})
_OPENAI: Final = frozenset({"prompt_tokens", "completion_tokens", "total_tokens", "input_tokens_details"})
_CACHED: Final = frozenset({anthropic_messages.CACHE_READ, anthropic_messages.CACHE_WRITE})
_PICTURES: Final = "image_tokens"


def of_proxy(raw: dict[str, object], kept: TokenUsage) -> list[TokenUsage | None]:
    """Return what the raw usage of a measured answer may mean; the APIs are told apart by their words.

    The service tier stands beside the usage in some answers, so it is taken as it was kept. A cut stream of
    Anthropic's has an output count that was a beginning only; nothing is said of pictures in embeddings.
    """
    if not _GEMINI.isdisjoint(raw):
        return [gemini.read_usage(raw)]
    if _PICTURES in raw:
        return [kept]
    is_openai, is_cached = not _OPENAI.isdisjoint(raw), not _CACHED.isdisjoint(raw)
    found: list[TokenUsage | None] = []
    if is_openai or not is_cached:
        found.append(openai_usage.read_usage(raw, kept.service_tier))
    if is_cached or not is_openai:
        found += map(anthropic_messages.read_usage, (raw, {**raw, "output_tokens": None}))
    return found


def of_claude_code(raw: dict[str, object], kept: TokenUsage) -> list[TokenUsage | None]:
    """Return what the raw usage of Claude Code's own record means."""
    del kept
    try:
        told = claude_usage.spent(json.dumps(raw).encode())
    except BrokenRecordError:
        return []
    return [told.usage if told else None]


RAW_READERS: Final[Mapping[str, Reread]] = {"proxy": of_proxy, "claude-code": of_claude_code}


def agrees(source: str, text: str, kept: TokenUsage) -> bool | None:
    """Say whether raw usage, read anew, gives the counts that were kept; None where nobody can tell."""
    reread = RAW_READERS.get(source)
    if reread is None:
        return None
    try:
        raw: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not is_object(raw):
        return None
    found = reread(raw, kept)
    return any(one == kept for one in found)
