"""Factory's Droid: the settings file of each session, which holds the session's totals and no single calls.

A session is told as one call, which grows while the session goes on.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import ClassVar, Final

import msgspec

from tokencli.domain.providers import canonical_provider, provider_of_model
from tokencli.readers.agent_fields import NO_TIME, Moment, Number, changed_at, count, key, moment, text
from tokencli.readers.agent_json import Shape, neighbour, parts_of
from tokencli.readers.agent_usage import apart
from tokencli.readers.told import BrokenRecordError, Told

NAME: Final = "droid"
ENDING: Final = ".settings.json"
_OWN: Final = re.compile(r"(?i)^custom:|-?\[[^\]]*\](-\d+$)?")
_SAID: Final = re.compile(rb"Model: ([A-Za-z0-9][A-Za-z0-9 .:_-]{0,80})")


class _Tokens(msgspec.Struct, rename="camel"):
    input_tokens: Number = None
    output_tokens: Number = None
    cache_creation_tokens: Number = None
    cache_read_tokens: Number = None
    thinking_tokens: Number = None


class _Settings(msgspec.Struct, rename="camel"):
    model: str | None = None
    provider_lock: str | None = None
    provider_lock_timestamp: Moment = None
    token_usage: _Tokens | None = None


_settings = Shape(_Settings)


class DroidDocument:
    """Reads one session's totals."""

    name: ClassVar[str] = NAME

    def read(self, path: str, data: bytes) -> list[Told | BrokenRecordError]:
        """Return the session as one call."""
        try:
            told = _told(path, data)
        except BrokenRecordError as error:
            return [error]
        return [] if told is None else [told]


def claims(path: str, head: bytes) -> bool:
    """Say whether a file is a session's settings."""
    return path.endswith(ENDING) and b'"tokenUsage"' in head


def _told(path: str, data: bytes) -> Told | None:
    settings = _settings.decoded(data)
    used = settings.token_usage if settings is not None else None
    if settings is None or used is None:
        return None
    thoughts = count(used.thinking_tokens)
    usage = apart(
        count(used.input_tokens),
        count(used.cache_read_tokens),
        count(used.cache_creation_tokens),
        count(used.output_tokens) + thoughts,
        thoughts,
    )
    if not usage.total_tokens:
        return None
    at = moment(settings.provider_lock_timestamp) or changed_at(path)
    if at is None:
        raise BrokenRecordError(NO_TIME)
    session = "".join(parts_of(path)[-1:]).removesuffix(ENDING)
    model = _plain(settings.model) or _said(Path(path).with_name(f"{session or 'session'}.jsonl"))
    provider = text(settings.provider_lock)
    return Told(
        key=key(NAME, session),
        at=at,
        usage=usage,
        is_growing=True,
        provider_name=canonical_provider(provider) if provider else provider_of_model(model or ""),
        response_model=model,
        conversation_id=text(session),
        client=NAME,
        tags={"told": "session"},
    )


def _plain(model: str | None) -> str | None:
    """Return a model's name without what Droid writes around it: custom:gpt-5-[Proxy]-0 is gpt-5."""
    return text(_OWN.sub("", model or "").strip("- ").lower())


def _said(session: Path) -> str | None:
    """Return the model that the session's own records name."""
    found = _SAID.search(neighbour(session))
    return text(re.sub(r"[ .]+", "-", found[1].decode().strip()).lower()) if found else None
