"""The judge of the corpus of agents' logs: what our readers count, beside what others counted of the same files.

An expectation is a list of rows; each row names a part of the calls (a day, a model, a session ...) and its sums. A
rule turns the files into what a peer reads of them where we argue otherwise: a case passes by a rule only when our own
reading of the turned files is exactly the peer's, so that no rule can excuse anything but what it names.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from tokencli.readers.agents import claimant, named
from tokencli.readers.told import BrokenRecordError, Told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from tokencli.readers.agent_log import Agent

Files = dict[str, str]
Row = dict[str, Any]
FORMATS = {
    "claude-code-stream-json": "claude-code",
    "gemini": "gemini-cli",
    "qwen": "qwen-code",
    "ibm-bob": "cline",
    "kilo-code": "cline",
    "roo-code": "cline",
    "omp": "pi",
    "openclaw": "pi",
    "litellm-proxy-spend-log": "litellm",
    "litellm-standard-logging-payload": "litellm",
}
CHANGED_S = 1_795_132_800  # 2026-11-20, the day on which the peers read the files that had just been written
SUMS = ("input", "fresh", "cache_read", "cache_write", "output", "answer", "reasoning", "calls")


@dataclass(frozen=True)
class Seen:
    """One call, with the names by which rows ask for it."""

    told: Told
    names: dict[str, str]

    def sums(self) -> dict[str, int]:
        """Return the call's counts."""
        usage = self.told.usage
        assert usage is not None
        return {
            "input": usage.input_tokens,
            "fresh": usage.uncached_input_tokens,
            "cache_read": usage.cache_read_tokens,
            "cache_write": usage.cache_write_tokens,
            "output": usage.output_tokens,
            "answer": usage.output_tokens - usage.reasoning_tokens,
            "reasoning": usage.reasoning_tokens,
            "calls": 1,
        }


@dataclass(frozen=True)
class Expected:
    """What a peer says. `by` names the dimension of the rows, whose keys are given; None is the sum of everything."""

    what: str
    by: str | None
    rows: dict[str, Row]
    is_whole: bool = True
    where: Callable[[Seen], bool] = field(default=lambda _: True)

    def without_models(self) -> Expected:
        """Return the same by day alone."""
        rows: dict[str, Row] = {}
        for name, row in self.rows.items():
            sums = rows.setdefault(name.partition(" ")[0], {})
            sums |= {part: sums.get(part, 0) + number for part, number in row.items()}
        return replace(self, by="day", rows=rows)

    def answering(self) -> Expected:
        """Return the same of a peer whose output leaves reasoning out."""
        rows = {
            name: {"answer" if part == "output" else part: number for part, number in row.items()}
            for name, row in self.rows.items()
        }
        return replace(self, rows=rows)

    def differences(self, calls: Iterable[Seen]) -> list[str]:
        """Return where the calls' sums are not the expected ones."""
        found: dict[str, dict[str, int]] = {}
        for call in filter(self.where, calls):
            sums = found.setdefault(call.names[self.by] if self.by else "", dict.fromkeys(SUMS, 0))
            for name, number in call.sums().items():
                sums[name] += number
        wrong = [
            f"{self.what}: {name or 'all'}: {part} {found.get(name, {}).get(part, 0)}, not {number}"
            for name, row in self.rows.items()
            for part, number in row.items()
            if found.get(name, {}).get(part, 0) != number
        ]
        extra = [f"{self.what}: {name} should not be there" for name in found if name not in self.rows]
        return wrong + (extra if self.is_whole else [])


def told_by(agent: Agent, path: str, data: bytes) -> list[Told]:
    """Return what a reader makes of a file; a reader of lines is put down and taken up again behind each of them."""
    if agent.document is not None:
        return [item for item in agent.document().read(path, data) if isinstance(item, Told)]
    found: list[Told] = []
    state: str | None = None
    for line in data.split(b"\n"):
        reader = agent.lines(path, state) if agent.lines else None
        if reader is not None and any(needle in line for needle in reader.needles):
            with contextlib.suppress(BrokenRecordError):
                found += reader.read(line)
            state = reader.state
    return found


def merged(told: Iterable[Told]) -> list[Told]:
    """Return each call once: the largest output where it grows, else the first one told; the earliest time."""
    known: dict[str, Told] = {}
    for call in told:
        old = known.get(call.key)
        if old is None or old.usage is None or call.usage is None:
            known[call.key] = call
        elif call.is_growing and call.usage.output_tokens > old.usage.output_tokens:
            known[call.key] = msgspec.structs.replace(
                call, at=min(call.at, old.at), conversation_id=old.conversation_id
            )
        elif call.at < old.at:
            known[call.key] = call
    return sorted(known.values(), key=lambda call: call.at)


