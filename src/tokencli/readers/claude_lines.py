"""The usual lines of Claude Code's session files, read in a fraction of the time: a million of them are all alike.

The shapes below fit usual lines only; whatever is odd about a line sends it the long way, through `claude_code`, which
has the rules. What kind of call a line tells is learned from the long way, too: here its parts are only known again.
A field typed `None` is one that makes a line an odd one.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated, Final, cast

import msgspec

from tokencli.readers.agent_fields import LARGEST_COUNT, LONGEST_KEY, LONGEST_RAW
from tokencli.readers.telling import ToldCall

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tokencli.readers.telling import Telling, ToldKind
    from tokencli.readers.told import Told

UNASKED: Final = "<synthetic>"
"""The model of messages that Claude Code writes itself, such as the text of an error: nobody was asked."""
_Count = Annotated[int, msgspec.Meta(ge=0, le=LARGEST_COUNT)]
_Time = Annotated[datetime, msgspec.Meta(tz=True)]
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_END: Final = datetime(2200, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_TIER: Final = "standard"


# Fields stand in the order of Claude Code's own JSON, in which they are found at once.
class _Message(msgspec.Struct, gc=False):
    model: str
    id: str
    usage: msgspec.Raw


class _Line(msgspec.Struct, rename="camel", gc=False, kw_only=True):
    is_sidechain: bool | None = None
    cwd: str
    session_id: str
    version: str | None = None
    git_branch: str | None = None
    agent_id: str | None = None
    message: _Message
    type: str | None = None
    uuid: str | None = None
    timestamp: _Time
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


class _Usage(msgspec.Struct, gc=False, kw_only=True):
    input_tokens: _Count
    cache_creation_input_tokens: _Count
    cache_read_input_tokens: _Count
    cache_creation: _Split | None = None
    output_tokens: _Count
    service_tier: str | None = None
    server_tool_use: _Tools | None = None
    inference_geo: str | None = None
    iterations: tuple[()] | None = None
    speed: str | None = None
    output_tokens_details: _Details | None = None


# A name for each field takes as long again as the call itself.
_call = cast("Callable[[tuple[object, ...]], ToldCall]", partial(tuple.__new__, ToldCall))  # pyright: ignore[reportUnknownMemberType]
_line = msgspec.json.Decoder(_Line).decode
_usage = msgspec.json.Decoder(_Usage).decode


_Counts5 = tuple[int, int, int, int, int]
_Sort = tuple[tuple[object, ...], tuple[object, ...]]


_Held = tuple[int, str, str, datetime, _Counts5, bytes, _Line, _Usage]
"""A message as its lines tell it so far: where it stands, its name and key, when it began; the best line's counts, and
that line."""
_sort_of = attrgetter("session_id", "cwd", "git_branch", "version", "is_sidechain", "agent_id", "message.model")
_terms_of = attrgetter("service_tier", "inference_geo", "speed")


class UsualLines:
    """Reads the usual lines of one file.

    `prefix` stands before a message's id in the name of its call; `the_long_way` returns the calls of any line. The
    lines of one message stand together: what they tell is held back until another message's line comes.
    """

    def __init__(self, prefix: str, the_long_way: Callable[[bytes], list[Told]]) -> None:
        """Begin with nothing learned."""
        self._prefix = prefix
        self._the_long_way = the_long_way
        self._longest = LONGEST_KEY - len(prefix)
        self._held: _Held | None = None
        self._again = 0

    def read(self, telling: Telling, lines: Iterable[tuple[int, bytes]], odd: Callable[[int, bytes], None]) -> None:
        """Read lines, each with where it stands; `odd` takes an odd one, before which nothing is held back."""
        usual = 0
        for seq, line in lines:
            try:
                record = _line(line)
                message = record.message
                usage = _usage(message.usage)
                counts, at = _counts(record, usage), record.timestamp
            except (ValueError, RecursionError):
                self.settle(telling)
                odd(seq, line)
                continue
            held = self._held
            if held is not None and message.id == held[1]:
                self._again += 1
                if counts > held[4]:
                    self._held = (*held[:3], min(at, held[3]), counts, line, record, usage)
            else:
                self.settle(telling)
                key = self._new_key(telling, message.id)
                if key is None:
                    odd(seq, line)
                    continue
                self._held = (seq, message.id, key, at, counts, line, record, usage)
            usual += 1
        telling.lines += usual

    def settle(self, telling: Telling) -> None:
        """Tell what is held back."""
        if self._held is None:
            return
        seq, name, key, at, (output, into, cached, written, thinking), line, record, usage = self._held
        self._held = None
        number = self._kind_number(telling, (_sort_of(record), _terms_of(usage)), line)
        if self._again:
            telling.duplicate += self._again
            self._again = 0
        split, tools, raw = usage.cache_creation, usage.server_tool_use, record.message.usage
        hourly, short = (0, 0) if split is None else (split.ephemeral_1h_input_tokens, split.ephemeral_5m_input_tokens)
        searches = 0 if tools is None else tools.web_search_requests
        kind = telling.kinds[number]
        more: str | None
        if short and kind.service_tier == _TIER and not (hourly or searches or kind.inference_region):
            # The usual ones, of which there are very many.
            more = f'{{"cache_write_5m_tokens": {short}, "service_tier": "standard"}}'
        else:
            more = _further(hourly, short, searches, kind)
        own = str(raw, "utf-8", "replace") if len(raw) <= LONGEST_RAW else None
        since = (at - _EPOCH) // _MICROSECOND
        # fmt: off
        telling.put(_call((
            seq, number, key, since, into, cached, written, output, thinking, more,
            name, None, None, None, own, True, hourly, searches,
        )))
        # fmt: on

    def _kind_number(self, telling: Telling, sort: _Sort, line: bytes) -> int:
        """Return the number of the kind of calls of a sort, which is mostly that of the one before."""
        latest = telling.learned_last
        if latest is not None and latest[0] == sort:
            return latest[1]
        number = telling.learned.get(sort)
        if number is None:
            (known,) = self._the_long_way(line)
            number = telling.learned[sort] = telling.kind_number(known)
        telling.learned_last = sort, number
        return number

    def _new_key(self, telling: Telling, name: str) -> str | None:
        """Return a call's key; None where its name makes none as it is, or the telling knows the call already."""
        key = f"{self._prefix}{name}"
        is_fit = 0 < len(name) <= self._longest and name.isascii() and name.isprintable()
        return key if is_fit and not telling.knows(key) else None


