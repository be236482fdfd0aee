"""The live view's calls, one a line: an estimate while a call is under way, then what the provider counted.

EST is our own count, REAL the provider's, PART a cut answer's, NONE a call that nobody counted: the live page's words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tokencli.domain.charge import CostStatus
from tokencli.domain.event import Finish
from tokencli.domain.period import zone_of
from tokencli.domain.text import visible
from tokencli.domain.usage import Basis
from tokencli.render.terminal import compact, money, money_places
from tokencli.render.top_order import Order
from tokencli.render.top_table import Cell, Column, own, short, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from tokencli.domain.money import Usd
    from tokencli.render.top_table import Line, Paper
    from tokencli.services.board import Board, OpenCall
    from tokencli.store.calls import StoredCall

UNDER_WAY: Final = "under way"
LOST: Final = "lost: its proxy ended"
_KINDS: Final = {Basis.REPORTED: "REAL", Basis.PARTIAL: "PART", Basis.ESTIMATED: "EST"}
_STYLES: Final = {"REAL": "green", "EST": "yellow", "PART": "yellow", "NONE": "red"}
_ENDS: Final = {Finish.OK: "dim", Finish.ERROR: "red", Finish.TRUNCATED: "yellow", Finish.CANCELLED: "yellow"}
_SHORT_ENDS: Final = {Finish.TRUNCATED: "cut", Finish.CANCELLED: "gone", Finish.UNKNOWN: "?"}
_MINUTE_S, _HOUR_S = 60, 3600
_THOUSANDTHS_BELOW: Final = 100
_TENTHS_BELOW_S, _SECONDS_BELOW_S = 10, 99.5

COLUMNS: Final = (
    Column("time", 0, 8),
    Column("kind", 40, 4),
    Column("provider", 130, 8, 14),
    Column("model", 0, 14, 40),
    Column("session", 66, 7, 28),
    Column("agent", 150, 6, 20),
    Column("client", 170, 6, 20),
    Column("in", 50, 5, is_right=True),
    Column("cache", 62, 5, is_right=True),
    Column("out", 50, 5, is_right=True),
    Column("cost", 32, 7, is_right=True),
    Column("ttft", 74, 4, is_right=True),
    Column("took", 56, 4, is_right=True),
    Column("end", 66, 5, 40),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLine:
    """One call as it is shown; counts and costs are None where they are not known, `end` is None while it runs."""

    key: str
    kind: str
    at: datetime
    provider: str | None = None
    model: str | None = None
    session: str | None = None
    agent: str | None = None
    client: str | None = None
    input_tokens: int | None = None
    cache_read_tokens: int | None = None
    output_tokens: int | None = None
    cost: Usd | None = None
    status: CostStatus | None = None
    first_s: float | None = None
    took_s: float | None = None
    end: Finish | None = None
    error: str | None = None
    is_lost: bool = False

    @property
    def tokens(self) -> int | None:
        """Return input plus output."""
        return None if self.input_tokens is None else self.input_tokens + (self.output_tokens or 0)

    @property
    def words(self) -> str:
        """Return what a search looks through."""
        end = self.end.value if self.end is not None else LOST if self.is_lost else UNDER_WAY
        texts = (self.kind, self.provider, self.model, self.session, self.agent, self.client, end, self.error)
        return " ".join(text for text in texts if text)


def _order(name: str, of: Callable[[CallLine], Any], *, is_descending: bool = True) -> Order[CallLine]:
    return Order(name, of, is_descending)


ORDERS: Final[tuple[Order[CallLine], ...]] = (
    _order("time", lambda line: line.at),
    _order("cost", lambda line: line.cost),
    _order("in", lambda line: line.input_tokens),
    _order("out", lambda line: line.output_tokens),
    _order("ttft", lambda line: line.first_s),
    _order("took", lambda line: line.took_s),
    _order("model", lambda line: line.model, is_descending=False),
    _order("session", lambda line: line.session, is_descending=False),
)


def call_lines(board: Board, now: datetime) -> list[CallLine]:
    """Return the calls under way and the newest settled ones; those under way have run until `now`."""
    open_lines = [_open_line(one, board, now) for one in board.open_calls]
    return [*open_lines, *(_line(one, board) for one in board.calls)]


def call_cells(lines: Sequence[CallLine], zone: str, now: datetime, paper: Paper) -> list[Line]:
    """Return the cells of each line; calls of other days than today's are shown with their date."""
    places = money_places(line.cost for line in lines)
    there = zone_of(zone)
    today = now.astimezone(there).date()
    dated = "%m-%d %H:%M:%S" if paper.is_roomy else "%m-%d"
    found: list[Line] = []
    for line in lines:
        at = line.at.astimezone(there)
        found.append(_cells(line, at.strftime("%H:%M:%S" if at.date() == today else dated), places, paper))
    return found


