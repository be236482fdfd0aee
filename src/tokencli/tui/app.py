"""The live view in the terminal: what it shows of a board, and what its keys do."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from rich.text import Text
from textual.app import App
from textual.binding import Binding
from textual.containers import Horizontal
from textual.widgets import Input
from textual.worker import WorkerFailed

from tokencli.domain.errors import TokencliError
from tokencli.domain.text import visible
from tokencli.render.explain_view import explain_panel
from tokencli.render.session_view import session_panel
from tokencli.render.top_calls import open_words
from tokencli.render.top_frame import calls_sheet, sessions_sheet
from tokencli.render.top_head import head
from tokencli.render.top_order import AS_THEY_COME
from tokencli.render.top_table import Paper
from tokencli.tui.eyes import Eyes
from tokencli.tui.lines import Lines
from tokencli.tui.pages import Cover, help_page
from tokencli.tui.strips import console_of, strips_of
from tokencli.tui.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from rich.console import RenderableType
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.events import DescendantFocus, Resize

    from tokencli.services.board import Board
    from tokencli.services.lookout import Lookout

_KEYS: Final = "? help  q quit  s sort  r reverse  / filter  p pause  tab table  enter explain"
_PAUSED: Final = "PAUSED"
_LOW, _TALL = 14, 32
_SHARE_OF_SESSIONS: Final = 0.35
_LEAST_SESSIONS: Final = 3
_ON_TABLES: Final = frozenset({"sort", "reverse", "filter", "unfilter", "pause", "help", "other"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a view is started with: how to open the ledger, how often to look, the clock, what the terminal knows."""

    open_lookout: Callable[[], Lookout]
    interval_s: float
    now: Callable[[], datetime]
    is_ascii: bool = False


