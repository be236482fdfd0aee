"""Mistral Vibe: the meta.json of each session, which holds the session's totals and no single calls.

A session is told as one call, which grows while the session goes on.
"""

from __future__ import annotations

from decimal import Decimal  # noqa: TC003 -- msgspec reads the annotation
from typing import ClassVar, Final

import msgspec

from tokencli.domain.providers import canonical_provider
from tokencli.readers.agent_fields import (
    NO_TIME,
    Moment,
    Number,
    changed_at,
    count,
    digest,
    dollars,
    key,
    moment,
    project,
    text,
)
from tokencli.readers.agent_json import Shape, parts_of
from tokencli.readers.agent_usage import whole
from tokencli.readers.told import BrokenRecordError, Told

NAME: Final = "mistral-vibe"


class _Stats(msgspec.Struct):
    session_prompt_tokens: Number = None
    session_completion_tokens: Number = None
    session_cost: Decimal | None = None


class _Model(msgspec.Struct):
    alias: str | None = None
    provider: str | None = None


class _Config(msgspec.Struct):
    active_model: str | None = None
    models: list[_Model] = []


class _Environment(msgspec.Struct):
    working_directory: str | None = None


class _Meta(msgspec.Struct):
    session_id: str | None = None
    start_time: Moment = None
    end_time: Moment = None
    git_branch: str | None = None
    environment: _Environment | None = None
    stats: _Stats | None = None
    config: _Config | None = None


_meta = Shape(_Meta)


class VibeDocument:
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
    """Say whether a file is a session's meta.json."""
    return parts_of(path)[-1:] == ("meta.json",) and b'"session_id"' in head and b'"stats"' in head


def _told(path: str, data: bytes) -> Told | None:
    meta = _meta.decoded(data)
    stats = meta.stats if meta is not None else None
    if meta is None or stats is None:
        return None
    usage = whole(count(stats.session_prompt_tokens), 0, 0, count(stats.session_completion_tokens))
    if not usage.total_tokens:
        return None
    begun, ended = moment(meta.start_time), moment(meta.end_time)
    at = ended or begun or changed_at(path)
    if at is None:
        raise BrokenRecordError(NO_TIME)
    config = meta.config or _Config()
    model = text(config.active_model)
    provider = next((text(known.provider) for known in config.models if known.alias == config.active_model), None)
    parts = parts_of(path)
    session = meta.session_id or (parts[-2] if len(parts) > 1 else digest(data))
    return Told(
        key=key(NAME, session),
        at=at,
        usage=usage,
        is_growing=True,
        provider_name=canonical_provider(provider) if provider else "mistral",
        response_model=model,
        conversation_id=text(session),
        client=NAME,
        project=project(meta.environment.working_directory if meta.environment else None),
        branch=text(meta.git_branch),
        reported_cost_pico=dollars(stats.session_cost) or None,
        tags={"told": "session"},
    )
