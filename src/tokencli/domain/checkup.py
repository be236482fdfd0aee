"""Checkup: what `doctor` looks at, one line each: how it stands, and where it is not well the next step."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from tokencli.domain.errors import ImpossibleValueError
from tokencli.domain.finding import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


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


class Alike(NamedTuple):
    """How a line may be told together with others: what holds of all, what is its own, and the next step for all."""

    words: str
    detail: str = ""
    next_step: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLine:
    """One line. `name` is the provider's or the client's, else the part's own; `next_step` is empty where all is well.

    `alike` is None where the line always stands alone.

    Names and messages may hold text from outside: whoever shows them makes them visible text.

    Raises:
        ImpossibleValueError: something is not well, and no next step is named.
    """

    part: Part
    name: str
    state: State
    message: str
    next_step: str = ""
    alike: Alike | None = None

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


def folded(lines: Sequence[CheckLine]) -> list[CheckLine]:
    """Return the lines with those that are alike told in one, where the first of them stood."""
    groups: dict[object, list[CheckLine]] = {}
    for number, line in enumerate(lines):
        key = number if line.alike is None else (line.part, line.state, line.alike.words, line.alike.next_step)
        groups.setdefault(key, []).append(line)
    return [group[0] if len(group) == 1 else _together(group) for group in groups.values()]


def _together(group: Sequence[CheckLine]) -> CheckLine:
    shared = [line.alike or Alike("") for line in group]
    names = (
        f"{line.name} ({alike.detail})" if alike.detail else line.name
        for line, alike in zip(group, shared, strict=True)
    )
    return CheckLine(
        part=group[0].part,
        name=f"{len(group)} {group[0].part.value}s",
        state=group[0].state,
        message=f"{shared[0].words}: {', '.join(names)}",
        next_step=shared[0].next_step,
    )


def advised(sentence: str, otherwise: str) -> tuple[str, str]:
    """Return an error's sentence as what is the matter and what to do, which stands behind its last colon.

    `otherwise` is what to do when the sentence does not say it.
    """
    message, _, step = sentence.rstrip(".").rpartition(": ")
    return (message, step) if message else (step, otherwise)