class TopApp(App[None]):
    """Shows a board, and the next one when something has changed."""

    ENABLE_COMMAND_PALETTE = False
    CSS = """
    Screen { layout: vertical; background: ansi_default; color: ansi_default; overflow: hidden; }
    Lines, Table { background: ansi_default; color: ansi_default; }
    #foot, #title, #keys { height: 1; }
    #calls, #page { height: 1fr; }
    #ask { height: 1; }
    #ask Lines { width: 2; }
    #search, #search:focus { width: 1fr; border: none; padding: 0; background: ansi_default; color: ansi_default; }
    .apart { margin-top: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,ctrl+c", "quit"),
        Binding("s", "sort"),
        Binding("r", "reverse"),
        Binding("slash", "filter"),
        Binding("escape", "unfilter"),
        Binding("p", "pause"),
        Binding("question_mark,h,f1", "help"),
        Binding("tab,shift+tab", "other", priority=True),
        Binding("ctrl+z", "suspend_process"),
    ]

    def __init__(self, setting: Setting, first: Board) -> None:
        """Show `first` at once."""
        super().__init__(ansi_color=True)  # the terminal's own colors, light or dark; with NO_COLOR none
        self.theme = "ansi-dark"
        self.animation_level = "none"
        self._setting = setting
        self._board = first
        self._eyes = Eyes(setting.open_lookout)
        self._wake = asyncio.Event()
        self._is_paused = False
        self._trouble = ""
        self._second = 0
        self._head = Lines(id="head")
        self._sessions = Table(id="sessions")
        self._calls = Table(id="calls")
        self._foot = Lines(id="foot")
        self._search = Input(id="search", select_on_focus=False, compact=True)
        self._slash = Lines()
        self._ask = Horizontal(self._slash, self._search, id="ask")
        self._ask.display = False
        self._table = self._calls
        self._views = dict.fromkeys((self._sessions, self._calls), AS_THEY_COME)

    def compose(self) -> ComposeResult:
        """Make the head, the tables and the foot."""
        yield from (self._head, self._sessions, self._calls, self._foot, self._ask)

    def on_mount(self) -> None:
        """Begin with the calls, and look again and again."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.exit)  # the terminal is given back
        self._slash.show(strips_of(Text("/", "bold"), self._paper))
        self._calls.focus()
        self.run_worker(self._watch(), name="watch")

    def _fatal_error(self) -> None:
        """End after a fault that nobody foresaw; textual would print its own trace, with the values of variables."""
        self._close_messages_no_wait()

    @property
    def fault(self) -> BaseException | None:
        """Return what ended the view, if it did not end by itself."""
        return self._exception.error if isinstance(self._exception, WorkerFailed) else self._exception

    def on_unmount(self) -> None:
        """Close the ledger."""
        self._eyes.close()

    async def look(self) -> None:
        """Look at the ledger once, and show what is new; what is wrong with it is said at the foot."""
        before = self._trouble
        try:
            board = await self._eyes.look()
            self._trouble = ""
        except TokencliError as error:
            board, self._trouble = None, visible(str(error), limit=1000)
        if board is not None:
            self._board = board
            self._show()
        elif self._trouble != before:
            self._show_foot()
        elif self._board.open_calls and int(self._setting.now().timestamp()) != self._second:
            self._show_calls()

    async def _watch(self) -> None:
        while True:
            if not self._is_paused:
                await self.look()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._setting.interval_s):
                    await self._wake.wait()
            self._wake.clear()

    @property
    def _paper(self) -> Paper:
        return Paper(width=self.size.width, is_ascii=self._setting.is_ascii)

    def _show(self) -> None:
        self._lay_out()
        self._head.show([strips_of(line, self._paper)[0] for line in self._head_lines()])
        self._sessions.show(sessions_sheet(self._board, self._paper, self._views[self._sessions]))
        self._show_calls()
        self._show_foot()

    def _head_lines(self) -> list[Text]:
        """Return as much of the head as leaves two thirds of the terminal to the tables."""
        lines = head(self._board, self._paper, state=_PAUSED if self._is_paused else "")
        return lines[: max(self.size.height // 3, 1)]

    def _show_calls(self) -> None:
        now = self._board.now if self._is_paused else self._setting.now()
        self._second = int(now.timestamp())
        self._calls.show(calls_sheet(self._board, now, self._paper, self._views[self._calls]))

    def _show_foot(self) -> None:
        search = self._views[self._table].search
        words = Text(_KEYS, "dim", no_wrap=True)
        if self._trouble:
            words = Text(self._trouble, "bold red", no_wrap=True)
        elif search:
            words = Text(f"only: {visible(search)}   / change it  esc show all", "bold", no_wrap=True)
        self._foot.show(strips_of(words, self._paper)[:1])

    def _lay_out(self) -> None:
        """Give each part its height; where there is little room, the table with the keys has all of it."""
        height, sessions = self.size.height, len(self._board.sessions)
        is_low = height < _LOW
        most = max(int(height * _SHARE_OF_SESSIONS), _LEAST_SESSIONS)
        self._head.styles.height = len(self._head_lines())
        self._sessions.styles.height = "1fr" if is_low else min(1 + max(sessions, 1), most)
        for table in self._views:
            table.set_class(height >= _TALL, "apart")
            table.display = table is self._table or not is_low

    def on_resize(self, event: Resize) -> None:
        """Draw everything for this size, once it is known to the parts."""
        del event
        self.call_after_refresh(self._show)

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Remember which table the keys are for."""
        if isinstance(event.widget, Table):
            self._table = event.widget
            self._show_foot()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the keys of the tables alone while a page covers them."""
        del parameters
        return action not in _ON_TABLES or not isinstance(self.screen, Cover)

    def action_sort(self) -> None:
        """Sort by the next column."""
        self._see(order=self._views[self._table].order + 1, is_reversed=False)

    def action_reverse(self) -> None:
        """Sort the other way round."""
        self._see(is_reversed=not self._views[self._table].is_reversed)

    def action_pause(self) -> None:
        """Stand still, or go on at once."""
        self._is_paused = not self._is_paused
        if not self._is_paused:
            self._wake.set()
        self._show()

    def action_help(self) -> None:
        """Show the keys."""
        self.push_screen(help_page(is_ascii=self._setting.is_ascii))

    def action_other(self) -> None:
        """Give the keys to the other table."""
        other = self._sessions if self._table is self._calls else self._calls
        self._end_search()
        self._table = other
        self._lay_out()
        other.focus()

    def action_filter(self) -> None:
        """Ask for words."""
        self._foot.display, self._ask.display = False, True
        self._search.value = self._views[self._table].search
        self._search.focus()

    def action_unfilter(self) -> None:
        """Show all lines again."""
        self._see(search="")
        self._end_search()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show the lines with the words as they are typed."""
        if self._ask.display:
            self._see(search=event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep the words, and give the keys back."""
        del event
        self._end_search()

    def _see(self, **changes: Any) -> None:
        """Change how the table with the keys is seen, and begin at its first line."""
        self._views[self._table] = self._views[self._table]._replace(**changes)
        self._table.begin()
        self._show()

    def _end_search(self) -> None:
        self._foot.display, self._ask.display = True, False
        self._table.focus()

    async def on_table_chosen(self, event: Table.Chosen) -> None:
        """Show the whole of a call or of a session."""
        if event.table is self._sessions:
            self._cover_session(event.key)
        elif any(call.event_id == event.key for call in self._board.open_calls):
            self._cover("A call under way", lambda _: Text(open_words(self._board, event.key)))
        else:
            await self._cover_call(event.key)

    def _cover_session(self, session_id: str) -> None:
        view = next((each for each in self._board.sessions if each.session.id == session_id), None)
        if view is not None:
            zone = self._board.zone
            title = f"tokencli session show {view.session.name}"
            self._cover(title, lambda paper: session_panel(view, console_of(paper), zone=zone))

    async def _cover_call(self, event_id: str) -> None:
        try:
            found = await self._eyes.explain(event_id)
        except TokencliError as error:
            self._trouble = visible(str(error), limit=1000)
            self._show_foot()
            return
        zone = self._board.zone
        self._cover(f"tokencli explain {event_id}", lambda paper: explain_panel(found, console_of(paper), zone=zone))

    def _cover(self, title: str, draw: Callable[[Paper], RenderableType]) -> None:
        self.push_screen(Cover(title, draw, is_ascii=self._setting.is_ascii))