def seconds(duration_s: float | None) -> str:
    """Return a duration in at most four characters: 40ms, 0.4s, 42s, 12m, 3h; nothing for None."""
    if duration_s is None:
        return ""
    if (thousandths := round(duration_s * 1000)) < _THOUSANDTHS_BELOW:
        return f"{thousandths}ms"
    if (tenths := round(duration_s, 1)) < _TENTHS_BELOW_S:
        return f"{tenths:.1f}s"
    if duration_s < _SECONDS_BELOW_S:
        return f"{duration_s:.0f}s"
    return f"{duration_s / _MINUTE_S:.0f}m" if duration_s < _HOUR_S else f"{duration_s / _HOUR_S:.0f}h"


def _open_line(call: OpenCall, board: Board, now: datetime) -> CallLine:
    took_s = None if call.is_lost else max((now - call.opened_at).total_seconds(), 0.0)
    if call.intent is None:
        return CallLine(key=call.event_id, kind="EST", at=call.opened_at, took_s=took_s, is_lost=call.is_lost)
    return CallLine(
        key=call.event_id,
        kind="EST",
        at=call.opened_at,
        provider=call.intent.provider_name,
        model=call.intent.request_model,
        session=board.session_name(call.intent.session_id),
        agent=call.intent.agent,
        client=call.intent.client,
        input_tokens=call.intent.estimated_input_tokens,
        took_s=took_s,
        is_lost=call.is_lost,
    )


def _line(call: StoredCall, board: Board) -> CallLine:
    event, usage, estimate = call.event, call.event.usage, call.event.estimate
    kind = _KINDS.get(event.basis, "EST" if estimate is not None and estimate.input_tokens else "NONE")
    counted = usage if usage is not None else estimate
    return CallLine(
        key=event.event_id,
        kind=kind,
        at=event.occurred_at,
        provider=event.provider_name,
        model=event.model,
        session=board.session_name(event.session_id),
        agent=event.agent,
        client=event.client,
        input_tokens=None if counted is None else counted.input_tokens,
        cache_read_tokens=None if usage is None else usage.cache_read_tokens,
        output_tokens=None if counted is None else counted.output_tokens,
        cost=call.list_cost,
        status=call.cost_status,
        first_s=event.time_to_first_token_s,
        took_s=event.duration_s,
        end=event.finish,
        error=event.error_type,
    )


def _cells(line: CallLine, when: str, places: int, paper: Paper) -> Line:
    return {
        "time": Cell(when),
        "kind": Cell(line.kind, _STYLES[line.kind]),
        "provider": Cell(shown(line.provider, paper)),
        "model": Cell(shown(short(line.model, paper), paper, "(unknown)"), "" if line.model else "dim"),
        "session": Cell(shown(line.session, paper)),
        "agent": Cell(shown(line.agent, paper)),
        "client": Cell(shown(line.client, paper)),
        "in": Cell(compact(line.input_tokens), "yellow" if line.kind == "EST" else ""),
        "cache": Cell(compact(line.cache_read_tokens) if line.cache_read_tokens else ""),
        "out": Cell("" if line.end is None else compact(line.output_tokens)),
        "cost": _cost(line, places, paper),
        "ttft": Cell(seconds(line.first_s)),
        "took": Cell(seconds(line.took_s), "cyan" if line.end is None else ""),
        "end": _end(line, paper),
    }


def _cost(line: CallLine, places: int, paper: Paper) -> Cell:
    if line.end is None:
        return Cell("")
    if line.status is CostStatus.SUBSCRIPTION or line.status is CostStatus.FREE:
        return Cell(line.status.value, "dim")
    return Cell(own(money(line.cost, places=places), paper), "yellow" if line.cost is None else "")


def _end(line: CallLine, paper: Paper) -> Cell:
    if line.is_lost:
        return Cell(LOST if paper.is_roomy else "lost", "red")
    if line.end is None:
        return Cell(UNDER_WAY if paper.is_roomy else "open", "cyan")
    word = line.end.value if paper.is_roomy else _SHORT_ENDS.get(line.end, line.end.value)
    words = f"{word}: {shown(line.error, paper)}" if line.error and paper.is_roomy else word
    return Cell(words, _ENDS.get(line.end, "dim"))


def open_words(board: Board, event_id: str) -> str:
    """Return what is known of a call under way, one fact a line."""
    line = next((each for each in call_lines(board, board.now) if each.key == event_id), None)
    if line is None:
        return "This call has ended."
    count = "" if line.input_tokens is None else f"{line.input_tokens:,} tokens, our own count"
    facts = (
        ("id", line.key),
        ("sent", line.at.astimezone(zone_of(board.zone)).isoformat(sep=" ", timespec="seconds")),
        ("model", line.model),
        ("provider", line.provider),
        ("session", line.session),
        ("agent", line.agent),
        ("client", line.client),
        ("input", count),
    )
    known = [f"{name:<10}{visible(value)}" for name, value in facts if value]
    rest = (
        "The proxy that sent it has ended; the next 'tokencli serve' settles it as unknown."
        if line.is_lost
        else "Its answer is still to come; then its cost is explained here."
    )
    return "\n".join((*known, "", rest))
