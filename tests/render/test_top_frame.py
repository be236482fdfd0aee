"""The live view as a frame for pipes, as JSON for programs, and as the tables that it is made of."""

from __future__ import annotations

import json

import pytest

from tests.boards import HOSTILE, NOW, made, opened, session_view, stored
from tokencli.render.top_frame import (
    FRAME_CALLS,
    NO_CALL,
    NO_SESSION,
    NOT_FOUND,
    ONLY_CALLS,
    board_json,
    calls_sheet,
    frame,
    sessions_sheet,
)
from tokencli.render.top_order import View
from tokencli.render.top_table import Marked, Paper
from tokencli.services.board import OpenCall


@pytest.mark.parametrize("width", [40, 80, 130, 200])
def test_a_frame_fits_its_paper_and_has_everything(width: int) -> None:
    lines = frame(made(), Paper(width=width))
    assert all(line.cell_len <= width for line in lines)
    text = "\n".join(line.plain for line in lines)
    for word in ("today", "work", "gpt-4.1", "calls, 60 min"):
        assert word in text


def test_an_empty_ledger_says_what_to_do_next() -> None:
    text = [line.plain for line in frame(made(sessions=(), calls=(), open_calls=()), Paper(width=100))]
    assert {NO_SESSION, NO_CALL} <= set(text)


def test_a_frame_shows_the_newest_calls_only() -> None:
    board = made(calls=tuple(stored(number) for number in range(1, 60)))
    table = frame(board, Paper(width=80))[8:]
    assert len(table) - 2 == FRAME_CALLS


def test_a_frame_holds_no_escapes_of_outside_text() -> None:
    board = made(
        sessions=(session_view(HOSTILE),),
        open_calls=(opened(agent=HOSTILE),),
        calls=(stored(1, request_model=HOSTILE),),
    )
    for paper in (Paper(width=200), Paper(width=200, is_ascii=True)):
        assert all("\x1b" not in line.plain for line in frame(board, paper))


def test_tables_are_sorted_and_searched_as_asked_for() -> None:
    paper = Paper(width=80)
    by_cost = calls_sheet(made(), NOW, paper, View(order=1))
    assert (by_cost.marked, [key[-2:] for key in by_cost.keys]) == (
        Marked("cost", is_descending=True),
        [".2", ".1", "99"],
    )
    assert [key[-2:] for key in calls_sheet(made(), NOW, paper, View(1, is_reversed=True)).keys] == [".1", ".2", "99"]
    assert [key[-2:] for key in calls_sheet(made(), NOW, paper, View(search="sonnet")).keys] == [".1"]
    assert sessions_sheet(made(), paper, View(order=6)).marked.name == "begun"
    assert sessions_sheet(made(), paper, View(search="nothing such")).keys == []


def test_json_has_the_live_pages_names_and_exact_money() -> None:
    board = made(open_calls=(opened(), OpenCall(event_id="a.1", opened_at=NOW, intent=None)))
    told = json.loads(board_json(board))
    assert (told["now"], told["totals"]["day"]["list_cost"]) == ("2026-11-20T12:30:00+00:00", "1.23")
    assert [call["event_id"][-2:] for call in told["calls"]] == [".1", ".2"]
    assert [call.get("estimated_input_tokens") for call in told["open_calls"]] == [4321, None]
    assert (told["sessions"][0]["gauge"], told["thresholds"][0]["level"]) == ("ok", "ok")
    assert (told["calls_per_minute"][-1], told["hours"][3]) == (7, {"hour": "h3", "requests": 142, "list_cost": "3"})


def test_a_table_without_lines_says_why() -> None:
    paper, nobody = Paper(width=80), View(search="nothing such")
    assert calls_sheet(made(), NOW, paper, nobody).without == NOT_FOUND
    assert sessions_sheet(made(sessions=(), only_session="claude-1"), paper).without == ONLY_CALLS


def test_one_session_is_named_at_the_top() -> None:
    title = frame(made(only_session="s1"), Paper(width=80))[0].plain
    assert title.startswith("tokencli top  session work  1 under way")
    assert "\x1b" not in frame(made(only_session=HOSTILE), Paper(width=200))[0].plain
    assert json.loads(board_json(made(only_session="s1")))["only_session"] == "s1"
