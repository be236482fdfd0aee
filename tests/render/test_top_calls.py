"""The calls of the live view: an estimate while a call is under way, what the provider counted when it has ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.boards import HOSTILE, NOW, made, opened, stored
from tokencli.domain.charge import CostStatus
from tokencli.domain.event import Finish
from tokencli.domain.usage import Basis, Estimate
from tokencli.render.top_calls import COLUMNS, ORDERS, call_cells, call_lines, open_words, seconds
from tokencli.render.top_order import matching, ordered
from tokencli.render.top_table import Paper
from tokencli.services.board import Board, OpenCall

WIDE, NARROW = Paper(width=200), Paper(width=80)


def cells(board: Board, paper: Paper = WIDE) -> list[dict[str, str]]:
    found = call_cells(call_lines(board, NOW), "UTC", NOW, paper)
    return [{name: cell.text for name, cell in line.items()} for line in found]


def test_a_call_under_way_is_an_estimate_and_its_time_runs() -> None:
    line = cells(made(calls=()))[0]
    assert {
        "kind": "EST",
        "model": "gpt-4.1",
        "in": "4.32k",
        "took": "3.0s",
        "end": "under way",
    }.items() <= line.items()
    assert (line["cost"], line["out"], line["session"]) == ("", "", "work")
    (later,) = call_lines(made(calls=()), NOW + timedelta(seconds=9))
    assert later.took_s == 12


def test_a_settled_call_has_the_providers_counts_under_the_same_key() -> None:
    (est,) = call_lines(made(calls=()), NOW)
    (real,) = call_lines(made(open_calls=(), calls=(stored(99),)), NOW)
    assert (est.key, est.kind, real.kind) == (real.key, "EST", "REAL")
    line = cells(made(open_calls=(), calls=(stored(1),)))[0]
    expected = {"time": "12:29:00", "in": "12.3k", "cache": "9.00k", "out": "678", "cost": "$0.0125", "ttft": "0.4s"}
    assert expected.items() <= line.items()
    assert (line["took"], line["end"], line["client"], line["agent"]) == ("12s", "ok", "claude-code", "neo")


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ({"basis": Basis.PARTIAL}, "PART"),
        ({"basis": Basis.ESTIMATED}, "EST"),
        ({"basis": Basis.MISSING, "usage": None}, "NONE"),
        ({"basis": Basis.MISSING, "usage": None, "estimate": Estimate(input_tokens=7)}, "EST"),
    ],
)
def test_who_counted_is_told_by_the_live_pages_words(told: dict[str, object], kind: str) -> None:
    assert [line["kind"] for line in cells(made(open_calls=(), calls=(stored(1, **told),)))] == [kind]


def test_how_a_call_ended_is_said_in_words() -> None:
    calls = (
        stored(1, finish=Finish.ERROR, error_type="rate_limit_error"),
        stored(2, finish=Finish.TRUNCATED),
        stored(3, finish=Finish.CANCELLED),
    )
    board = made(open_calls=(), calls=calls)
    assert [line["end"] for line in cells(board)] == ["error: rate_limit_error", "truncated", "cancelled"]
    assert [line["end"] for line in cells(board, NARROW)] == ["error", "cut", "gone"]


def test_what_has_no_price_is_not_shown_as_nothing() -> None:
    calls = (
        stored(1, None, status=CostStatus.UNPRICED),
        stored(2, "0", status=CostStatus.SUBSCRIPTION),
        stored(3, "0", status=CostStatus.FREE),
    )
    assert [line["cost"] for line in cells(made(open_calls=(), calls=calls))] == ["unpriced", "subscription", "free"]


def test_calls_of_another_day_have_its_date() -> None:
    board = made(open_calls=(), calls=(stored(1), stored(1440)))
    assert [line["time"] for line in cells(board)] == ["12:29:00", "11-19 12:30:00"]
    assert [line["time"] for line in cells(board, NARROW)] == ["12:29:00", "11-19"]


def test_what_a_client_wrote_drives_no_terminal() -> None:
    names = dict.fromkeys(("request_model", "agent", "client", "session_id", "provider_name", "error_type"), HOSTILE)
    for paper in (WIDE, NARROW, Paper(width=200, is_ascii=True)):
        for line in cells(made(open_calls=(opened(request_model=HOSTILE),), calls=(stored(1, **names),)), paper):
            assert all("\x1b" not in text for text in line.values())


def test_a_call_of_which_nothing_can_be_read_is_still_there() -> None:
    board = made(calls=(), open_calls=(OpenCall(event_id="a.1", opened_at=NOW, intent=None),))
    assert cells(board)[0]["model"] == "(unknown)"
    assert open_words(board, "a.1").startswith("id        a.1\nsent      2026-11-20 12:30:00+00:00\n")


def test_a_call_whose_proxy_has_ended_is_lost_and_its_time_stands_still() -> None:
    board = made(calls=(), open_calls=(replace(opened(), is_lost=True),))
    for paper, words in ((WIDE, "lost: its proxy ended"), (NARROW, "lost")):
        assert {"end": words, "took": ""}.items() <= cells(board, paper)[0].items()
    assert "settles it as unknown" in open_words(board, "0123456789ab.99")
    assert len(matching(call_lines(board, NOW), "lost")) == 1


def test_a_call_under_way_tells_what_is_known_of_it() -> None:
    words = open_words(made(open_calls=(opened(agent=HOSTILE),)), "0123456789ab.99")
    assert "input     4,321 tokens, our own count" in words
    assert "\x1b" not in words
    assert open_words(made(), "0123456789ab.1000") == "This call has ended."


def test_each_order_is_that_of_a_column_and_sorts_all_calls() -> None:
    board = made(calls=(stored(1), stored(2, None, session_id=None, duration_s=None), stored(3, "7")))
    lines = call_lines(board, NOW)
    assert {order.name for order in ORDERS} <= {column.name for column in COLUMNS}
    for order in ORDERS:
        assert len(ordered(lines, order)) == len(lines)
    assert [line.key[-2:] for line in ordered(lines, ORDERS[1])][:2] == [".3", ".1"]


def test_a_search_looks_through_names_and_ends() -> None:
    lines = call_lines(made(), NOW)
    assert [line.key[-3:] for line in matching(lines, "under way")] == [".99"]
    assert [line.key[-2:] for line in matching(lines, "SONNET neo real")] == [".1"]
    assert [line.tokens for line in lines] == [4321, 13_023, 13_023]


@pytest.mark.parametrize(
    ("duration_s", "words"),
    [
        (None, ""),
        (0, "0ms"),
        (0.04, "40ms"),
        (0.0997, "0.1s"),
        (9.94, "9.9s"),
        (9.96, "10s"),
        (99.4, "99s"),
        (99.6, "2m"),
        (3599, "60m"),
        (7200, "2h"),
    ],
)
def test_a_duration_has_four_characters_at_most(duration_s: float | None, words: str) -> None:
    assert seconds(duration_s) == words
