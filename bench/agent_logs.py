"""Sessions of Claude Code to measure with: a home of about 500 MB, the same bytes for the same size.

Shaped as its own files are: a message stands on one line for each block of its content, all with its id and its usage;
results of tools are long and stand twice on their line; sub-agents have files of their own; a session that is
continued repeats the lines of the one before it. Everything in them is invented.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

START: Final = datetime(2026, 9, 1, tzinfo=UTC)
DAYS: Final = 75
PROJECTS: Final = 24
MARKER: Final = b'"usage":{'
"""What stands on every line that may tell a call, as Claude Code writes it."""
MODELS: Final = ("claude-opus-4-5-20251101", "claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001")
_TOOLS: Final = ("Bash", "Read", "Grep", "Edit", "Glob", "Write", "WebFetch", "TodoWrite")
_VERSIONS: Final = ("2.0.14", "2.0.37", "2.0.76", "2.1.14")
_NEWEST: Final = _VERSIONS[-1]
_PROSE: Final = (
    "return value self index for in if else import from class def raise except with open path lines count total "
    "the of and a to is that it was on are as at be this have or by one had not but what all were when we there can an "
    "request response client server table column row query cache token stream error state result assert test build"
)
_WORDS: Final[tuple[str, ...]] = tuple(_PROSE.split())
_INDENTS: Final = ("", "    ", "        ", "            ")
_ID_SIGNS: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_TEXT_LINES: Final = 6_000


class _Head(NamedTuple):
    """What all lines of a file share: where the session runs, its model, and the sub-agent whose file it is."""

    session: str
    cwd: str
    branch: str
    version: str
    model: str
    agent: str | None


def write_home(home: Path, size: int) -> None:
    """Write a home of Claude Code with about so many bytes under another name, and give it its own when it is whole."""
    unfinished = home.with_suffix(".part")
    writer = _Writer(unfinished, Random(6))
    while writer.size < size:
        writer.session()
    unfinished.rename(home)


def files_of(home: Path) -> list[Path]:
    """Return the files of a home."""
    return sorted(home.glob("projects/**/*.jsonl"))


class _Writer:
    """Writes one session after the other, each at a time of its own, until there are enough."""

    def __init__(self, home: Path, random: Random) -> None:
        self.size = 0
        self._home = home
        self._random = random
        self._lines = [_text_line(random) for _ in range(_TEXT_LINES)]
        self._last: dict[str, list[bytes]] = {}
        self._context = 0
        self._at = START

    def session(self) -> None:
        """Write a session, and the files of its sub-agents."""
        random = self._random
        project = min(int(random.expovariate(0.2)), PROJECTS - 1)
        cwd = f"/home/dev/src/project-{project}"
        folder = self._home / "projects" / cwd.replace("/", "-")
        branch, version = random.choice(("main", "main", "feature/one")), random.choice(_VERSIONS)
        head = _Head(self._uuid(), cwd, branch, version, random.choice(MODELS[:2]), None)
        self._at = START + timedelta(seconds=random.uniform(0, DAYS * 86_400))
        lines = self._begun(folder.name) if random.random() < 0.1 else []
        lines += [self._summary(), *self._turns(head, folder, max(1, int(random.lognormvariate(2.0, 1.1))))]
        self._last[folder.name] = lines
        self._write(folder / f"{head.session}.jsonl", lines)

    def _begun(self, project: str) -> list[bytes]:
        """Return how another session of the project began, which this one goes on with."""
        known = self._last.get(project, [])
        return known[: len(known) // 2]

    def _turns(self, head: _Head, folder: Path, turns: int) -> Iterator[bytes]:
        random = self._random
        self._context = 14_000
        for _ in range(turns):
            yield self._record(head, "user", {"role": "user", "content": self._text(random.randint(1, 8))})
            for _ in range(int(random.expovariate(0.12)) + 1):
                yield from self._message(head, tool=random.choice(_TOOLS))
            if head.agent is None and random.random() < 0.1:
                yield from self._sub_agent(head, folder)
            yield from self._message(head, tool=None)
            if random.random() < 0.3:
                yield self._line({"type": "file-history-snapshot", "messageId": self._uuid(), "snapshot": {}})

    def _sub_agent(self, head: _Head, folder: Path) -> Iterator[bytes]:
        """Write the file of a sub-agent, and yield the lines that its parent has of it: its call, its result."""
        random = self._random
        name = f"{random.getrandbits(28):07x}"
        context = self._context
        lines = list(self._turns(head._replace(agent=name, model=random.choice(MODELS)), folder, 1))
        self._context = context
        self._write(folder / head.session / "subagents" / f"agent-{name}.jsonl", lines)
        result = {"status": "completed", "agentId": name, "totalTokens": 9_000, "usage": self._usage(head, 90)}
        yield from self._message(head, tool="Task", result=result)

    def _message(self, head: _Head, *, tool: str | None, result: dict[str, Any] | None = None) -> Iterator[bytes]:
        """Yield the lines of an answer, one for each block, and that of its tool's result."""
        random = self._random
        blocks: list[dict[str, Any]] = []
        if random.random() < 0.35:
            blocks.append({"type": "thinking", "thinking": self._text(6), "signature": self._id("", 400)})
        if tool is None or random.random() < 0.5:
            blocks.append({"type": "text", "text": self._text(random.randint(1, 12))})
        called = self._id("toolu_01", 22)
        if tool:
            blocks.append({"type": "tool_use", "id": called, "name": tool, "input": {"command": self._text(2)}})
        name, request = self._id("msg_01", 22), self._id("req_011C", 20)
        output = int(random.lognormvariate(5.0, 1.0)) + 1
        usage = self._usage(head, output)
        for number, block in enumerate(blocks):
            # Versions before the newest tell the output as far as it was known when the block ended.
            told = output if number == len(blocks) - 1 or head.version == _NEWEST else min(output, 1 + number)
            message = {
                "model": head.model,
                "id": name,
                "type": "message",
                "role": "assistant",
                "content": [block],
                "stop_reason": None,
                "stop_sequence": None,
                "usage": {**usage, "output_tokens": told},
            }
            yield self._record(head, "assistant", message, requestId=request)
        if tool:
            for _ in range(random.choice((0, 1, 1, 2))):
                yield self._progress(head, called)
            yield self._result(head, called, result)

    def _progress(self, head: _Head, called: str) -> bytes:
        told = {
            "type": "hook_progress",
            "hookEvent": "PostToolUse",
            "hookName": "PostToolUse:Edit",
            "command": "callback",
        }
        return self._record(head, "progress", None, data=told, toolUseID=called, parentToolUseID=called)

    def _result(self, head: _Head, called: str, result: dict[str, Any] | None) -> bytes:
        text = self._text(min(2_000, int(self._random.lognormvariate(3.55, 1.3))) + 1)
        block = {"tool_use_id": called, "type": "tool_result", "content": text}
        told = {**result, "content": text} if result else {"stdout": text, "stderr": "", "interrupted": False}
        return self._record(head, "user", {"role": "user", "content": [block]}, toolUseResult=told)

    def _usage(self, head: _Head, output: int) -> dict[str, Any]:
        random = self._random
        written, read = random.randint(200, 3_000), self._context
        self._context = 14_000 if self._context > 160_000 else self._context + written
        usage: dict[str, Any] = {
            "input_tokens": random.randint(1, 12),
            "cache_creation_input_tokens": written,
            "cache_read_input_tokens": read,
            "cache_creation": {"ephemeral_5m_input_tokens": written, "ephemeral_1h_input_tokens": 0},
            "output_tokens": output,
            "service_tier": "standard",
        }
        if head.version == _NEWEST:
            usage["server_tool_use"] = {"web_search_requests": 0, "web_fetch_requests": 0}
        return usage

    def _record(self, head: _Head, kind: str, message: dict[str, Any] | None, **more: Any) -> bytes:
        self._at += timedelta(seconds=self._random.expovariate(0.15))
        record = {
            "parentUuid": self._uuid(),
            "isSidechain": head.agent is not None,
            "userType": "external",
            "cwd": head.cwd,
            "sessionId": head.session,
            "version": head.version,
            "gitBranch": head.branch,
            **({"agentId": head.agent} if head.agent else {}),
            **({"message": message} if message else {}),
            **more,
            "type": kind,
            "uuid": self._uuid(),
            "timestamp": f"{self._at:%Y-%m-%dT%H:%M:%S}.{self._at.microsecond // 1000:03d}Z",
        }
        return self._line(record)

    def _summary(self) -> bytes:
        return self._line({"type": "summary", "summary": "What was done so far", "leafUuid": self._uuid()})

    def _line(self, record: dict[str, Any]) -> bytes:
        return json.dumps(record, separators=(",", ":")).encode() + b"\n"

    def _text(self, lines: int) -> str:
        start = self._random.randrange(_TEXT_LINES)
        return "\n".join((self._lines[start:] + self._lines)[:lines])

    def _uuid(self) -> str:
        signs = f"{self._random.getrandbits(128):032x}"
        return f"{signs[:8]}-{signs[8:12]}-{signs[12:16]}-{signs[16:20]}-{signs[20:]}"

    def _id(self, prefix: str, length: int) -> str:
        return prefix + "".join(self._random.choices(_ID_SIGNS, k=length))

    def _write(self, path: Path, lines: list[bytes]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        content = b"".join(lines)
        path.write_bytes(content)
        self.size += len(content)


def _text_line(random: Random) -> str:
    words: list[str] = random.choices(_WORDS, k=random.randint(3, 14))
    words[random.randrange(len(words))] = f'"{random.getrandbits(24):x}"'
    return random.choice(_INDENTS) + " ".join(words)