def read(
    files: Files, folder: Path, agent_name: str = "", *, backwards: bool = False, apart: bool = False
) -> list[Seen]:
    """Return the calls that a case's files tell; `apart` merges none of different files.

    A file that no format claims is read as what the case says it is, for such is a file in its own folder.
    """
    told: list[list[Told]] = []
    stems: dict[str, str] = {}
    for name, text in sorted(files.items(), reverse=backwards):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = text.encode()
        path.write_bytes(data)
        os.utime(path, (CHANGED_S, CHANGED_S))
        agent = claimant(name, data[:65_536]) or named(FORMATS.get(agent_name, agent_name), name, data[:65_536])
        if agent is not None:
            told.append(told_by(agent, str(path), data))
            stems |= {call.conversation_id or "": path.stem for call in told[-1]}
    groups = [merged(calls) for calls in told] if apart else [merged(call for calls in told for call in calls)]
    calls = sorted((call for group in groups for call in group if call.usage is not None), key=lambda call: call.at)
    return [
        Seen(call, names(call) | {"file": stems[call.conversation_id or ""]} | places(number, len(calls), call))
        for number, call in enumerate(calls)
    ]


def places(number: int, size: int, call: Told) -> dict[str, str]:
    """Return where a call stands among the others in order of time."""
    known = names(call)
    return {
        "nth": str(number),
        "nth and model": f"{number} {known['model']}",
        "nth and session": f"{number} {known['session']}",
        "nth and time": f"{number} {known['time']}",
        "last": "last" if number == size - 1 else "",
    }


def names(call: Told) -> dict[str, str]:
    """Return what a call belongs to, as the peers name it."""
    at = datetime.fromtimestamp(call.at / 1_000_000, UTC)
    usage = call.usage
    assert usage is not None
    week = at - timedelta(days=(at.weekday() + 1) % 7)
    model = f"{call.response_model or ''}{'-fast' if usage.service_tier == 'fast' else ''}"
    counts = (usage.uncached_input_tokens, usage.cache_write_tokens, usage.cache_read_tokens, usage.output_tokens)
    return {
        "day": f"{at:%Y-%m-%d}",
        "month": f"{at:%Y-%m}",
        "week": f"{week:%Y-%m-%d}",
        "time": f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z",
        "model": model,
        "day and model": f"{at:%Y-%m-%d} {model}",
        "session": call.conversation_id or "",
        "counts": "/".join(map(str, counts)),
    }


def files_of(case: Row) -> Files:
    """Return a case's files; pieces of one file, given in order, are put together again."""
    files = {name: text for name, text in case["files"].items() if text is not None}
    if case["kind"] != "log-lines":
        return files
    lines = [line for text in files.values() for line in text.split("\n")]
    return {"session.jsonl": "\n".join(line if _is_json(line) else _filled(line) for line in lines)}


def _filled(line: str) -> str:
    """Return the JSON that a template with doubled braces means."""
    return line.replace("{{", "{").replace("}}", "}")


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def lines_kept(files: Files, keep: Callable[[str], bool]) -> Files:
    """Return the files with only the lines that are kept."""
    return {name: "\n".join(filter(keep, text.split("\n"))) for name, text in files.items()}


def _record(line: str) -> Row:
    try:
        value = json.loads(line)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _one_call_a_line(files: Files) -> Files:
    """Give each message without a request id an id of its own."""
    number = 0

    def own(line: str) -> str:
        nonlocal number
        number += 1
        record = _record(line)
        if not record.get("message", {}).get("id") or record.get("requestId"):
            return line
        record["message"]["id"] += f"-{number}"
        return json.dumps(record)

    return {name: "\n".join(map(own, text.split("\n"))) for name, text in files.items()}


def _has_version(line: str) -> bool:
    version = _record(line).get("version")
    return version is None or re.match(r"\d+\.\d+\.\d+", version) is not None


def _active(files: Files) -> Files:
    """Leave out an archived file where an active one has its name."""
    active = {name.partition("sessions/")[2] for name in files if "archived_sessions/" not in name}
    return {
        name: text
        for name, text in files.items()
        if "archived_sessions/" not in name or name.partition("archived_sessions/")[2] not in active
    }


def _total_as_output(files: Files) -> Files:
    """Give all of a lone total to the output."""
    alone = re.compile(r'"(usage|tokens)"\s*:\s*\{([^{}]*?)"(?:total|totalTokens)"\s*:\s*(\d+)')
    parts = re.compile(r'"(?:input|output|inputTokens|outputTokens)"')

    def turned(found: re.Match[str]) -> str:
        output = "output" if found[1] == "tokens" or '"model"' not in found[2] else "outputTokens"
        return found[0] if parts.search(found[2]) else f'"{found[1]}":{{{found[2]}"{output}":{found[3]}'

    return {name: alone.sub(turned, text) for name, text in files.items()}


RULES: dict[str, Callable[[Files], Files]] = {
    "spacing": lambda files: lines_kept(files, lambda line: '"usage": {' not in line),
    "synthetic": lambda files: {name: text.replace('"<synthetic>"', '""') for name, text in files.items()},
    "version": lambda files: lines_kept(files, _has_version),
    "request-id": _one_call_a_line,
    "flat": lambda files: lines_kept(files, lambda line: '"usage"' in line),
    "active-file": _active,
    "total-alone": _total_as_output,
}
"""What a peer does to the files before it counts; each is argued in docs/reference/logs.md."""
