"""The usual lines of Claude Code's session files, read in a fraction of the time: a million of them are all alike.

The shapes below fit usual lines only; whatever is odd about a line sends it the long way, through `claude_code`, which
has the rules. What kind of call a line tells is learned from the long way, too: here its parts are only known again.
A field typed `None` is one that makes a line an odd one.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from tokencli.readers.agent_fields import LARGEST_COUNT, LONGEST_KEY, LONGEST_RAW, moment
from tokencli.readers.telling import ToldCall

if TYPE_CHECKING:
    from collections.abc import Callable

    from tokencli.readers.telling import Telling
    from tokencli.readers.told import Told

_Count = Annotated[int, msgspec.Meta(ge=0, le=LARGEST_COUNT)]
_MOST_MINUTES: Final = 4096
_STAMP: Final = len("2026-01-02T03:04:05.678Z")
_NAMES: Final = (
    "cache_read_tokens",
    "cache_write_1h_tokens",
    "cache_write_5m_tokens",
    "cache_write_tokens",
    "inference_region",
    "input_tokens",
    "output_tokens",
    "reasoning_tokens",
    "service_tier",
    "web_search_requests",
)


class _Message(msgspec.Struct, gc=False):
    id: str
    model: str
    usage: msgspec.Raw


class _Line(msgspec.Struct, rename="camel", gc=False):
    timestamp: str
    session_id: str
    cwd: str
    message: _Message
    type: str | None = None
    uuid: str | None = None
    git_branch: str | None = None
    version: str | None = None
    is_sidechain: bool | None = None
    agent_id: str | None = None
    is_api_error_message: None = None
    cost_usd: None = msgspec.field(name="costUSD", default=None)
    input_tokens: None = None
    output_tokens: None = None
    cache_creation_input_tokens: None = None
    cache_read_input_tokens: None = None
    data: None = None
    stream_session: None = msgspec.field(name="session_id", default=None)
    stream_version: None = msgspec.field(name="claude_code_version", default=None)
    model: None = None
    parent_tool_use_id: None = msgspec.field(name="parent_tool_use_id", default=None)
    model_usage: None = None
    total_cost_usd: None = msgspec.field(name="total_cost_usd", default=None)


class _Split(msgspec.Struct, gc=False):
    ephemeral_5m_input_tokens: _Count = 0
    ephemeral_1h_input_tokens: _Count = 0


class _Tools(msgspec.Struct, gc=False):
    web_search_requests: _Count = 0


class _Details(msgspec.Struct, gc=False):
    thinking_tokens: _Count = 0


class _Usage(msgspec.Struct, gc=False):
    input_tokens: _Count
    output_tokens: _Count
    cache_creation_input_tokens: _Count
    cache_read_input_tokens: _Count
    cache_creation: _Split | None = None
    output_tokens_details: _Details | None = None
    server_tool_use: _Tools | None = None
    service_tier: str | None = None
    inference_geo: str | None = None
    speed: str | None = None
    iterations: tuple[()] | None = None


_line = msgspec.json.Decoder(_Line).decode
_usage = msgspec.json.Decoder(_Usage).decode
_NO_SPLIT: Final = _Split()
_NO_TOOLS: Final = _Tools()
_NO_DETAILS: Final = _Details()


class UsualLines:
    """Reads the usual lines of one file.

    `prefix` stands before a message's id in the name of its call; `the_long_way` returns the calls of any line.
    """

    def __init__(self, prefix: str, the_long_way: Callable[[bytes], list[Told]]) -> None:
        """Begin with nothing learned."""
        self._prefix = prefix
        self._the_long_way = the_long_way
        self._longest = LONGEST_KEY - len(prefix)
        self._minutes: dict[str, int | None] = {}

    def read(self, telling: Telling, line: bytes, seq: int) -> bool:
        """Add the call that a usual line tells; False when it is an odd one, and nothing changed then.

        Raises:
            BrokenRecordError: the long way found that it cannot be read.
        """
        try:
            record = _line(line)
            message = record.message
            usage = _usage(message.usage)
        except (ValueError, RecursionError):
            return False
        name, at = message.id, self._at(record.timestamp)
        if at is None or not (0 < len(name) <= self._longest and name.isascii() and name.isprintable()):
            return False
        sort = (
            record.session_id,
            record.cwd,
            record.git_branch,
            record.version,
            record.is_sidechain,
            record.agent_id,
            message.model,
            usage.service_tier,
            usage.inference_geo,
            usage.speed,
        )
        number = telling.learned.get(sort)
        if number is None:
            return self._learn(telling, line, seq, sort)
        return _added(telling, (seq, number, f"{self._prefix}{name}", at, name), usage, message.usage)

    def _learn(self, telling: Telling, line: bytes, seq: int, sort: tuple[object, ...]) -> bool:
        """Read a line the long way, and remember what kind of call such lines tell."""
        calls = self._the_long_way(line)
        if len(calls) != 1:
            return False
        telling.add(seq, calls[0])
        telling.learned[sort] = telling.kind_number(calls[0])
        return True

    def _at(self, stamp: str) -> int | None:
        """Return a time as microseconds since 1970; of many in one minute only the first is looked at whole."""
        if len(stamp) != _STAMP or stamp[19] != "." or stamp[23] != "Z":
            return moment(stamp)
        minute, digits = stamp[:17], stamp[17:19] + stamp[20:23]
        try:
            begin = self._minutes[minute]
        except KeyError:
            if len(self._minutes) >= _MOST_MINUTES:
                self._minutes.clear()
            begin = self._minutes[minute] = moment(f"{minute}00Z")
        if begin is None or digits >= "6" or not (digits.isascii() and digits.isdigit()):
            return moment(stamp)
        return begin + int(digits) * 1_000


def _added(telling: Telling, head: tuple[int, int, str, int, str], usage: _Usage, raw: msgspec.Raw) -> bool:
    """Add a call, or more of one that is known; False where its counts contradict themselves."""
    seq, number, key, at, name = head
    split, tools = usage.cache_creation or _NO_SPLIT, usage.server_tool_use or _NO_TOOLS
    written, output = usage.cache_creation_input_tokens, usage.output_tokens
    short, long = split.ephemeral_5m_input_tokens, split.ephemeral_1h_input_tokens
    thinking = (usage.output_tokens_details or _NO_DETAILS).thinking_tokens
    if short + long > written or thinking > output:
        return False
    cached = usage.cache_read_input_tokens
    into = usage.input_tokens + cached + written
    known = telling.known(key)
    if known is not None:
        # Claude Code's calls all have counts, and these are the provider's own.
        if (output, into, cached, written, thinking) <= (known[7], known[4], known[5], known[6], known[8]):
            telling.pass_again()
            return True
        seq, at = known[0], min(at, known[3])
    kind = telling.kinds[number]
    values = (cached, long, short, written, _quoted(kind.inference_region), into, output, thinking)
    told = _as_json((*values, _quoted(kind.service_tier), tools.web_search_requests))
    written_raw = str(raw, "utf-8", "replace") if len(raw) <= LONGEST_RAW else None
    counts = (into, cached, written, output, thinking)
    rest = (told, name, None, None, None, written_raw, True, long, tools.web_search_requests)
    telling.put(ToldCall._make((seq, number, key, at, *counts, *rest)))
    return True


@lru_cache(maxsize=64)
def _quoted(text: str | None) -> str | None:
    return None if text is None else json.dumps(text)


def _as_json(values: tuple[int | str | None, ...]) -> str | None:
    """Return the counts that are not 0 as a JSON object where there are more than the five plain ones."""
    if not (values[1] or values[2] or values[4] or values[8] or values[9]):
        return None
    told = [f'"{name}": {value}' for name, value in zip(_NAMES, values, strict=True) if value]
    return f"{{{', '.join(told)}}}"
