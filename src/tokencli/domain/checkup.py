"""Checkup: what `doctor` looks at, one line each: how it stands, and where it is not well the next step."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from tokencli.domain.errors import ImpossibleValueError
from tokencli.domain.finding import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable


class State(StrEnum):
    """How one thing stands; a problem makes the exit code 1, what was skipped says nothing."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"
    SKIPPED = "skipped"


class Part(StrEnum):
    """What a line is about."""

    CONFIG = "config"
    PROXY = "proxy"
    PROVIDER = "provider"
    LEDGER = "ledger"
    CLIENT = "client"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLine:
    """One line. `name` is the provider's or the client's, else the part's own; `next_step` is empty where all is well.

    Names and messages may hold text from outside: whoever shows them makes them visible text.

    Raises:
        ImpossibleValueError: something is not well, and no next step is named.
    """

    part: Part
    name: str
    state: State
    message: str
    next_step: str = ""

    def __post_init__(self) -> None:
        """Refuse what helps nobody."""
        if self.state in {State.WARNING, State.PROBLEM} and not self.next_step:
            raise ImpossibleValueError(what="next_step", value="", rule=f"a {self.state.value} names the next step")


def verdict_of_lines(lines: Iterable[CheckLine]) -> Verdict:
    """Return what all lines come to."""
    states = {line.state for line in lines}
    if State.PROBLEM in states:
        return Verdict.PROBLEM
    return Verdict.WARNING if State.WARNING in states else Verdict.OK


def advised(sentence: str, otherwise: str) -> tuple[str, str]:
    """Return an error's sentence as what is the matter and what to do, which stands behind its last colon.

    `otherwise` is what to do when the sentence does not say it.
    """
    message, _, step = sentence.rstrip(".").rpartition(": ")
    return (message, step) if message else (step, otherwise)
