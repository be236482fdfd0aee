"""The live view's sessions, one a line, each with the gauge of its context: in words as well as in color."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tokencli.domain.period import zone_of
from tokencli.domain.session import Gauge
from tokencli.render.context_words import context_words
from tokencli.render.session_view import EST, cost_words
from tokencli.render.terminal import DASH, bar, compact, money_places
from tokencli.render.top_order import Order
from tokencli.render.top_table import Cell, Column, own, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tokencli.render.top_table import Line, Paper
    from tokencli.services.board import Board
    from tokencli.services.sessions import SessionView

STYLES: Final = {
    Gauge.OK: "green",
    Gauge.CAUTION: "yellow",
    Gauge.WARNING: "bold yellow",
    Gauge.CRITICAL: "bold red",
}
_BAR, _WIDE_BAR = 10, 20
_WIDE: Final = 120
COLUMNS: Final = (
    Column("session", 0, 10, 28),
    Column("model", 100, 12, 36),
    Column("begun", 140, 11),
    Column("calls", 60, 5, is_right=True),
    Column("in", 68, 5, is_right=True),
    Column("out", 68, 5, is_right=True),
    Column("cache", 110, 5, is_right=True),
    Column("context", 34, 24),
    Column("cost", 48, 7, is_right=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLine:
    """One session as it is shown."""

    view: SessionView

    @property
    def key(self) -> str:
        """Return the session's id."""
        return self.view.session.id

    @property
    def words(self) -> str:
        """Return what a search looks through."""
        session = self.view.session
        state = "active" if session.is_active else "open" if session.ended_at is None else "ended"
        texts = (session.name, self.view.model_in_use, session.provider_name, self.view.gauge.value, state)
        return " ".join(text for text in texts if text)


def _order(name: str, of: Callable[[SessionLine], Any], *, is_descending: bool = True) -> Order[SessionLine]:
    return Order(name, of, is_descending)


ORDERS: Final[tuple[Order[SessionLine], ...]] = (
    _order("begun", lambda line: line.view.session.created_at),
    _order("context", lambda line: line.view.context_used_ratio),
    _order("cost", lambda line: line.view.list_cost),
    _order("calls", lambda line: line.view.requests),
    _order("in", lambda line: line.view.input_tokens),
    _order("session", lambda line: line.view.session.name, is_descending=False),
)


def session_lines(board: Board) -> list[SessionLine]:
    """Return the sessions of a board."""
    return [SessionLine(view=view) for view in board.sessions]


def session_cells(lines: Sequence[SessionLine], zone: str, paper: Paper) -> list[Line]:
    """Return the cells of each line; the active session is bold and has a star."""
    places = money_places(line.view.list_cost for line in lines)
    return [_cells(line.view, zone, places, paper) for line in lines]


def gauge_words(view: SessionView, paper: Paper) -> str:
    """Return how full a context is: a bar, the share, the limit, and what to think of it from 80 % on."""
    ratio, limit = view.context_used_ratio, context_words(view.context_limit_tokens)
    if ratio is None:
        return f"{DASH} of {limit}"
    is_wide = paper.width >= _WIDE
    drawn = track(ratio, _WIDE_BAR if is_wide else _BAR, is_ascii=paper.is_ascii)
    remarks = [f"of {limit}"] if is_wide else []
    remarks += [EST] if view.is_context_estimated else []
    remarks += [] if view.gauge is Gauge.OK else [view.gauge.value]
    return " ".join((drawn, f"{ratio:>4.0%}", *remarks))


def track(share: float, width: int, *, is_ascii: bool) -> str:
    """Return a bar with what is left of it: "####......"."""
    return bar(share, width, ascii_only=is_ascii).replace(" ", "." if is_ascii else "░")


def _cells(view: SessionView, zone: str, places: int, paper: Paper) -> Line:
    session = view.session
    name = f"{'*' if session.is_active else ' '}{shown(session.name, paper)}"
    style = STYLES[view.gauge]
    return {
        "session": Cell(name, "bold" if session.is_active else ""),
        "model": Cell(shown(view.model_in_use, paper, "any")),
        "begun": Cell(session.created_at.astimezone(zone_of(zone)).strftime("%m-%d %H:%M")),
        "calls": Cell(f"{view.requests:,}"),
        "in": Cell(compact(view.input_tokens), "yellow" if view.estimated_requests else ""),
        "out": Cell(compact(view.output_tokens)),
        "cache": Cell(compact(view.totals.cache_read_tokens) if view.totals.cache_read_tokens else ""),
        "context": Cell(gauge_words(view, paper), style),
        "cost": Cell(own(cost_words(view, places)[0], paper), "yellow" if view.list_cost is None else ""),
    }
