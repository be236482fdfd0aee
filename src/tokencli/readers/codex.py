"""Codex CLI: rollouts of its sessions, archived ones included, and the output of `codex exec --json`.

A token_count event has `last`, what a call used, and `total`, what the session has used so far. The same total is
written again and again (with new rate limits, at the end of a turn): it is one call. A forked session's file begins
with a copy of its parent's records, with new times: the family's first session and the total say which call an event
tells, in whichever file it stands.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import ClassVar, Final

import msgspec

from tokencli.domain.providers import canonical_provider, provider_of_model
from tokencli.readers.agent_fields import NO_TIME, changed_at, digest, key, moment, project, text
from tokencli.readers.codex_records import Bare, Line, Payload, Tokens, counts, decoded, origin_of, usage_of
from tokencli.readers.told import BrokenRecordError, Told

_OURS: Final = "codex"
_OWN_ORIGINATORS: Final = frozenset({"codex_cli_rs", "codex-cli", "codex_exec", "codex"})
_OUR_PROXY: Final = "tokencli"


class _State(msgspec.Struct, omit_defaults=True):
    """What the records above have said. `family` is the id of the first session of a line of forks."""

    session: str | None = None
    family: str | None = None
    cwd: str | None = None
    branch: str | None = None
    version: str | None = None
    originator: str | None = None
    provider: str | None = None
    agent: str | None = None
    model: str | None = None
    at: int | None = None
    total: tuple[int, ...] | None = None
    last: tuple[int, ...] | None = None
    key: str | None = None
    runs: int = 0


class CodexReader:
    """Reads one session's rollout, or one run's output."""

    name: ClassVar[str] = _OURS
    needles: ClassVar[tuple[bytes, ...]] = (
        b'"token_count"',
        b'"turn_context"',
        b'"session_meta"',
        b'"usage"',
        b'"thread.started"',
    )

    def __init__(self, path: str, state: str | None) -> None:
        """Read the file at `path` on from `state`."""
        self._path = path
        self._state = _State()
        if state is not None:
            try:
                self._state = msgspec.json.decode(state, type=_State)
            except ValueError:
                self._state = _State()

    @property
    def state(self) -> str | None:
        """Return what the records so far have said, as JSON."""
        return msgspec.json.encode(self._state).decode()

    def read(self, line: bytes) -> list[Told]:
        """Return the call of a token_count event or of a finished run; none for everything else."""
        record = decoded(line)
        if record is None:
            return []
        state = self._state
        at = moment(record.timestamp)
        state.at = at or state.at
        payload = record.payload
        if payload is None:
            state.session = state.session or text(record.thread_id)
            return self._read_bare(record)
        if record.type == "session_meta":
            self._read_session(payload)
        elif record.type == "turn_context":
            state.model = text(payload.model) or state.model
        elif payload.type == "token_count":
            return self._read_event(payload, at)
        return []

    def _read_session(self, meta: Payload) -> None:
        """Take in who runs the session. What follows the first one is its parent's, copied: of an older family."""
        state = self._state
        session = text(meta.id) or text(meta.session_id)
        origin = origin_of(bytes(meta.source))
        if session is not None and session != state.session:
            state.family = text(meta.forked_from_id) or text(origin.parent) or session
        if state.session is not None:
            return
        state.session = session
        state.cwd = project(meta.cwd)
        state.branch = text(meta.git.branch) if meta.git else None
        state.version, state.originator = text(meta.cli_version), text(meta.originator)
        state.provider, state.model = text(meta.model_provider), text(meta.model)
        state.agent = text(origin.agent)

    def _read_event(self, event: Payload, at: int | None) -> list[Told]:
        state, info = self._state, event.info
        last = counts(info.last_token_usage) if info else None
        total = counts(info.total_token_usage) if info else counts(event)
        is_again = total == state.total if total is not None else last is not None and last == state.last
        spent = last or _grown(total, state.total)
        if spent is None:
            return []
        named = (info.model or info.model_name) if info else None
        model = text(named or event.model or event.model_name) or state.model
        if not is_again or state.key is None:
            state.key = self._key(at, model, total or _sum(state.total, spent), spent)
        state.total, state.last = total or (state.total if is_again else _sum(state.total, spent)), last
        return [self._told(state.key, model, spent)]

    def _key(self, at: int | None, model: str | None, total: tuple[int, ...], spent: tuple[int, ...]) -> str:
        """Name a call by its family and total; in a file that names no session, by its time and counts."""
        if self._state.family is not None:
            return key(_OURS, self._state.family, _dotted(total))
        place = digest(self._path, _dotted(total)) if at is None else str(at)
        return key(_OURS, "at", place, model or "", _dotted(spent))

    def _read_bare(self, record: Line) -> list[Told]:
        """Return the call of a record that has its usage in the open, or in a wrapper."""
        told = next((part for part in (record, record.data, record.result, record.response) if _has_usage(part)), None)
        spent = counts(told.usage) if told else None
        if told is None or spent is None:
            return []
        state = self._state
        state.runs += 1
        at = moment(told.timestamp)
        state.at = at or state.at
        model = text(told.model or told.model_name or record.model) or state.model
        place = str(at) if at else f"{state.session or _stem(self._path)}:{state.runs}"
        return [self._told(key(_OURS, "run", place, model or "", _dotted(spent)), model, spent)]

    def _told(self, name: str, model: str | None, spent: tuple[int, ...]) -> Told:
        state = self._state
        at = state.at or changed_at(self._path)
        if at is None:
            raise BrokenRecordError(NO_TIME)
        tags = {"originator": state.originator} if state.originator and state.originator not in _OWN_ORIGINATORS else {}
        return Told(
            key=name,
            at=at,
            usage=usage_of(spent),
            provider_name=_provider(state.provider, model),
            response_model=model,
            conversation_id=state.session or _stem(self._path),
            client=_OURS,
            client_version=state.version,
            agent=state.agent,
            project=state.cwd,
            branch=state.branch,
            tags=tags,
            raw_usage=_raw(spent),
        )


