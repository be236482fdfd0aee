"""A checkup as it is shown: states, next steps, hostile names, and the same as JSON."""

from __future__ import annotations

import json
import sys
from io import StringIO
from typing import TYPE_CHECKING, Any

from rich.console import Console

from tokencli.domain.checkup import Alike, CheckLine, Part, State
from tokencli.render.checkup_view import Screen, asking_progress, checkup_json, verdict_words

if TYPE_CHECKING:
    import pytest


class Terminal(StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def line(state: State, message: str = "so it is", next_step: str = "do this", name: str = "groq") -> CheckLine:
    return CheckLine(part=Part.PROVIDER, name=name, state=state, message=message, next_step=next_step)


def _values(name: str) -> dict[str, Any]:
    values: dict[str, Any] = {"part": Part.PROVIDER, "state": State.WARNING}
    return {**values, "name": name, "message": "KEY is not set", "next_step": f"set KEY of {name}"}


def drawn(*lines: CheckLine) -> str:
    page = Console(file=StringIO(), width=80, force_terminal=False)
    page.print(Screen(lines))
    assert isinstance(page.file, StringIO)
    return "\n".join(row.rstrip() for row in page.file.getvalue().split("\n"))


def test_each_line_has_its_state_first_and_its_step_below() -> None:
    assert drawn(line(State.OK, next_step=""), line(State.PROBLEM, name="mistral")) == (
        "ok      groq    so it is\nproblem mistral so it is\n                -> do this\n\n1 problem.\n"
    )


def test_the_same_step_in_a_row_is_said_once() -> None:
    shown = drawn(line(State.WARNING), line(State.WARNING, name="mistral"))
    assert shown.count("-> do this") == 1
    assert shown.endswith("2 warnings.\n")


def on_a_terminal(count: int, height: int) -> str:
    alike = Alike("no key", "KEY", "set them")
    lines = [CheckLine(**_values(f"p{number}"), alike=alike) for number in range(count)]
    page = Console(file=StringIO(), width=80, height=height, force_terminal=True, color_system=None)
    page.print(Screen(lines))
    assert isinstance(page.file, StringIO)
    return page.file.getvalue()


def test_what_is_alike_is_told_in_one_line_where_a_terminal_has_no_room() -> None:
    assert on_a_terminal(2, height=24).count("set KEY") == 2
    shown = on_a_terminal(3, height=8)
    assert "3 providers no key: p0 (KEY), p1 (KEY), p2 (KEY)" in shown
    assert shown.count("-> set them") == 1
    assert shown.rstrip().endswith("3 warnings.")


def test_a_pipe_gets_every_line() -> None:
    lines = [CheckLine(**_values(f"p{number}"), alike=Alike("no key")) for number in range(40)]
    assert drawn(*lines).count("KEY is not set") == 40


def test_long_words_are_folded_within_80_columns() -> None:
    shown = drawn(line(State.WARNING, "a word " * 40, name="a-provider-with-a-very-long-name"))
    assert max(map(len, shown.split("\n"))) <= 80


def test_what_comes_from_outside_drives_no_terminal() -> None:
    shown = drawn(line(State.WARNING, "\x1b[2Jgone [bold]x[/]", name="\x1b]0;x\x07"))
    assert "\x1b" not in shown
    assert "[bold]x[/]" in shown


def test_what_all_comes_to_is_said_in_words() -> None:
    assert verdict_words([line(State.OK), line(State.SKIPPED)]) == "All is well."
    assert verdict_words([line(State.PROBLEM), line(State.WARNING)]) == "1 problem, 1 warning."


def test_json_has_the_verdict_and_every_line() -> None:
    told = json.loads(checkup_json([line(State.WARNING), line(State.OK, next_step="")]))
    assert told["verdict"] == "warning"
    assert told["lines"][0] == {
        "part": "provider",
        "name": "groq",
        "state": "warning",
        "message": "so it is",
        "next_step": "do this",
    }
    assert told["lines"][1]["next_step"] is None


def test_who_waits_at_a_terminal_sees_how_many_have_answered_and_nothing_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    with asking_progress(enabled=True) as heard:
        heard(0, 0)
        assert screen.getvalue() == ""
        heard(1, 3)
    assert screen.getvalue() == "\r\x1b[Kasking 3 providers: 1 of 3 answered\r\x1b[K"


def test_nobody_at_a_terminal_sees_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with asking_progress(enabled=True) as heard:
        heard(1, 3)
    assert capsys.readouterr().err == ""
