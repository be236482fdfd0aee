"""Reading: what a meter has understood of one provider's answer; and Meter, what every API's module provides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from tokencli.domain.errors import ImpossibleValueError
from tokencli.domain.event import Finish
from tokencli.domain.usage import Basis

if TYPE_CHECKING:
    from tokencli.domain.money import Usd
    from tokencli.domain.usage import TokenUsage


@dataclass(frozen=True, slots=True, kw_only=True)
class SideCall:
    """Inference that was billed with an answer and is not in the answer's usage; `model` is None for the same one."""

    kind: str
    usage: TokenUsage
    model: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one answer said. `usage` is None exactly when `basis` is `missing`.

    `reported_cost` is what the provider itself says the call cost, `raw_usage` its own usage object as JSON,
    `is_billed` is False for answers that are never charged (counted tokens, moderation, an error), `side_calls` is
    what was billed beside the usage. `output_bytes` is about how many UTF-8 bytes of text, reasoning and tool
    arguments came: the basis of an estimate when the answer was cut. A JSON body that was cut counts none.

    Raises:
        ImpossibleValueError: the basis contradicts the usage.
    """

    usage: TokenUsage | None = None
    basis: Basis = Basis.MISSING
    response_model: str | None = None
    response_id: str | None = None
    finish: Finish = Finish.UNKNOWN
    error_type: str | None = None
    reported_cost: Usd | None = None
    raw_usage: str | None = None
    is_billed: bool = True
    side_calls: tuple[SideCall, ...] = ()
    output_bytes: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be true."""
        if (self.usage is None) != (self.basis is Basis.MISSING):
            raise ImpossibleValueError(
                what="basis", value=self.basis.value, rule="it is 'missing' exactly when there is no usage"
            )


class Meter(Protocol):
    """Measures one answer. Chunks come as the network cuts them, already decompressed; none may raise."""

    @property
    def is_done(self) -> bool:
        """Tell whether the stream's own end mark has come, behind which clients need not wait for more.

        False for what has none and ends where its bytes end: a JSON body, Gemini's streams.
        """
        ...

    def observe(self, chunk: bytes) -> None:
        """Take in the next bytes of the answer's body."""
        ...

    def reading(self, *, is_complete: bool) -> Reading:
        """Return what was understood so far; `is_complete` says that the body came to its regular end.

        A body cut off gives what had been reported, with basis `partial`, or `missing` when nothing was.
        """
        ...
