"""Telling: what one stretch of a client's log tells, its calls folded to one each; cheap to hand to another process."""

from __future__ import annotations

import json
import marshal
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tokencli.domain.usage import PLAIN_COUNTS, Basis, TokenUsage, further, whole_usage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tokencli.readers.told import Told

_USAGE: Final = tuple(item.name for item in fields(TokenUsage))
_plain = attrgetter(*PLAIN_COUNTS)
_LINEAR: Final = {"cache_write_5m_tokens", "cache_write_1h_tokens", "web_search_requests"}
_TERMS: Final = {"service_tier", "inference_region"}
_odd = attrgetter(*(name for name in _USAGE if name not in {*PLAIN_COUNTS, *_LINEAR, *_TERMS}))
_BASES: Final = {Basis.MISSING: 0, Basis.ESTIMATED: 1, Basis.PARTIAL: 2, Basis.REPORTED: 3}
_NO_TAGS: Final = "{}"
_NO_REFERENCES: Final = 2  # marshal's version that does not look for what is told twice


class ToldKind(NamedTuple):
    """What many calls of one log share. `tags` is canonical JSON, `basis` a Basis in words."""

    provider_name: str | None = None
    operation_name: str = "chat"
    request_model: str | None = None
    response_model: str | None = None
    conversation_id: str | None = None
    client: str | None = None
    client_version: str | None = None
    agent: str | None = None
    project: str | None = None
    branch: str | None = None
    tags: str = _NO_TAGS
    error_type: str | None = None
    basis: str = "reported"
    is_growing: bool = False
    service_tier: str | None = None
    inference_region: str | None = None


class ToldColumns(NamedTuple):
    """The fields of many calls, each field's values for themselves, in the calls' order; see ToldCall."""

    seq: Sequence[int] = ()
    kind: Sequence[int] = ()
    key: Sequence[str] = ()
    at: Sequence[int] = ()
    input_tokens: Sequence[int | None] = ()
    cache_read_tokens: Sequence[int | None] = ()
    cache_write_tokens: Sequence[int | None] = ()
    output_tokens: Sequence[int | None] = ()
    reasoning_tokens: Sequence[int | None] = ()
    usage: Sequence[str | None] = ()
    response_id: Sequence[str | None] = ()
    reported_pico: Sequence[int | None] = ()
    duration_us: Sequence[int | None] = ()
    time_to_first_token_us: Sequence[int | None] = ()
    raw_usage: Sequence[str | None] = ()
    is_plain: Sequence[bool] = ()
    hourly_writes: Sequence[int] = ()
    web_searches: Sequence[int] = ()


class ToldCall(NamedTuple):
    """One call; `seq` is its place in the content, `kind` an index into the telling's kinds, `at` microseconds UTC.

    The five counts are None when the record tells none. `usage` is all counts as JSON where there are more than these
    five; money is picodollars, durations are microseconds. `is_plain` says that nothing else of the usage bears a price
    than these five, `hourly_writes` (cache writes that live for an hour) and `web_searches`.
    """

    seq: int
    kind: int
    key: str
    at: int
    input_tokens: int | None
    cache_read_tokens: int | None
    cache_write_tokens: int | None
    output_tokens: int | None
    reasoning_tokens: int | None
    usage: str | None = None
    response_id: str | None = None
    reported_pico: int | None = None
    duration_us: int | None = None
    time_to_first_token_us: int | None = None
    raw_usage: str | None = None
    is_plain: bool = False
    hourly_writes: int = 0
    web_searches: int = 0

    def token_usage(self) -> TokenUsage | None:
        """Return the counts as one value; None when there are none."""
        if self.input_tokens is None:
            return None
        return whole_usage(self[4:9], self.usage)


def weight(basis: str, counts: tuple[int | None, ...]) -> tuple[int, ...]:
    """Return by what of two tellings of one call the better one is known: the greater weight tells it better.

    `counts` are input, cache read, cache write, output, reasoning; more output is a later look at the same answer.
    """
    into, cache_read, cache_write, out, reasoning = (count or 0 for count in counts)
    return (_BASES[Basis(basis)], out, into, cache_read, cache_write, reasoning)


