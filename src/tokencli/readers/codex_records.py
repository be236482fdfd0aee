"""The records of Codex's rollouts, of `codex exec --json`, and of the older forms of both."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from tokencli.domain.usage import TokenUsage
from tokencli.readers.agent_fields import BYTE_ORDER_MARK, NO_JSON, OTHER_SHAPE, Moment, Number, count
from tokencli.readers.told import BrokenRecordError


class Tokens(msgspec.Struct):
    """One usage object. Input includes what is cached, output includes reasoning."""

    input_tokens: Number = None
    cached_input_tokens: Number = None
    cache_read_input_tokens: Number = None
    cache_write_input_tokens: Number = None
    output_tokens: Number = None
    reasoning_output_tokens: Number = None
    total_tokens: Number = None


class Info(msgspec.Struct):
    """What a token_count event tells."""

    model: str | None = None
    model_name: str | None = None
    total_token_usage: Tokens | None = None
    last_token_usage: Tokens | None = None


class Git(msgspec.Struct):
    """Where the work happens."""

    branch: str | None = None


class Payload(Tokens):
    """The payload of a wrapped record; the first versions have their counts in it."""

    type: str | None = None
    id: str | None = None
    session_id: str | None = None
    forked_from_id: str | None = None
    cwd: str | None = None
    git: Git | None = None
    cli_version: str | None = None
    originator: str | None = None
    model_provider: str | None = None
    model: str | None = None
    model_name: str | None = None
    info: Info | None = None
    source: msgspec.Raw = msgspec.Raw()


class Bare(msgspec.Struct):
    """A record that only tells a usage, of `codex exec` or of a program around it."""

    timestamp: Moment = None
    model: str | None = None
    model_name: str | None = None
    usage: Tokens | None = None


class Line(Bare):
    """One line."""

    type: str | None = None
    thread_id: str | None = None
    payload: Payload | None = None
    data: Bare | None = None
    result: Bare | None = None
    response: Bare | None = None


class _Payload(msgspec.Struct):
    type: str | None = None


class _Kind(msgspec.Struct):
    type: str | None = None
    payload: _Payload | None = None


class _Spawned(msgspec.Struct):
    parent_thread_id: str | None = None
    agent_nickname: str | None = None
    agent_role: str | None = None
    agent_path: str | None = None


class _Subagent(msgspec.Struct):
    thread_spawn: _Spawned | None = None
    other: str | None = None


class _Source(msgspec.Struct):
    subagent: _Subagent | str | None = None


_line = msgspec.json.Decoder(Line)
_kind = msgspec.json.Decoder(_Kind)
_source = msgspec.json.Decoder(_Source)
_READ = frozenset({"session_meta", "turn_context", "turn.completed", "thread.started"})


def decoded(line: bytes) -> Line | None:
    """Return a line's record; None when it is of a kind that tells nothing here, whatever is in it."""
    line = line.removeprefix(BYTE_ORDER_MARK)
    try:
        return _line.decode(line)
    except (ValueError, RecursionError):
        pass
    try:
        kind = _kind.decode(line)
    except msgspec.ValidationError:
        return None
    except (ValueError, RecursionError):
        raise BrokenRecordError(NO_JSON) from None
    if kind.type in _READ or (kind.payload is not None and kind.payload.type == "token_count"):
        raise BrokenRecordError(OTHER_SHAPE)
    return None


def counts(told: Tokens | None) -> tuple[int, ...] | None:
    """Return input, cached, written to a cache, output, reasoning and total; None when nothing is counted."""
    if told is None:
        return None
    cached = told.cache_read_input_tokens if told.cached_input_tokens is None else told.cached_input_tokens
    found = (
        count(told.input_tokens),
        count(cached),
        count(told.cache_write_input_tokens),
        count(told.output_tokens),
        count(told.reasoning_output_tokens),
        count(told.total_tokens),
    )
    return found if any(found) else None


def usage_of(spent: tuple[int, ...]) -> TokenUsage:
    """Return counts in our meaning, which is Codex's own."""
    fresh, cached, written, output, reasoning, _ = spent
    return TokenUsage(
        input_tokens=fresh,
        cache_read_tokens=cached,
        cache_write_tokens=written,
        output_tokens=output,
        reasoning_tokens=reasoning,
        inconsistent=cached + written > fresh or reasoning > output,
    )


class Origin(NamedTuple):
    """The name of the sub-agent whose session it is, and the session that began it; None where a person began it."""

    agent: str | None = None
    parent: str | None = None


def origin_of(source: bytes) -> Origin:
    """Return what a session's `source` says about who began it."""
    try:
        told = _source.decode(source).subagent
    except (ValueError, RecursionError):
        return Origin()
    if told is None or isinstance(told, str):
        return Origin(told)
    spawned = told.thread_spawn
    if spawned is None:
        return Origin(told.other or "subagent")
    agent = spawned.agent_role or spawned.agent_nickname or spawned.agent_path or "subagent"
    return Origin(agent, spawned.parent_thread_id)
