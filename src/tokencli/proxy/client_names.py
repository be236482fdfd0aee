"""What a request says of its maker: the client's name, its conversation, and what its user wants the call filed under.

Names go into the ledger, so they are short and plain; what is no name is left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from tokencli.proxy.headers import text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST = 200
_MOST_TAGS = 20
_SDK = re.compile(r"(?:Async)?([A-Za-z]+)/(Python|JS|Go|Java|Ruby|Kotlin|PHP)\b")
# A bundler leaves a letter or two of a class's name: Continue's copy of OpenAI's library says "ls/JS 5.23.2".
_MINIFIED = re.compile(r"[\w$]{1,3}/JS\b")
_PRODUCT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}")
# First words of User-Agent headers, as the programs sent them in 2026-11.
_NAMES = {
    "claude-cli": "claude-code",
    "codex_cli_rs": "codex",
    "codex_exec": "codex",
    "codex_vscode": "codex",
    "codex-tui": "codex",
    "geminicli": "gemini-cli",
    "geminicli-tui": "gemini-cli",
    "kimicli": "kimi-cli",
    "kimi-code-cli": "kimi-code",
    "qwencode": "qwen-code",
    "google-genai-sdk": "google-genai",
    "mistral-client-python": "mistralai-python",
}
_CONVERSATIONS = (b"x-claude-code-session-id", b"session-id", b"session_id", b"x-session-id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a request's headers say of it; None where they say nothing."""

    client: str | None = None
    conversation_id: str | None = None
    agent: str | None = None
    project: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict[str, str])


def said_of(headers: Mapping[bytes, bytes], prompt_cache_key: str | None = None) -> Said:
    """Return what the headers say; a client's own session header comes before its prompt cache key."""
    conversation = next((text_of(headers, name) for name in _CONVERSATIONS if name in headers), None)
    return Said(
        client=client_of(text_of(headers, b"user-agent")),
        conversation_id=_short(conversation or prompt_cache_key),
        agent=_short(text_of(headers, b"x-tokencli-agent")),
        project=_short(text_of(headers, b"x-tokencli-project")),
        tags=_tags(text_of(headers, b"x-tokencli-tags")),
    )


@lru_cache(maxsize=64)
def client_of(user_agent: str | None) -> str | None:
    """Return a client's name from its User-Agent: "claude-code", "openai-python", else the product's own word."""
    if not user_agent:
        return None
    if _MINIFIED.match(user_agent):
        return "javascript"
    if sdk := _SDK.match(user_agent):
        return f"{sdk[1]}-{sdk[2]}".lower()
    product = _PRODUCT.match(user_agent)
    if product is None:
        return None
    name = product[0].lower()
    return _NAMES.get(name, name)


def _tags(told: str | None) -> dict[str, str]:
    """Return tags told as "key=value, key=value"."""
    if told is None:
        return {}
    pairs = [part.partition("=") for part in told.split(",")]
    found = {key.strip()[:_LONGEST]: value.strip()[:_LONGEST] for key, _, value in pairs if key.strip()}
    return dict(list(found.items())[:_MOST_TAGS])


def _short(text: str | None) -> str | None:
    return text[:_LONGEST] if text else None
