"""Continue: the tokens that it counted itself of each call, in its development data and in the text of its core log.

Continue counts with a tokenizer of its own before it asks: these are estimates, and no provider's word.
"""

from __future__ import annotations

import re
from typing import ClassVar, Final

import msgspec

from tokencli.domain.providers import canonical_provider
from tokencli.domain.usage import Basis, TokenUsage
from tokencli.readers.agent_fields import NO_TIME, Moment, Number, changed_at, count, digest, moment, text
from tokencli.readers.agent_json import Shape, parts_of
from tokencli.readers.told import BrokenRecordError, Told

NAME: Final = "continue"
_HEADING: Final = b"Request had the following token counts"
_PROMPT: Final = re.compile(rb"(?i)prompt tokens:\s*~?(\d{1,15})\b")
_TIME: Final = re.compile(rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,6})?(?:Z|[+-]\d\d:?\d\d)?")


class _Generated(msgspec.Struct, rename="camel"):
    model: str | None = None
    provider: str | None = None
    prompt_tokens: Number = None
    generated_tokens: Number = None
    timestamp: Moment = None


class _State(msgspec.Struct, omit_defaults=True):
    """How many calls without a time were told, and whether a block of the log is open, begun at some time."""

    told: int = 0
    is_open: bool = False
    at: int | None = None


_generated = Shape(_Generated)
_state = msgspec.json.Decoder(_State)


class ContinueReader:
    """Reads one file of development data, or the core log."""

    name: ClassVar[str] = NAME
    needles: ClassVar[tuple[bytes, ...]] = (
        b'"promptTokens"',
        b'"generatedTokens"',
        _HEADING,
        b"prompt tokens:",
        b"Prompt tokens:",
    )

    def __init__(self, path: str, state: str | None) -> None:
        """Begin, or go on where the reader stood."""
        self._path = path
        self._now = _state.decode(state) if state else _State()

    @property
    def state(self) -> str | None:
        """Return how many calls without a time were told, and the block that is open."""
        return msgspec.json.encode(self._now).decode() if self._now != _State() else None

    def read(self, line: bytes) -> list[Told]:
        """Return the call of a record, or of a block of the log."""
        return self._read_record(line) if line.lstrip().startswith(b"{") else self._read_text(line)

    def _read_record(self, line: bytes) -> list[Told]:
        record = _generated.decoded(line)
        if record is None or (record.prompt_tokens is None and record.generated_tokens is None):
            return []
        usage = TokenUsage(input_tokens=count(record.prompt_tokens), output_tokens=count(record.generated_tokens))
        if not usage.total_tokens:
            return []
        provider, told = text(record.provider), self._told(moment(record.timestamp), line, usage)
        return [
            msgspec.structs.replace(
                told,
                response_model=text(record.model),
                provider_name=canonical_provider(provider) if provider else None,
            )
        ]

    def _read_text(self, line: bytes) -> list[Told]:
        found = _TIME.search(line)
        at = moment(found[0].decode().replace(",", ".")) if found else None
        if _HEADING in line:
            self._now.is_open, self._now.at = True, at
        match = _PROMPT.search(line) if self._now.is_open else None
        if match is None:
            return []
        begun, self._now.is_open, self._now.at = self._now.at, False, None
        usage = TokenUsage(input_tokens=count(match[1].decode()))
        return [self._told(at or begun, line, usage)] if usage.total_tokens else []

    def _told(self, at: int | None, line: bytes, usage: TokenUsage) -> Told:
        name = digest(line.strip())
        if at is None:
            self._now.told += 1
            name = digest(str(self._now.told), line.strip())
            at = changed_at(self._path)
        if at is None:
            raise BrokenRecordError(NO_TIME)
        return Told(key=f"{NAME}:line:{name}", at=at, usage=usage, basis=Basis.ESTIMATED, client=NAME)


def claims(path: str, head: bytes) -> bool:
    """Say whether a file is one of Continue's."""
    is_data = b'"promptTokens"' in head and b'"generatedTokens"' in head
    return is_data or _HEADING in head or parts_of(path)[-3:] == (".continue", "logs", "core.log")
