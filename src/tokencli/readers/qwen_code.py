"""Qwen Code: the JSON lines of its chats, and the documents that its first versions wrote as Gemini CLI does.

Its records have the names of Gemini's counts, filled from whatever provider answered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import msgspec

from tokencli.readers import gemini_cli
from tokencli.readers.agent_fields import (
    NO_TIME,
    OTHER_SHAPE,
    Moment,
    Number,
    changed_at,
    count,
    digest,
    key,
    moment,
    project,
    text,
)
from tokencli.readers.agent_json import Shape, parts_of
from tokencli.readers.agent_usage import gemini, raw_text
from tokencli.readers.gemini_cli import GeminiDocument
from tokencli.readers.told import BrokenRecordError, Told

if TYPE_CHECKING:
    from tokencli.domain.usage import TokenUsage

NAME: Final = "qwen-code"


class _Usage(msgspec.Struct, rename="camel"):
    prompt_token_count: Number = None
    cached_content_token_count: Number = None
    candidates_token_count: Number = None
    thoughts_token_count: Number = None
    tool_use_prompt_token_count: Number = None
    total_token_count: Number = None


class _Record(msgspec.Struct, rename="camel"):
    type: str | None = None
    uuid: str | None = None
    session_id: str | None = None
    timestamp: Moment = None
    cwd: str | None = None
    git_branch: str | None = None
    version: str | None = None
    model: str | None = None
    agent_id: str | None = None
    is_sidechain: bool | None = None
    usage_metadata: msgspec.Raw = msgspec.Raw()


_record = Shape(_Record, frozenset({"assistant"}))
_usage = msgspec.json.Decoder(_Usage)


class QwenLines:
    """Reads a chat's file."""

    name: ClassVar[str] = NAME
    needles: ClassVar[tuple[bytes, ...]] = (b'"usageMetadata"',)

    def __init__(self, path: str, state: str | None) -> None:
        """Read the file at `path`; every line stands for itself."""
        self._path = path
        self.state = state
        parts = parts_of(path)
        self._session = parts[-1].partition(".")[0] if parts else ""
        self._project = parts[-3] if "chats" in parts[-2:-1] and len(parts) > 2 else None  # noqa: PLR2004

    def read(self, line: bytes) -> list[Told]:
        """Return the call of an answer's line."""
        record = _record.decoded(line)
        if record is None or record.type != "assistant":
            return []
        usage = _usage_of(bytes(record.usage_metadata))
        if usage is None:
            return []
        at = moment(record.timestamp) or changed_at(self._path)
        if at is None:
            raise BrokenRecordError(NO_TIME)
        session = record.session_id or self._session
        told = Told(
            key=key(NAME, session, record.uuid or digest(line.strip())),
            at=at,
            usage=usage,
            response_model=text(record.model),
            conversation_id=text(session),
            client=NAME,
            client_version=text(record.version),
            agent=(text(record.agent_id) or "sidechain") if record.is_sidechain else text(record.agent_id),
            project=project(record.cwd) or text(self._project),
            branch=text(record.git_branch),
            raw_usage=raw_text(bytes(record.usage_metadata)),
        )
        return [told]


class QwenDocument(GeminiDocument):
    """Reads a session's JSON document."""

    name: ClassVar[str] = NAME


def claims_lines(path: str, head: bytes) -> bool:
    """Say whether a file is one of the JSON lines."""
    if path.endswith(".json"):
        return False
    is_told = b'"usageMetadata"' in head and b'"sessionId"' in head and b'"requestId"' not in head
    return is_told or ".qwen" in parts_of(path)


def claims_document(path: str, head: bytes) -> bool:
    """Say whether a file is one of the documents."""
    is_his = ".qwen" in parts_of(path) or b'"qwen"' in head
    return is_his and gemini_cli.claims_document(path, head)


def _usage_of(raw: bytes) -> TokenUsage | None:
    if raw in {b"", b"null"}:
        return None
    try:
        told = _usage.decode(raw)
    except (ValueError, RecursionError):
        raise BrokenRecordError(OTHER_SHAPE) from None
    usage = gemini(
        count(told.prompt_token_count),
        count(told.cached_content_token_count),
        count(told.candidates_token_count),
        count(told.thoughts_token_count),
        count(told.tool_use_prompt_token_count),
        count(told.total_token_count),
    )
    return usage if usage.total_tokens else None
