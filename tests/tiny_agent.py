"""A client's log for tests: {"id": "a1", "at": 1700000000, "model": "gpt-4o", "in": 10, "out": 5}, one call a line,
and one more of the same figures for each name in "more".

Where a line names no model, the one of the line before holds: that is the reader's state.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from tokencli.domain.usage import TokenUsage
from tokencli.readers.agent_log import Agent
from tokencli.readers.told import BrokenRecordError, Told

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

SECOND_US = 1_000_000
NO_JSON = "no JSON"
NO_NUMBER = "the output is no number"


def line(name: str, at: int = 1_760_000_000, **fields: object) -> bytes:
    """Return one line of the log."""
    return json.dumps({"id": name, "at": at, "in": 10, "out": 5, **fields}).encode() + b"\n"


class TinyReader:
    """Reads the log of a client that no one has."""

    name: ClassVar[str] = "tiny"
    needles: ClassVar[tuple[bytes, ...]] = (b'"out"', b'"model"')

    def __init__(self, path: str, state: str | None) -> None:
        self._path = path
        self._model: str | None = json.loads(state) if state else None

    def read(self, line: bytes) -> list[Told]:
        try:
            record: dict[str, Any] = json.loads(line)
        except ValueError:
            raise BrokenRecordError(NO_JSON) from None
        self._model = record.get("model", self._model)
        if "out" not in record:
            return []
        if not isinstance(record["out"], int):
            raise BrokenRecordError(NO_NUMBER)
        usage = TokenUsage(
            input_tokens=record["in"], output_tokens=record["out"], cache_read_tokens=record.get("cached", 0)
        )
        told = Told(
            key=f"tiny:{record['id']}",
            at=record["at"] * SECOND_US,
            usage=usage,
            is_growing=True,
            provider_name=record.get("provider", "openai"),
            request_model=self._model,
            response_id=record.get("response_id"),
            conversation_id=Path(self._path).stem,
            client="tiny",
            agent=record.get("agent"),
            project=record.get("project"),
            duration_us=record.get("duration_us"),
        )
        return [told, *(msgspec.structs.replace(told, key=f"tiny:{name}") for name in record.get("more", []))]

    @property
    def state(self) -> str | None:
        return json.dumps(self._model) if self._model else None


class TinyDocument:
    """Reads the same records from a document that is written anew; the last one is always odd."""

    name: ClassVar[str] = "tiny-doc"

    def read(self, path: str, data: bytes) -> list[Told | BrokenRecordError]:
        told = [call for each in data.split(b"\n") if each for call in TinyReader(path, None).read(each)]
        return [*told, BrokenRecordError("odd")] if told else []


class TinyRows:
    """Reads rows of (id, output)."""

    name: ClassVar[str] = "tiny-rows"

    def read(self, path: str, rows: Iterable[tuple[object, ...]]) -> Iterator[Told | BrokenRecordError]:
        for name, out in rows:
            try:
                yield from TinyReader(path, None).read(line(str(name), out=out))
            except BrokenRecordError as error:
                yield error


def roots(environ: Mapping[str, str], home: Path) -> list[Path]:
    """Return where the client keeps its logs."""
    return [Path(environ["TINY_HOME"])] if "TINY_HOME" in environ else [home / ".tiny"]


def claims(path: str, head: bytes) -> bool:
    """Say whether a file is one of the client's."""
    return path.endswith(".tiny.jsonl") or head.startswith(b'{"id"')


AGENT = Agent("tiny", roots, ("**/*.tiny.jsonl",), claims, lines=TinyReader)
DOCUMENT = AGENT._replace(name="tiny-doc", patterns=("*.tiny.json",), lines=None, document=TinyDocument)
ROWS = AGENT._replace(name="tiny-rows", patterns=("*.tiny.db",), lines=None, rows=TinyRows)
