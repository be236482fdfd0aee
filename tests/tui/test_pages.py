"""Pages over the tables: drawn for the width there is, and left by Escape."""

from __future__ import annotations

import pytest
from rich.text import Text
from textual.app import App

from tests.async_runs import async_test
from tests.tui.screens import lines_of, text_of
from tokencli.tui.app import TopApp
from tokencli.tui.pages import HELP, Cover, help_page


class Bare(App[None]):
    """An app with nothing in it."""

    CSS = TopApp.CSS


@async_test
async def test_a_cover_is_drawn_anew_for_each_width() -> None:
    async with Bare().run_test(size=(40, 10)) as pilot:
        await pilot.app.push_screen(Cover("Call", lambda paper: Text(f"width {paper.width}"), is_ascii=False))
        await pilot.pause()
        assert lines_of(pilot.app)[:2] == ["Call", "width 40"]
        await pilot.resize_terminal(60, 10)
        await pilot.pause()
        assert lines_of(pilot.app)[1] == "width 60"
        assert lines_of(pilot.app)[-1].startswith("esc back")


@pytest.mark.parametrize("key", ["escape", "enter", "backspace", "question_mark"])
def test_a_cover_is_left_by_a_key(key: str) -> None:
    @async_test
    async def run() -> None:
        async with Bare().run_test(size=(80, 40)) as pilot:
            await pilot.app.push_screen(help_page(is_ascii=False))
            await pilot.pause()
            assert "time to first token" in text_of(pilot.app)
            await pilot.press(key)
            assert not isinstance(pilot.app.screen, Cover)

    run()


def test_the_help_fits_eighty_columns_in_ascii() -> None:
    assert HELP.isascii()
    assert max(map(len, HELP.split("\n"))) <= 80