def claims(path: str, head: bytes) -> bool:
    """Say whether a file is one of Codex's, by its first lines."""
    del path
    is_rollout = b'"session_meta"' in head or b'"turn_context"' in head or b'"token_count"' in head
    is_run = b'"thread.started"' in head or b'"turn.completed"' in head
    return (is_rollout and b'"payload"' in head) or is_run


def _has_usage(record: Bare | None) -> bool:
    return record is not None and record.usage is not None


def _grown(total: tuple[int, ...] | None, before: tuple[int, ...] | None) -> tuple[int, ...] | None:
    """Return what has come to the total; all of it when it has shrunk, because the counting began anew."""
    if total is None:
        return None
    if before is None or any(new < old for new, old in zip(total, before, strict=True)):
        return total
    grown = tuple(new - old for new, old in zip(total, before, strict=True))
    return grown if any(grown) else None


def _sum(total: tuple[int, ...] | None, spent: tuple[int, ...]) -> tuple[int, ...]:
    return spent if total is None else tuple(a + b for a, b in zip(total, spent, strict=True))


def _dotted(numbers: tuple[int, ...]) -> str:
    return ".".join(map(str, numbers))


def _raw(spent: tuple[int, ...]) -> str:
    return msgspec.json.encode(Tokens(spent[0], spent[1], None, spent[2], *spent[3:])).decode()


def _stem(path: str) -> str:
    return PurePosixPath(path.replace("\\", "/")).name.partition(".")[0]


def _provider(provider: str | None, model: str | None) -> str | None:
    """Return who served a model: what the session says, unless that is a proxy of ours; OpenAI when it says nothing."""
    if provider and provider.lower() != _OUR_PROXY:
        return canonical_provider(provider)
    return "openai" if model is None else provider_of_model(model) or (None if provider else "openai")