@dataclass(slots=True)
class Telling:
    """One stretch of content and the calls that it tells, each key once.

    Between processes its calls travel as columns, and are made calls again only when asked for. `duplicate` counts
    lines that told a call of this stretch again. A line that tells several calls counts once for each in `lines`, and
    in `surplus` for all but one. `end` is the offset up to which the content is taken in, `state` what the reader must
    know to go on there, `tail` knows the end again (see tails.tail_of). `learned` is a reader's own: the numbers of
    kinds by what it knows them by, and the last of them that was asked for. `first_broken` is the 1-based number of
    the first broken line within the stretch, `reasons` counts why. `file_position` is how far the file itself was
    read; `is_cut` says that a last line is not whole yet and was left; `damage` why packed content ends too early.
    """

    end: int = 0
    lines: int = 0
    duplicate: int = 0
    other: int = 0
    broken: int = 0
    surplus: int = 0
    first_broken: int = 0
    reasons: dict[str, int] = field(default_factory=dict[str, int])
    kinds: list[ToldKind] = field(default_factory=list[ToldKind])
    _calls: list[ToldCall] = field(default_factory=list[ToldCall])
    _sent: ToldColumns | None = None
    state: str | None = None
    tail: str | None = None
    file_position: int = 0
    is_cut: bool = False
    damage: str | None = None
    learned: dict[object, int] = field(default_factory=dict[object, int])
    learned_last: tuple[object, int] | None = None
    _kind_numbers: dict[ToldKind, int] = field(default_factory=dict[ToldKind, int])
    _places: dict[str, int] = field(default_factory=dict[str, int])

    @property
    def calls(self) -> list[ToldCall]:
        """Return the calls."""
        if self._sent is not None:
            self._calls, self._sent = list(map(ToldCall._make, zip(*self._sent, strict=True))), None
        return self._calls

    @property
    def columns(self) -> ToldColumns:
        """Return the fields of the calls."""
        return columns_of(self._calls) if self._sent is None else self._sent

    @property
    def keys(self) -> Sequence[str]:
        """Return the names of the calls."""
        return [call[2] for call in self._calls] if self._sent is None else self._sent[2]

    def add(self, seq: int, told: Told) -> None:
        """Count one call that a line tells; of several that tell the same call the best one stays."""
        self.lines += 1
        place = self._places.get(told.key)
        if place is None:
            self._places[told.key] = len(self.calls)
            self.calls.append(self._call(seq, told))
            return
        self.duplicate += 1
        known = self.calls[place]
        if _is_better(self.kinds[known.kind], known, told):
            self.calls[place] = self._call(known.seq, told)._replace(at=min(known.at, told.at))

    @property
    def own_lines(self) -> int:
        """Return how many lines there were, each counted once, whatever it tells."""
        return self.lines - self.surplus

    def knows(self, key: str) -> bool:
        """Say whether a call of that key has been told."""
        return key in self._places

    def put(self, call: ToldCall) -> None:
        """Add a call that is not known; its lines are counted already."""
        calls = self._calls
        self._places[call[2]] = len(calls)
        calls.append(call)

    def kind_number(self, told: Told) -> int:
        """Return the number of a call's kind."""
        kind = _kind(told)
        number = self._kind_numbers.get(kind)
        if number is None:
            number = self._kind_numbers[kind] = len(self.kinds)
            self.kinds.append(kind)
        return number

    def pass_over(self) -> None:
        """Count a record that tells no call."""
        self.lines += 1
        self.other += 1

    def refuse(self, reason: str, number: int) -> None:
        """Count a record that cannot be read; `number` is its line within the stretch."""
        self.lines += 1
        self.broken += 1
        self.first_broken = min(self.first_broken or number, number)
        self.reasons[reason] = self.reasons.get(reason, 0) + 1

    def _call(self, seq: int, told: Told) -> ToldCall:
        usage = told.usage
        into, cache_read, cache_write, out, reasoning = (None,) * 5 if usage is None else _plain(usage)
        return ToldCall(
            seq=seq,
            kind=self.kind_number(told),
            key=told.key,
            at=told.at,
            input_tokens=into,
            cache_read_tokens=cache_read,
            cache_write_tokens=cache_write,
            output_tokens=out,
            reasoning_tokens=reasoning,
            usage=None if usage is None else further(usage),
            response_id=told.response_id,
            reported_pico=told.reported_cost_pico,
            duration_us=told.duration_us,
            time_to_first_token_us=told.time_to_first_token_us,
            raw_usage=told.raw_usage,
            is_plain=usage is not None and _is_plain(usage),
            hourly_writes=0 if usage is None else usage.cache_write_1h_tokens,
            web_searches=0 if usage is None else usage.web_search_requests,
        )

    def to_bytes(self) -> bytes:
        """Return the telling as bytes for `from_bytes` in another process of the same program."""
        plain = [getattr(self, name) for name in _SENT]
        columns: tuple[Any, ...] = tuple(self.columns)
        return marshal.dumps((plain, [tuple(kind) for kind in self.kinds], columns), _NO_REFERENCES)

    @classmethod
    def from_bytes(cls, data: bytes) -> Telling:
        """Return the telling that `to_bytes` made."""
        plain, kinds, columns = marshal.loads(data)  # noqa: S302 - from our own worker, by a private pipe
        telling = cls(**dict(zip(_SENT, plain, strict=True)))
        telling.kinds = [ToldKind._make(kind) for kind in kinds]
        telling._sent = ToldColumns._make(columns)
        return telling


_SENT: Final = tuple(
    item.name
    for item in fields(Telling)
    if item.name not in {"kinds", "learned", "learned_last"} and not item.name.startswith("_")
)


def columns_of(calls: Sequence[ToldCall]) -> ToldColumns:
    """Return the fields of some calls, each for itself."""
    return ToldColumns._make(zip(*calls, strict=True)) if calls else ToldColumns()


def _is_better(old_kind: ToldKind, old: ToldCall, told: Told) -> bool:
    """Say whether a later record of the same source tells a call better than the one before it."""
    if told.usage is None or (old.input_tokens is not None and not told.is_growing):
        return False
    return weight(told.basis, _plain(told.usage)) > weight(old_kind.basis, old[4:9])


def _is_plain(usage: TokenUsage) -> bool:
    writes = usage.cache_write_tokens
    return (
        not any(_odd(usage))
        and usage.cache_read_tokens + writes <= usage.input_tokens
        and usage.reasoning_tokens <= usage.output_tokens
        and usage.cache_write_5m_tokens + usage.cache_write_1h_tokens <= writes
    )


def _kind(told: Told) -> ToldKind:
    usage = told.usage
    return ToldKind(
        told.provider_name,
        told.operation_name,
        told.request_model,
        told.response_model,
        told.conversation_id,
        told.client,
        told.client_version,
        told.agent,
        told.project,
        told.branch,
        json.dumps(told.tags, sort_keys=True, ensure_ascii=False) if told.tags else _NO_TAGS,
        told.error_type,
        told.basis.value if told.usage is not None else Basis.MISSING.value,
        told.is_growing,
        None if usage is None else usage.service_tier,
        None if usage is None else usage.inference_region,
    )
