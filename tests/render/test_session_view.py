"""Sessions in the terminal: numbers are never cut, estimates are marked, and the gauge speaks in words."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from tests.render.session_views import AT, session, session_view
from tokencli.domain.money import usd
from tokencli.domain.report import Totals
from tokencli.render.session_view import cost_words, session_panel, sessions_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tokencli.services.sessions import SessionView

UNPRICED = Totals(requests=3, priced_requests=1, unpriced_requests=2, list_cost=usd("0.005"))
LONG = "a-very-long-name-of-a-session-that-somebody-typed-in-a-hurry"


def drawn(views: Sequence[SessionView], width: int = 80, encoding: str = "utf-8") -> list[str]:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    console = Console(file=stream, width=width, no_color=True, highlight=False, legacy_windows=False)
    console.print(sessions_table(views, console, zone="UTC"))
    return read(stream, encoding)


def panel(view: SessionView, encoding: str = "utf-8") -> list[str]:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    console = Console(file=stream, width=80, no_color=True, highlight=False, legacy_windows=False)
    console.print(session_panel(view, console, zone="UTC"))
    return read(stream, encoding)


def read(stream: io.TextIOWrapper, encoding: str) -> list[str]:
    stream.flush()
    buffer = stream.detach()
    assert isinstance(buffer, io.BytesIO)
    return [line.rstrip() for line in buffer.getvalue().decode(encoding).split("\n")]


def test_eighty_columns_show_short_numbers() -> None:
    lines = drawn([session_view(session(is_active=True))])
    assert lines[0].split() == ["session", "state", "calls", "input", "output", "context", "used", "list", "cost"]
    assert lines[1].split() == ["search", "active", "12", "67.0k", "62", "51%", "of", "128K", "$0.1344"]


def test_wide_terminals_show_the_model_the_beginning_a_bar_and_whole_numbers() -> None:
    line = drawn([session_view()], width=160)[1]
    for part in ("mistral/mistral-large-2411", "2026-11-20 12:00", "67,000", "█████▏", "of 131,072", "open"):
        assert part in line


@pytest.mark.parametrize("width", [60, 72, 80, 100, 112, 120, 150, 160, 200])
def test_no_number_is_cut_and_no_line_too_long(width: int) -> None:
    views = [
        session_view(session(name=LONG), totals=UNPRICED, context_used_tokens=12_691_356, input_tokens=12_345_678),
        session_view(is_context_estimated=True, estimated_requests=2),
    ]
    lines = drawn(views, width)
    assert max(map(len, lines)) <= width
    assert "…" not in "".join(lines)
    assert "9683%" in "".join(lines)
    assert "≥ $0.0050" in "".join(lines)


@pytest.mark.parametrize(
    ("used", "word"), [(67_062, ""), (105_900, "caution"), (119_500, "warning"), (130_500, "critical")]
)
def test_the_gauge_speaks_in_words(used: int, word: str) -> None:
    text = "\n".join(drawn([session_view(context_used_tokens=used)]))
    assert [each for each in ("caution", "warning", "critical") if each in text] == ([word] if word else [])
    shown = panel(session_view(context_used_tokens=used))
    assert bool(word) == any(line.split()[:1] == [f"{word}:"] for line in shown if line)


def test_estimates_are_marked_and_explained() -> None:
    view = session_view(estimated_requests=1, estimated_input_tokens=450, is_context_estimated=True)
    text = "\n".join(drawn([view]))
    assert "67.0k EST" in text
    assert "EST: partly counted by tokencli itself" in text
    shown = "\n".join(panel(view))
    assert "67,000 tokens, 450 of them EST in 1 call" in shown
    assert "67,062 of 131,072 tokens EST" in shown
    assert "EST" not in "\n".join(drawn([session_view()]))


def test_the_panel_has_every_figure() -> None:
    lines = panel(session_view(session(ended_at=AT), model_in_use="gpt-4o", open_requests=2, totals=UNPRICED))
    text = "\n".join(lines)
    for part in (
        "search, ended",
        "4f1c09ab23de",
        "mistral/mistral-large-2411 at mistral, in use: gpt-4o",
        "12, 2 on their way",
        "67,062 tokens",
        "51%",
        "≥ $0.005000, 2 unpriced",
        "2026-11-20 12:00:00+00:00",
    ):
        assert part in text


def test_what_nobody_counted_is_a_dash() -> None:
    view = session_view(input_tokens=None, output_tokens=None, context_used_tokens=None)
    assert "- of 128K" in "\n".join(drawn([view]))
    assert "- (nobody counted)" in "\n".join(panel(view))


@pytest.mark.parametrize(
    ("totals", "words"),
    [
        (Totals(requests=2, subscription_requests=2), ("subscription", "")),
        (Totals(requests=2, free_requests=2), ("free", "")),
        (UNPRICED, ("≥ $0.005000", "2 unpriced")),
        (Totals(requests=2, unpriced_requests=2, list_cost=None), ("unpriced", "")),
        (Totals(), ("$0.00", "")),
    ],
)
def test_costs_read_as_in_reports(totals: Totals, words: tuple[str, str]) -> None:
    assert cost_words(session_view(totals=totals)) == words


def test_narrow_encodings_get_ascii() -> None:
    assert ">= $0.0050" in "\n".join(drawn([session_view(totals=UNPRICED)], encoding="ascii"))
    assert "###" in "\n".join(panel(session_view(), encoding="ascii"))


def test_names_cannot_drive_the_terminal() -> None:
    view = session_view(session(name="\x1b[31m[red]", model="\x1b]0;x"), model_in_use="\x1b[2J")
    text = "\n".join([*drawn([view], 160), *panel(view)])
    assert "\x1b" not in text
    assert "[red]" in text


def test_no_session_at_all_names_the_next_step() -> None:
    assert "tokencli session new" in " ".join(drawn([]))
