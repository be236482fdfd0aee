"""The sessions of the live view, with the gauges of their contexts."""

from __future__ import annotations

import pytest

from tests.boards import HOSTILE, made, session_view
from tokencli.render.top_order import matching, ordered
from tokencli.render.top_sessions import COLUMNS, ORDERS, STYLES, gauge_words, session_cells, session_lines, track
from tokencli.render.top_table import Paper

NARROW, WIDE = Paper(width=80), Paper(width=160)


@pytest.mark.parametrize(
    ("used", "words"),
    [
        (79, "███████▉░░  79%"),
        (80, "████████░░  80% caution"),
        (90, "█████████░  90% warning"),
        (95, "█████████▌  95% critical"),
        (140, "██████████ 140% critical"),
        (None, "- of 100"),
    ],
)
def test_a_gauge_tells_in_words_how_full_a_context_is(used: int | None, words: str) -> None:
    assert gauge_words(session_view(used=used), NARROW) == words


def test_a_gauge_says_on_wide_paper_of_how_much_and_what_is_an_estimate() -> None:
    words = gauge_words(session_view(used=50, is_context_estimated=True), WIDE)
    assert words.endswith(" 50% of 100 EST")
    assert gauge_words(session_view(used=91), Paper(width=80, is_ascii=True)) == "#########.  91% warning"


def test_a_bar_shows_what_is_left() -> None:
    assert track(0.5, 4, is_ascii=False) == "██░░"
    assert track(0, 4, is_ascii=True) == "...."


def test_the_active_session_stands_out_without_color() -> None:
    board = made(sessions=(session_view(), session_view("play", used=96)))
    lines = session_cells(session_lines(board), "UTC", NARROW)
    assert [line["session"] for line in lines] == [("*work", "bold"), (" play", "")]
    assert lines[1]["context"].style == "bold red"
    assert lines[0]["cost"].text == "$0.1344"
    assert set(STYLES) == {view.gauge for view in map(lambda used: session_view(used=used), (1, 81, 91, 96))}  # noqa: C417


def test_names_from_outside_are_harmless() -> None:
    board = made(sessions=(session_view(HOSTILE, model_in_use=HOSTILE),))
    (line,) = session_cells(session_lines(board), "UTC", Paper(width=160, is_ascii=True))
    assert all("\x1b" not in cell.text and cell.text.isascii() for cell in line.values())


def test_each_order_is_that_of_a_column_and_sorts_all_sessions() -> None:
    lines = session_lines(made(sessions=(session_view(used=None), session_view("play", used=96))))
    assert {order.name for order in ORDERS} <= {column.name for column in COLUMNS}
    for order in ORDERS:
        assert len(ordered(lines, order)) == 2
    assert [line.key for line in ordered(lines, ORDERS[1])] == ["id-play", "id-work"]
    assert [line.key for line in matching(lines, "critical")] == ["id-play"]
    assert [line.key for line in matching(lines, "active mistral")] == ["id-work"]
