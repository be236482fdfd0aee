"""What is wrong is said before the terminal is taken over."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tokencli.domain.errors import NoLedgerError
from tokencli.tui.app import TopApp
from tokencli.tui.run import run

if TYPE_CHECKING:
    from tests.tui.conftest import Scene


def start(scene: Scene, *, no_color: bool = False) -> None:
    run(scene.lookout, interval_s=0.5, now=scene.time, is_ascii=True, no_color=no_color)


def test_without_a_ledger_no_terminal_is_taken_over(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TopApp, "run", lambda _: pytest.fail("the terminal was taken over"))
    scene.take_away()
    with pytest.raises(NoLedgerError):
        start(scene)


def test_the_view_is_started_with_and_without_color(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("NO_COLOR", "")
    monkeypatch.delenv("NO_COLOR")
    started: list[bool] = []
    monkeypatch.setattr(TopApp, "run", lambda app: started.append(app.no_color))
    start(scene)
    start(scene, no_color=True)
    assert started == [False, True]
    del os.environ["NO_COLOR"]


def test_a_fault_is_raised_when_the_terminal_was_given_back(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_: TopApp) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(TopApp, "_show_foot", broken)
    whole = TopApp.run
    monkeypatch.setattr(TopApp, "run", lambda app: whole(app, headless=True))
    with pytest.raises(ZeroDivisionError):
        start(scene)
    assert "Traceback" not in capsys.readouterr().err
