"""What a stream of `claude -p --output-format stream-json` has told so far, and what its result adds.

The lines of messages are written when a message begins: they have its whole input and hardly any of its output. The
result at the end of each turn has the totals by model, of the run up to there, sub-agents and background calls
included. What it has beyond the messages is told as one more call of each model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from tokencli.readers.agent_fields import Number, count
from tokencli.readers.claude_usage import plain_usage

if TYPE_CHECKING:
    from tokencli.domain.usage import TokenUsage
    from tokencli.readers.told import Told

UNNAMED = ""
_SIZE = 5


class ModelTotals(msgspec.Struct, rename="camel"):
    """A result's totals of one model."""

    input_tokens: Number = None
    cache_read_input_tokens: Number = None
    cache_creation_input_tokens: Number = None
    output_tokens: Number = None
    web_search_requests: Number = None


class StreamTotals(NamedTuple):
    """What a result says: totals by model since the start, and the usage of the turn's main agent."""

    by_model: dict[str, ModelTotals] | None
    of_turn: TokenUsage | None


class _State(msgspec.Struct):
    session: str | None = None
    version: str | None = None
    cwd: str | None = None
    model: str | None = None
    at: int | None = None
    turns: int = 0
    seen: dict[str, tuple[str, list[int]]] = {}
    totals: dict[str, list[int]] = {}


class Stream:
    """One stream: who runs it, the messages since the last result, the totals of that result."""

    def __init__(self, state: _State | None = None) -> None:
        """Begin, or go on from a state."""
        self._state = state or _State()

    @classmethod
    def restored(cls, state: str | None) -> Stream | None:
        """Return the stream of a state; None when there is none."""
        try:
            return None if state is None else cls(msgspec.json.decode(state, type=_State))
        except ValueError:
            return None

    @property
    def state(self) -> str:
        """Return the state as JSON."""
        return msgspec.json.encode(self._state).decode()

    @property
    def session(self) -> str | None:
        """Return the session's id."""
        return self._state.session

    @property
    def version(self) -> str | None:
        """Return Claude Code's version."""
        return self._state.version

    @property
    def cwd(self) -> str | None:
        """Return the working directory."""
        return self._state.cwd

    @property
    def turns(self) -> int:
        """Return how many results have come."""
        return self._state.turns

    @property
    def at(self) -> int | None:
        """Return the last time that was told, in microseconds since 1970."""
        return self._state.at

    @at.setter
    def at(self, at: int | None) -> None:
        """Remember a time."""
        self._state.at = at

    def begin(self, session: str | None, version: str | None, cwd: str | None, model: str | None) -> None:
        """Take in what a line says about the run."""
        state = self._state
        state.session = session or state.session
        state.version = version or state.version
        state.cwd = cwd or state.cwd
        state.model = model or state.model

    def saw(self, call: Told) -> None:
        """Take in a message, or more of it."""
        if call.usage is not None:
            parts = _parts(call.usage)
            known = self._state.seen.get(call.key)
            if known is None or known[1][3] <= parts[3]:
                self._state.seen[call.key] = (call.response_model or UNNAMED, parts)

    def rest(self, totals: StreamTotals) -> list[tuple[str, TokenUsage]]:
        """Return, by model, what the result has beyond the messages, and begin a new turn.

        Totals by model that have shrunk are those of a run that began anew.
        """
        state = self._state
        known: dict[str, list[int]] = {}
        for model, parts in state.seen.values():
            known[plain(model)] = [a + b for a, b in zip(known.get(plain(model), [0] * _SIZE), parts, strict=True)]
        spent = self._since_last(totals)
        state.seen = {}
        state.turns += 1
        rest = {
            model: [max(0, a - b) for a, b in zip(parts, known.get(plain(model), [0] * _SIZE), strict=True)]
            for model, parts in spent.items()
        }
        return [(plain(model), plain_usage(*parts)) for model, parts in rest.items() if any(parts)]

    def _since_last(self, totals: StreamTotals) -> dict[str, list[int]]:
        if not totals.by_model:
            models = {model for model, _ in self._state.seen.values()} | {self._state.model or UNNAMED}
            return {} if totals.of_turn is None else {max(models): _parts(totals.of_turn)}
        current = {model: _counts(told) for model, told in totals.by_model.items()}
        before = self._state.totals
        is_anew = any(sum(parts) < sum(before.get(model, [])) for model, parts in current.items())
        self._state.totals = current
        if is_anew:
            return current
        return {
            model: [max(0, a - b) for a, b in zip(parts, before.get(model, [0] * _SIZE), strict=True)]
            for model, parts in current.items()
        }


def plain(model: str) -> str:
    """Return a model's name without the mark of its context size, as in claude-opus-4-5[1m]."""
    return model.partition("[")[0]


def _parts(usage: TokenUsage) -> list[int]:
    return [
        usage.uncached_input_tokens,
        usage.cache_read_tokens,
        usage.cache_write_tokens,
        usage.output_tokens,
        usage.web_search_requests,
    ]


def _counts(told: ModelTotals) -> list[int]:
    return [
        count(told.input_tokens),
        count(told.cache_read_input_tokens),
        count(told.cache_creation_input_tokens),
        count(told.output_tokens),
        count(told.web_search_requests),
    ]
