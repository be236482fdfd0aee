"""Lines of a checkup: what they must say, and what they come to."""

from __future__ import annotations

import pytest

from tokencli.domain.checkup import Alike, CheckLine, Part, State, advised, folded, verdict_of_lines
from tokencli.domain.errors import ImpossibleValueError
from tokencli.domain.finding import Verdict


def line(state: State, next_step: str = "do it") -> CheckLine:
    return CheckLine(part=Part.PROXY, name="proxy", state=state, message="so it is", next_step=next_step)


@pytest.mark.parametrize("state", [State.WARNING, State.PROBLEM])
def test_what_is_not_well_names_the_next_step(state: State) -> None:
    with pytest.raises(ImpossibleValueError, match="next step"):
        line(state, "")


@pytest.mark.parametrize(
    ("states", "verdict"),
    [
        ((), Verdict.OK),
        ((State.OK, State.SKIPPED), Verdict.OK),
        ((State.OK, State.WARNING), Verdict.WARNING),
        ((State.PROBLEM, State.WARNING), Verdict.PROBLEM),
    ],
)
def test_the_heaviest_line_is_the_verdict(states: tuple[State, ...], verdict: Verdict) -> None:
    assert verdict_of_lines(line(state) for state in states) is verdict


def test_a_sentence_is_taken_apart_at_its_last_colon() -> None:
    assert advised("c.toml:3: no such key: remove it.", "read it") == ("c.toml:3: no such key", "remove it")
    assert advised("it is broken.", "read it") == ("it is broken", "read it")


def test_lines_that_are_alike_are_told_in_one_and_all_others_stay_in_place() -> None:
    def line(name: str, state: State, alike: Alike | None) -> CheckLine:
        return CheckLine(part=Part.PROVIDER, name=name, state=state, message=f"of {name}", next_step="x", alike=alike)

    keyless = [Alike("no key", f"KEY_{number}", "set them") for number in range(2)]
    lines = [
        line("a", State.WARNING, keyless[0]),
        line("b", State.PROBLEM, None),
        line("c", State.WARNING, keyless[1]),
        line("d", State.PROBLEM, None),
        line("e", State.OK, Alike("no key", next_step="set them")),
    ]
    one, *others = folded(lines)
    assert (one.name, one.message, one.next_step) == ("2 providers", "no key: a (KEY_0), c (KEY_1)", "set them")
    assert others == [lines[1], lines[3], lines[4]]
