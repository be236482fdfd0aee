"""Tables fit the width there is: a number is never cut, what is from outside drives no terminal."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from tests.boards import HOSTILE
from tokencli.render.top_table import Cell, Column, Marked, Paper, fitted, fitting, is_narrow, own, sheet, short, shown

COLUMNS = (
    Column("name", 0, 6, 20),
    Column("spare", 60, 5),
    Column("count", 0, 3, is_right=True),
    Column("rest", 0, 4, 30),
)
LINES = [
    {"name": Cell("mistral-large-2411-latest"), "count": Cell("1234567"), "rest": Cell("error: overloaded")},
    {"name": Cell("gpt"), "count": Cell("1"), "rest": Cell("ok"), "spare": Cell("x")},
]


@pytest.mark.parametrize("width", [20, 30, 40, 60, 120])
def test_lines_are_as_wide_as_the_paper_and_numbers_are_whole(width: int) -> None:
    table = sheet(COLUMNS, dict(zip("ab", LINES, strict=True)), Paper(width=width), Marked())
    drawn = [table.header(), *(table.line(place) for place in range(2))]
    assert [line.cell_len for line in drawn] == [width] * 3
    assert " 1234567" in drawn[1].plain
    assert ("spare" in drawn[0].plain) == (width >= 60)


def test_names_give_way_down_to_their_least_and_no_further() -> None:
    widths = {column.name: width for column, width in fitting(COLUMNS, LINES, Paper(width=30))}
    assert widths["count"] == 7
    assert (sum(widths.values()) + 2, widths["name"] >= 6, widths["rest"] >= 4) == (30, True, True)


@pytest.mark.parametrize(("is_ascii", "marks"), [(False, ("count▾", "count▴")), (True, ("countv", "count^"))])
def test_the_column_that_is_sorted_by_is_marked(is_ascii: bool, marks: tuple[str, str]) -> None:  # noqa: FBT001 - a case
    paper = Paper(width=60, is_ascii=is_ascii)
    for is_descending, mark in zip((True, False), marks, strict=True):
        assert mark in sheet(COLUMNS, {}, paper, Marked("count", is_descending)).header().plain


@pytest.mark.parametrize("width", range(1, 14))
def test_a_name_is_cut_in_its_middle_and_by_columns_of_the_terminal(width: int) -> None:
    for name in ("claude-sonnet-4-5", "東京日本語のモデル", "短"):
        cut = fitted(name, width)
        assert cell_len(cut) <= width
        assert cut == name or "…" in cut


def test_the_end_of_a_name_stays() -> None:
    assert fitted("mistral-large-2411", 11) == "mistr…-2411"
    assert fitted("mistral-large-2411", 11, "~") == "mistr~-2411"


def test_text_from_outside_is_made_harmless_and_ascii_where_that_is_all_there_is() -> None:
    assert shown(HOSTILE, Paper(width=80)) == "\\x1b[31mred[bold]x[/]"
    assert (shown(None, Paper(width=80), "any"), shown("東京", Paper(width=80, is_ascii=True))) == ("any", "??")
    assert own("≥ $1…", Paper(width=80, is_ascii=True)).isascii()


def test_a_model_loses_its_maker_and_date_only_where_room_is_scarce() -> None:
    names = ("mistral/mistral-large-2411", "claude-sonnet-4-5-20250929", "gpt-4.1-2025-04-14", "models/")
    assert [short(name, Paper(width=80)) for name in names] == [
        "mistral-large-2411",
        "claude-sonnet-4-5",
        "gpt-4.1",
        "models/",
    ]
    assert [short(name, Paper(width=120)) for name in (*names, None)] == [*names, None]


@pytest.mark.parametrize(
    ("environ", "encoding", "is_one"),
    [
        ({"LANG": "en_US.UTF-8"}, "utf-8", False),
        ({"LANG": "en_US.UTF-8"}, "ascii", True),
        ({"LANG": "C"}, "utf-8", True),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, "utf-8", True),
        ({}, "utf-8", True),
        ({"LANG": "C.utf8"}, "utf-8", False),
        ({"LANG": "C", "LC_CTYPE": "de_DE.UTF-8"}, "utf-8", False),
        ({"LC_ALL": "POSIX", "LANG": "en_US.UTF-8"}, "utf-8", True),
        ({"LC_ALL": "C.UTF-8", "LANG": "C"}, "utf-8", False),
        ({"LANG": "fr_FR.ISO-8859-1"}, "utf-8", True),
        ({"LANG": "en_US.UTF-8", "TERM": "linux"}, "utf-8", True),
    ],
)
def test_a_terminal_whose_locale_knows_no_unicode_gets_ascii(
    environ: dict[str, str],
    encoding: str,
    is_one: bool,  # noqa: FBT001 - a case
) -> None:
    assert is_narrow(environ, encoding) is is_one
