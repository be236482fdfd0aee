"""The usual lines of Claude Code's sessions tell the same in the short way as in the long one, and odd lines too."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any, ClassVar

from hypothesis import example, given
from hypothesis import strategies as st

from tokencli.readers.agent_log import QuickReader
from tokencli.readers.agent_scan import of_lines
from tokencli.readers.claude_code import ClaudeCodeReader
from tokencli.readers.claude_lines import UsualLines
from tokencli.readers.telling import Telling

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tokencli.readers.told import Told

PATH = "/h/.claude/projects/-src-app/0b1c.jsonl"
ODD: list[Any] = [None, -1, 2**49, 2**49 + 1, 2**70, 1.0, 1.5, "7", "x", True, [1]]
COUNTS: st.SearchStrategy[Any] = st.integers(0, 5_000) | st.sampled_from(ODD)
NAMES: st.SearchStrategy[Any] = st.sampled_from(["s1", "", "é", "x" * 300, None, 5, "a\u0007b", "\ud800"])
USAGE: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {"input_tokens": COUNTS, "output_tokens": COUNTS},
    optional={
        "cache_creation_input_tokens": COUNTS,
        "cache_read_input_tokens": COUNTS,
        "cache_creation": st.none()
        | st.fixed_dictionaries(
            {}, optional={"ephemeral_5m_input_tokens": COUNTS, "ephemeral_1h_input_tokens": COUNTS}
        ),
        "output_tokens_details": st.none() | st.fixed_dictionaries({"thinking_tokens": COUNTS}),
        "server_tool_use": st.none() | st.fixed_dictionaries({"web_search_requests": COUNTS, "other": st.just([1])}),
        "service_tier": NAMES | st.just("standard"),
        "inference_geo": NAMES,
        "speed": NAMES | st.just("fast"),
        "iterations": st.sampled_from([None, [], [{"type": "compaction", "input_tokens": 5, "output_tokens": 1}], 3]),
    },
)
STAMPS: st.SearchStrategy[Any] = st.sampled_from(
    [
        "2026-01-02T03:04:05.678Z",
        "2026-01-02T03:04:59.001Z",
        "2026-01-02T03:04:60.000Z",
        "2026-01-02T03:04:5x.678Z",
        "2026-01-02 03:04:05.678Z",
        "2026-01-02T03:04:05.678901Z",
        "2026-01-02T03:04:05+02:00",
        "2026-01-02T03:04:05.6779999Z",
        "2026-01-02t03:04:05.67899951z",
        "2200-01-01T00:00:00.000Z",
        "2199-12-31T23:59:59.999Z",
        "2026-01-02T03:04:\u0665\u0665.678Z",
        "1970-01-01T00:00:00.000Z",
        "2026-13-02T03:04:05.678Z",
        "yesterday",
        1_767_323_045,
        None,
    ]
)
LINE: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["assistant", "assistant", "user", 3, None]),
        "timestamp": STAMPS,
        "sessionId": NAMES,
        "cwd": NAMES | st.just("/src/app/"),
        "message": st.none()
        | st.fixed_dictionaries(
            {"id": NAMES | st.sampled_from(["msg_1", "msg_2"]), "content": st.just([{"text": 'a "usage": {} b'}])},
            optional={"usage": USAGE, "model": NAMES | st.sampled_from(["claude-opus-4-6", "<synthetic>"])},
        ),
    },
    optional={
        "uuid": NAMES,
        "gitBranch": NAMES,
        "version": NAMES,
        "isSidechain": st.sampled_from([True, False, None, 0]),
        "agentId": NAMES,
        "isApiErrorMessage": st.sampled_from([True, False, None]),
        "costUSD": st.sampled_from([0.25, None, "x"]),
        "inputTokens": COUNTS,
        "data": st.sampled_from([None, {}, {"message": {"message": {"id": "m", "usage": {"input_tokens": 1}}}}]),
        "session_id": NAMES,
        "claude_code_version": NAMES,
        "model": NAMES,
        "usage": st.sampled_from([None, {"input_tokens": 3}]),
        "modelUsage": st.sampled_from([None, {}, {"m": {"inputTokens": 3}}, 3]),
        "total_cost_usd": st.sampled_from([None, 1.5, "x"]),
        "parent_tool_use_id": NAMES,
    },
)
PLAIN: dict[str, Any] = {
    "type": "assistant",
    "timestamp": "2026-01-02T03:04:05.678Z",
    "sessionId": "s1",
    "cwd": "/src/app",
    "version": "2.1.0",
    "isSidechain": False,
    "message": {
        "id": "msg_1",
        "model": "claude-opus-4-6",
        "usage": {
            "input_tokens": 3,
            "output_tokens": 50,
            "cache_creation_input_tokens": 20,
            "cache_read_input_tokens": 10,
            "cache_creation": {"ephemeral_5m_input_tokens": 15, "ephemeral_1h_input_tokens": 5},
            "service_tier": "standard",
        },
    },
}


class LongWay:
    """The reader without its short way."""

    name: ClassVar[str] = ClaudeCodeReader.name
    needles: ClassVar[tuple[bytes, ...]] = ClaudeCodeReader.needles

    def __init__(self, path: str, state: str | None) -> None:
        self._reader = ClaudeCodeReader(path, state)

    def read(self, line: bytes) -> list[Told]:
        return self._reader.read(line)

    @property
    def state(self) -> str | None:
        return self._reader.state


def told(reader: ClaudeCodeReader | LongWay, lines: Sequence[bytes]) -> list[object]:
    (telling,) = of_lines(io.BytesIO(b"".join(line + b"\n" for line in lines)), reader)
    calls = [(telling.kinds[call.kind], *call[:1], *call[2:]) for call in telling.calls]
    counts = telling.lines, telling.duplicate, telling.other, telling.broken, telling.first_broken
    return [calls, counts, telling.reasons, telling.end, telling.tail, telling.state]


@given(st.lists(LINE, max_size=6), st.sampled_from([(",", ":"), (", ", ": "), (" ,\t", " : ")]))
@example([PLAIN, PLAIN | {"timestamp": "2026-01-02T03:04:01.000Z"}], (",", ":"))
def test_the_short_way_tells_what_the_long_one_does(records: list[dict[str, Any]], spaces: tuple[str, str]) -> None:
    lines = [json.dumps(record, separators=spaces).encode() for record in records]
    assert told(ClaudeCodeReader(PATH, None), lines) == told(LongWay(PATH, None), lines)


@given(st.lists(LINE, min_size=1, max_size=3), st.data())
def test_a_line_with_any_byte_changed_tells_the_same_both_ways(
    records: list[dict[str, Any]], data: st.DataObject
) -> None:
    line = bytearray(b"\n".join(json.dumps(record).encode() for record in [PLAIN, *records, PLAIN]))
    place = data.draw(st.integers(0, len(line) - 1))
    line[place] = data.draw(st.integers(0, 255))
    lines = bytes(line).split(b"\n")
    assert told(ClaudeCodeReader(PATH, None), lines) == told(LongWay(PATH, None), lines)


def test_only_the_first_line_of_a_kind_goes_the_long_way() -> None:
    reader = ClaudeCodeReader(PATH, None)
    assert isinstance(reader, QuickReader)
    assert not isinstance(LongWay(PATH, None), QuickReader)
    asked: list[bytes] = []

    def the_long_way(line: bytes) -> list[Told]:
        asked.append(line)
        return reader.read(line)

    usual, telling = UsualLines("claude-code:", the_long_way), Telling()
    message = PLAIN["message"]
    lines = [json.dumps(PLAIN | {"message": message | {"id": f"msg_{number}"}}).encode() for number in range(9)]
    odd: list[bytes] = []
    usual.read(telling, list(enumerate(lines)), lambda _, line: odd.append(line))
    usual.settle(telling)
    assert (odd, telling.lines) == ([], 9)
    assert asked == lines[:1]
    assert [(call.key, call.seq) for call in telling.calls] == [(f"claude-code:msg_{n}", n) for n in range(9)]
