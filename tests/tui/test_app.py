"""The live view, by its keys and by what happens in the ledger meanwhile."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.async_runs import async_test
from tests.boards import HOSTILE
from tests.services.live_calls import NOW
from tests.tui.screens import lines_of, styles_of, text_of
from tokencli.tui.pages import Cover

if TYPE_CHECKING:
    from tests.tui.conftest import Scene

SIZES = [(80, 24), (120, 40), (200, 50), (50, 12), (24, 6)]


def models(lines: list[str]) -> list[str]:
    """Return the models of the calls that are shown, from the first line down."""
    names = ("gpt-4o", "alpha", "beta", "zeta")
    return [name for line in lines for name in names if f" {name} " in line]


@async_test
async def test_a_call_is_shown_when_it_is_sent_and_becomes_real_in_its_place(scene: Scene) -> None:
    app = scene.app()
    async with app.run_test() as pilot:
        scene.send(9)
        await app.look()
        await pilot.pause()
        first = lines_of(app)[9]
        assert ("EST" in first, "777" in first, first.endswith("open")) == (True, True, True)
        scene.now[0] = NOW + timedelta(seconds=5)
        await app.look()
        await pilot.pause()
        assert lines_of(app)[9].endswith("5.0s open")
        scene.settle(9)
        await app.look()
        await pilot.pause()
        first = lines_of(app)[9]
        assert ("REAL" in first, "800" in first, first.endswith("ok")) == (True, True, True)
        assert "1 under way" not in text_of(app)


@async_test
async def test_everything_is_there_at_80_by_24(scene: Scene) -> None:
    async with scene.app().run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        lines = lines_of(pilot.app)
        assert len(lines) == 24
        assert lines[0].endswith("2026-11-20 12:00 UTC")
        assert [line.split()[0] for line in lines[1:6]] == ["today", "week", "month", "calls,", "session"]
        assert lines[8].split() == [
            "time▾",
            "kind",
            "model",
            "session",
            "in",
            "cache",
            "out",
            "cost",
            "ttft",
            "took",
            "end",
        ]
        assert models(lines) == ["gpt-4o", "alpha", "beta"]
        assert lines[-1].startswith("? help  q quit")


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_it_fits_terminals_of_all_sizes(scene: Scene, size: tuple[int, int]) -> None:
    @async_test
    async def run() -> None:
        async with scene.app().run_test(size=size) as pilot:
            await pilot.pause()
            lines = lines_of(pilot.app)
            assert (len(lines), max(map(len, lines)) <= size[0]) == (size[1], True)
            assert "tokencli top" in lines[0]
            await pilot.resize_terminal(80, 24)
            await pilot.pause()
            assert models(lines_of(pilot.app)) == ["gpt-4o", "alpha", "beta"]

    run()


@async_test
async def test_s_sorts_by_the_next_column_and_r_the_other_way_round(scene: Scene) -> None:
    scene.keep(4, request_model="zeta")
    async with scene.app().run_test() as pilot:
        await pilot.press("s", "s")
        assert "in▾" in text_of(pilot.app)
        assert models(lines_of(pilot.app)) == ["zeta", "beta", "alpha", "gpt-4o"]
        await pilot.press("r")
        assert "in▴" in text_of(pilot.app)
        assert models(lines_of(pilot.app)) == ["gpt-4o", "alpha", "beta", "zeta"]


@async_test
async def test_a_search_shows_lines_with_its_words_until_escape(scene: Scene) -> None:
    app = scene.app()
    async with app.run_test() as pilot:
        await pilot.press("slash", *"alp")
        assert models(lines_of(app)) == ["alpha"]
        await pilot.press("enter")
        assert lines_of(app)[-1].startswith("only: alp")
        scene.keep(0, request_model="zeta")
        await app.look()
        await pilot.pause()
        assert models(lines_of(app)) == ["alpha"]
        await pilot.press("escape")
        assert models(lines_of(app)) == ["zeta", "gpt-4o", "alpha", "beta"]


@async_test
async def test_words_that_are_searched_are_no_keys(scene: Scene) -> None:
    async with scene.app().run_test() as pilot:
        await pilot.press("slash", *"qsrp?", "escape")
        assert pilot.app.is_running
        assert "time▾" in text_of(pilot.app)
        assert "PAUSED" not in text_of(pilot.app)


@async_test
async def test_paused_it_stands_still_and_then_shows_what_it_missed(scene: Scene) -> None:
    app = scene.app()
    async with app.run_test() as pilot:
        await pilot.press("p")
        scene.keep(0, request_model="zeta")
        assert "PAUSED" in lines_of(app)[0]
        assert models(lines_of(app)) == ["gpt-4o", "alpha", "beta"]
        await pilot.press("p")
        await app.look()
        await pilot.pause()
        assert "PAUSED" not in lines_of(app)[0]
        assert models(lines_of(app)) == ["zeta", "gpt-4o", "alpha", "beta"]


@async_test
async def test_enter_explains_the_call_under_the_cursor(scene: Scene) -> None:
    async with scene.app().run_test(size=(80, 40)) as pilot:
        await pilot.pause()
        await pilot.press("down", "enter")
        await pilot.pause()
        text = text_of(pilot.app)
        assert "abcdef012345.2" in text
        assert "list cost" in text
        assert "$1.00/M" in text
        await pilot.press("s", "escape")
        assert models(lines_of(pilot.app)) == ["gpt-4o", "alpha", "beta"]


@async_test
async def test_enter_on_a_session_shows_all_of_it_and_tab_changes_tables(scene: Scene) -> None:
    async with scene.app().run_test() as pilot:
        await pilot.press("tab", "down", "enter")
        await pilot.pause()
        assert "openai" in text_of(pilot.app)
        assert "s1" in text_of(pilot.app)
        await pilot.press("enter", "s")
        assert "context▾" in text_of(pilot.app)
        await pilot.press("tab", "s")
        assert "cost▾" in text_of(pilot.app)


@async_test
async def test_enter_on_a_call_under_way_tells_what_is_known_of_it(scene: Scene) -> None:
    scene.send(9)
    async with scene.app().run_test() as pilot:
        await pilot.pause()
        await pilot.press("home", "enter")
        await pilot.pause()
        assert "777 tokens, our own count" in text_of(pilot.app)


@async_test
async def test_a_call_that_was_taken_away_meanwhile_is_one_sentence(scene: Scene) -> None:
    async with scene.app().run_test() as pilot:
        await pilot.pause()
        with scene.shop.database.transaction() as connection:
            connection.execute("DELETE FROM event_detail")
            connection.execute("DELETE FROM estimate")
            connection.execute("DELETE FROM event")
        await pilot.press("enter")
        await pilot.pause()
        assert "there is no call" in lines_of(pilot.app)[-1]


@async_test
async def test_the_cursor_stays_on_its_call_while_others_come(scene: Scene) -> None:
    app = scene.app()
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.press("down")
        scene.keep(0, request_model="zeta")
        await app.look()
        await pilot.press("enter")
        await pilot.pause()
        assert "abcdef012345.2" in text_of(app)


@async_test
async def test_a_ledger_that_is_gone_is_told_and_what_was_seen_stays(scene: Scene) -> None:
    app = scene.app()
    async with app.run_test() as pilot:
        await app.look()
        scene.take_away()
        await app.look()
        await pilot.pause()
        assert lines_of(app)[-1].startswith("there is no ledger at ")
        assert models(lines_of(app)) == ["gpt-4o", "alpha", "beta"]
        scene.bring_back()
        await app.look()
        await pilot.pause()
        assert lines_of(app)[-1].startswith("? help")


@async_test
async def test_help_tells_every_key_and_word(scene: Scene) -> None:
    async with scene.app().run_test(size=(80, 32)) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(pilot.app.screen, Cover)
        for word in ("pause", "sort", "EST", "ttft", "critical"):
            assert word in text_of(pilot.app)
        await pilot.press("question_mark")
        assert not isinstance(pilot.app.screen, Cover)


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
def test_it_ends_by_a_key(scene: Scene, key: str) -> None:
    @async_test
    async def run() -> None:
        app = scene.app()
        async with app.run_test() as pilot:
            await pilot.press(key)
        assert app.return_code == 0

    run()


@async_test
async def test_outside_text_is_neither_markup_nor_escapes(scene: Scene) -> None:
    scene.keep(0, request_model=HOSTILE, agent=HOSTILE, client=HOSTILE)
    async with scene.app().run_test(size=(200, 40)) as pilot:
        for keys in ((), ("enter",)):
            await pilot.press(*keys)
            await pilot.pause()
            assert "\\x1b[31mred[bold]x[/]" in text_of(pilot.app)
            assert "\x1b" not in text_of(pilot.app)


@async_test
async def test_a_terminal_without_unicode_gets_ascii_everywhere(scene: Scene) -> None:
    scene.keep(0, request_model="modèle-東京")
    async with scene.app(is_ascii=True).run_test() as pilot:
        for keys in ((), ("enter",), ("escape", "question_mark"), ("escape", "slash", "x"), ("escape", "tab", "enter")):
            await pilot.press(*keys)
            await pilot.pause()
            assert text_of(pilot.app).isascii(), keys


@async_test
async def test_only_the_sixteen_colors_of_the_terminal_are_used(scene: Scene) -> None:
    scene.send(9)
    async with scene.app().run_test() as pilot:
        for keys in ((), ("slash", "x"), ("escape", "enter")):
            await pilot.press(*keys)
            await pilot.pause()
            colors = {color for style in styles_of(pilot.app) for color in (style.color, style.bgcolor) if color}
            assert all(color.is_system_defined for color in colors), colors


@async_test
async def test_no_color_leaves_the_cursor_visible(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with scene.app().run_test() as pilot:
        await pilot.pause()
        styles = styles_of(pilot.app)
        assert any(style.reverse for style in styles)
        assert pilot.app.no_color
