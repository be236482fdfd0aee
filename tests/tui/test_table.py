"""The table's cursor: by keys and mouse, on its line while others come, and visible."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import App

from tests.async_runs import async_test
from tests.tui.screens import lines_of, strips_of
from tokencli.render.top_table import Cell, Column, Marked, Paper, Sheet, sheet
from tokencli.tui.table import Table

if TYPE_CHECKING:
    from textual.app import ComposeResult

COLUMNS = (Column("name", 0, 6),)


def names(*keys: str) -> Sheet:
    lines = {key: {"name": Cell(f"name {key}")} for key in keys}
    return sheet(COLUMNS, lines, Paper(width=20), Marked(), "nothing here")


class Shown(App[None]):
    """An app that is nothing but a table, and remembers what was chosen."""

    CSS = "Table { height: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self.table = Table()
        self.chosen: list[str] = []

    def compose(self) -> ComposeResult:
        yield self.table

    def on_table_chosen(self, event: Table.Chosen) -> None:
        assert event.control is self.table
        self.chosen.append(event.key)


def marked(app: Shown) -> list[str]:
    """Return the lines that stand out, but for the header."""
    return [
        strip.text.strip() for strip in strips_of(app)[1:] if any(part.style and part.style.reverse for part in strip)
    ]


@async_test
async def test_the_cursor_moves_by_keys_and_enter_chooses_its_line() -> None:
    app = Shown()
    async with app.run_test(size=(20, 5)) as pilot:
        app.table.show(names(*"abcdefgh"))
        app.table.focus()
        for keys in (("enter",), ("down", "enter"), ("end", "enter"), ("k", "enter"), ("pageup", "enter")):
            await pilot.press(*keys)
        assert app.chosen == ["a", "b", "h", "g", "c"]
        await pilot.press("end")
        await pilot.pause()
        assert lines_of(app) == ["name", "name e", "name f", "name g", "name h"]
        assert marked(app) == ["name h"]


@async_test
async def test_the_cursor_stays_on_its_line_but_the_first_line_stays_the_first() -> None:
    app = Shown()
    async with app.run_test(size=(20, 5)) as pilot:
        app.table.show(names(*"abc"))
        app.table.focus()
        app.table.show(names(*"xabc"))
        assert app.table.key == "x"
        await pilot.press("down")
        app.table.show(names(*"yzxabc"))
        assert app.table.key == "a"
        app.table.show(names(*"yz"))
        assert app.table.key == "z"
        app.table.begin()
        assert app.table.key == "y"


@async_test
async def test_without_lines_it_says_what_is_missing_and_chooses_nothing() -> None:
    app = Shown()
    async with app.run_test(size=(20, 5)) as pilot:
        app.table.show(names())
        app.table.focus()
        await pilot.press("enter", "down", "end")
        await pilot.pause()
        assert lines_of(app)[1] == "nothing here"
        assert (app.chosen, app.table.key) == ([], None)


@async_test
async def test_a_click_moves_the_cursor_and_a_second_one_chooses() -> None:
    app = Shown()
    async with app.run_test(size=(20, 5)) as pilot:
        app.table.show(names(*"abc"))
        app.table.focus()
        await pilot.click(app.table, offset=(1, 3))
        assert (app.table.key, app.chosen) == ("c", [])
        await pilot.click(app.table, offset=(1, 3))
        assert app.chosen == ["c"]
        await pilot.click(app.table, offset=(1, 0))
        assert app.table.key == "c"


@async_test
async def test_without_the_keys_there_is_no_cursor() -> None:
    app = Shown()
    async with app.run_test(size=(20, 5)) as pilot:
        app.table.show(names(*"abc"))
        for has_keys in (True, False):
            app.set_focus(app.table if has_keys else None)
            await pilot.pause()
            assert marked(app) == ["name a"] * has_keys