class _OddLineError(ValueError):
    """A line that only the long way can read."""


def _counts(record: _Line, usage: _Usage) -> _Counts5:
    """Return output, input, cache reads and writes and thinking, by which the better of two lines is known.

    Raises:
        ValueError: they contradict themselves, nobody was asked for them, or their time is none.
    """
    split, details = usage.cache_creation, usage.output_tokens_details
    written, output = usage.cache_creation_input_tokens, usage.output_tokens
    thinking = 0 if details is None else details.thinking_tokens
    if split is not None and split.ephemeral_5m_input_tokens + split.ephemeral_1h_input_tokens > written:
        raise _OddLineError
    if thinking > output or record.message.model == UNASKED or not _EPOCH < record.timestamp < _END:
        raise _OddLineError
    cached = usage.cache_read_input_tokens
    return output, usage.input_tokens + cached + written, cached, written, thinking


def _further(hourly: int, short: int, searches: int, kind: ToldKind) -> str | None:
    """Return what `domain.usage.further` does of what a line may tell besides the plain counts."""
    told = f', "cache_write_1h_tokens": {hourly}' if hourly else ""
    if short:
        told += f', "cache_write_5m_tokens": {short}'
    if kind.inference_region:
        told += f', "inference_region": {_quoted(kind.inference_region)}'
    if kind.service_tier:
        told += f', "service_tier": {_quoted(kind.service_tier)}'
    if searches:
        told += f', "web_search_requests": {searches}'
    return f"{{{told[2:]}}}" if told else None


@lru_cache(maxsize=64)
def _quoted(text: str) -> str:
    return json.dumps(text)
