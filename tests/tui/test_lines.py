"""Lines: only what has changed is drawn again; a page is scrolled as far as there is something to see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rich.segment import Segment
from textual.app import App
from textual.strip import Strip

from tests.async_runs import async_test
from tests.tui.screens import lines_of
from tokencli.tui.lines import Lines, Page

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.geometry import Region


def numbered(count: int) -> list[Strip]:
    return [Strip([Segment(f"line {number}")]) for number in range(count)]


class Shown(App[None]):
    """An app that is nothing but one widget."""

    CSS = "Lines { height: 1fr; }"

    def __init__(self, widget: Lines) -> None:
        super().__init__()
        self.widget = widget

    def compose(self) -> ComposeResult:
        yield self.widget


@async_test
async def test_only_lines_that_changed_are_drawn_again() -> None:
    widget = Lines()
    async with Shown(widget).run_test(size=(20, 5)) as pilot:
        widget.show(numbered(3))
        await pilot.pause()
        drawn: list[Region] = []
        refresh = widget.refresh

        def noted(*regions: Region) -> None:
            drawn.extend(regions)
            refresh(*regions)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(widget, "refresh", noted)
            widget.show(numbered(3))
            assert drawn == []
            widget.show([*numbered(2), *numbered(1)])
        assert [(region.y, region.height) for region in drawn] == [(2, 1)]
        await pilot.pause()
        assert lines_of(pilot.app) == ["line 0", "line 1", "line 0", "", ""]


@async_test
async def test_a_page_scrolls_by_keys_as_far_as_there_are_lines() -> None:
    page = Page()
    async with Shown(page).run_test(size=(20, 5)) as pilot:
        page.show(numbered(12))
        page.focus()
        seen = []
        for key in ("down", "j", "k", "pagedown", "end", "down", "pageup", "home", "up"):
            await pilot.press(key)
            await pilot.pause()
            seen.append(int(lines_of(pilot.app)[0].removeprefix("line ")))
        assert seen == [1, 2, 1, 5, 7, 7, 3, 0, 0]


@async_test
async def test_a_shorter_page_is_shown_from_its_top() -> None:
    page = Page()
    async with Shown(page).run_test(size=(20, 5)) as pilot:
        page.show(numbered(12))
        page.action_move(7)
        page.show(numbered(3))
        await pilot.pause()
        assert lines_of(pilot.app)[:4] == ["line 0", "line 1", "line 2", ""]
