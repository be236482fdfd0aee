"""The live view's head: the day, the week and the month against their limits, and how busy the last hours were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tokencli.domain.period import zone_of
from tokencli.domain.threshold import Level
from tokencli.render.terminal import compact, counted, money, sparkline
from tokencli.render.top_sessions import track
from tokencli.render.top_table import Cell, Column, drawn, fitting, own, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.text import Text

    from tokencli.domain.threshold import Threshold
    from tokencli.render.top_table import Line, Paper
    from tokencli.services.board import Board

_NAMES: Final = {"day": "today", "week": "week", "month": "month"}
_LEVELS: Final = {Level.OK: ("green", ""), Level.WARNING: ("yellow", " (!)"), Level.OVER: ("bold red", " (!!)")}
_CENTS: Final = 2
_BAR: Final = 10
_SUMS: Final = (
    Column("period", 0, 5),
    Column("cost", 0, 5, is_right=True),
    Column("limit", 28, 0),
    Column("bar", 44, _BAR),
    Column("share", 34, 4),
    Column("calls", 56, 7, is_right=True),
    Column("in", 66, 8, is_right=True),
    Column("out", 78, 9, is_right=True),
)
_SIDE_FROM: Final = 124
_SUMS_WIDTH: Final = 86
_LABELS: Final = ("calls, 60 min ", "cost, 24 h ")
_TOTAL: Final = 9


def head(board: Board, paper: Paper, *, state: str = "") -> list[Text]:
    """Return four or five lines: a title, the costs, and sparklines below or, on a wide terminal, beside them."""
    lines = [_title(board, paper, state)]
    if paper.width < _SIDE_FROM:
        lines += [*_sums(board, paper), _sparks_in_one_line(board, paper)]
    else:
        left = _sums(board, _narrower(paper, _SUMS_WIDTH))
        right = _sparks(board, _narrower(paper, paper.width - _SUMS_WIDTH - 3))
        lines += [_beside(one, other) for one, other in zip(left, right, strict=True)]
    for line in lines:
        line.truncate(paper.width)
    return lines


def _title(board: Board, paper: Paper, state: str) -> Text:
    from rich.text import Text

    title = Text("tokencli top", style="bold", no_wrap=True, end="")
    if state:
        title.append(f"  {state}", "bold reverse")
    if board.only_session is not None:
        title.append(f"  session {shown(board.session_name(board.only_session), paper)}")
    under_way = sum(not call.is_lost for call in board.open_calls)
    title.append(f"  {under_way} under way, {board.minutes[-1]:,} this minute", "not bold")
    moment = board.now.astimezone(zone_of(board.zone)).strftime("%Y-%m-%d %H:%M")
    right = f"{moment} {board.zone}"
    if title.cell_len + len(right) + 2 <= paper.width:
        title.append(" " * (paper.width - title.cell_len - len(right)))
        title.append(right, "not bold")
    return title


def _sums(board: Board, paper: Paper) -> list[Text]:
    lines = [_sum(board, name, paper) for name in _NAMES]
    columns = fitting(_SUMS, lines, paper)
    return [drawn(line, columns, paper) for line in lines]


def _sum(board: Board, name: str, paper: Paper) -> Line:
    totals, limit = board.totals[name], board.threshold(name)
    cost = money(totals.list_cost, is_lower_bound=totals.is_lower_bound, places=_CENTS)
    line = {
        "period": Cell(_NAMES[name]),
        "cost": Cell(own(cost, paper), "bold"),
        "calls": Cell(counted(totals.requests, "call")),
        "in": Cell(f"{compact(totals.sum_of('input_tokens'))} in"),
        "out": Cell(f"{compact(totals.sum_of('output_tokens'))} out"),
    }
    return {**line, **_limit(limit, paper)}


def _limit(limit: Threshold | None, paper: Paper) -> Line:
    if limit is None:
        return {"limit": Cell("no limit", "dim")}
    style, mark = _LEVELS[limit.level]
    ratio = limit.ratio
    share = 1.0 if ratio is None else float(ratio)
    return {
        "limit": Cell(f"of {money(limit.limit, places=_CENTS)}"),
        "bar": Cell(track(share, _BAR, is_ascii=paper.is_ascii), style),
        "share": Cell(f"{'' if ratio is None else f'{ratio:.0%}'}{mark}", style),
    }


def _sparks(board: Board, paper: Paper) -> list[Text]:
    """Return three lines: calls by minute, cost by hour, and what the hour came to."""
    room = paper.width - len(_LABELS[0]) - _TOTAL
    lines = [_spark(board, place, min(room, most), paper) for place, most in enumerate((60, 48))]
    lines[1].pad_left(len(_LABELS[0]) - len(_LABELS[1]))
    return [*lines, _text(f"{' ' * len(_LABELS[0])}busiest minute {max(board.minutes):,}")]


def _sparks_in_one_line(board: Board, paper: Paper) -> Text:
    room = paper.width - sum(map(len, _LABELS)) - 2 * _TOTAL - 2
    if room < _TOTAL:
        return _spark(board, 0, max(paper.width - len(_LABELS[0]) - _TOTAL, 1), paper)
    return _beside(
        _spark(board, 0, room - room * 2 // 5, paper), _spark(board, 1, min(room * 2 // 5, 24), paper), blanks=2
    )


def _spark(board: Board, place: int, width: int, paper: Paper) -> Text:
    hours = [float(row.totals.list_cost or 0) for row in board.hours.rows]
    values: Sequence[float] = (board.minutes, hours)[place]
    totals = board.hours.totals
    cost = money(totals.list_cost, is_lower_bound=totals.is_lower_bound, places=_CENTS)
    total = (f"{sum(board.minutes):,}", own(cost, paper))[place]
    text = _text(_LABELS[place], "dim")
    text.append(sparkline(values, width, ascii_only=paper.is_ascii) or "none", "cyan")
    text.append(f" {total}", "")
    return text


def _beside(left: Text, right: Text, blanks: int = 3) -> Text:
    joined = left.copy()
    joined.append(" " * blanks)
    joined.append_text(right)
    return joined


def _narrower(paper: Paper, width: int) -> Paper:
    from dataclasses import replace

    return replace(paper, width=width)


def _text(words: str, style: str = "") -> Text:
    from rich.text import Text

    return Text.assemble((words, style), no_wrap=True, end="")
