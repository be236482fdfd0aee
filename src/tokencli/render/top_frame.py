"""The live view's tables, sorted and searched; and the whole of it as one frame of plain lines, or as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from tokencli.render import top_calls, top_sessions
from tokencli.render.top_calls import call_cells, call_lines
from tokencli.render.top_head import head
from tokencli.render.top_order import AS_THEY_COME, View, matching, ordered
from tokencli.render.top_sessions import session_cells, session_lines
from tokencli.render.top_table import sheet
from tokencli.services.budgets import threshold_values
from tokencli.services.event_json import exact, local_time
from tokencli.services.live import call_values, live_session, opened_values, totals_values

if TYPE_CHECKING:
    from datetime import datetime

    from rich.text import Text

    from tokencli.render.top_table import Paper, Sheet
    from tokencli.services.board import Board, OpenCall

FRAME_CALLS: Final = 20
NO_SESSION: Final = "No session is open. Begin one: tokencli session new"
ONLY_CALLS: Final = "This session is known from its calls alone: a log told of it."
NOT_FOUND: Final = "No line has these words. Escape shows all."
NO_CALL: Final = "No call yet: 'tokencli run -- CLIENT' makes one, 'tokencli ingest' reads logs."


def frame(board: Board, paper: Paper) -> list[Text]:
    """Return the head, all open sessions and the newest calls, one line a row of the terminal."""
    calls = calls_sheet(board, board.now, paper)
    return [
        *head(board, paper),
        *_table(sessions_sheet(board, paper), len(board.sessions)),
        *_table(calls, min(len(calls.lines), FRAME_CALLS)),
    ]


def sessions_sheet(board: Board, paper: Paper, view: View = AS_THEY_COME) -> Sheet:
    """Return the sessions as a table: sorted and searched as a view says."""
    order = top_sessions.ORDERS[view.order % len(top_sessions.ORDERS)]
    lines = ordered(matching(session_lines(board), view.search), order, is_reversed=view.is_reversed)
    cells = session_cells(lines, board.zone, paper)
    without = NOT_FOUND if view.search else NO_SESSION if board.only_session is None else ONLY_CALLS
    keyed = {line.key: cell for line, cell in zip(lines, cells, strict=True)}
    return sheet(top_sessions.COLUMNS, keyed, paper, view.marked(order), without)


def calls_sheet(board: Board, now: datetime, paper: Paper, view: View = AS_THEY_COME) -> Sheet:
    """Return the calls as a table: sorted and searched as a view says; those under way have run until `now`."""
    order = top_calls.ORDERS[view.order % len(top_calls.ORDERS)]
    lines = ordered(matching(call_lines(board, now), view.search), order, is_reversed=view.is_reversed)
    cells = call_cells(lines, board.zone, now, paper)
    keyed = {line.key: cell for line, cell in zip(lines, cells, strict=True)}
    return sheet(top_calls.COLUMNS, keyed, paper, view.marked(order), NOT_FOUND if view.search else NO_CALL)


def board_json(board: Board) -> str:
    """Return everything as one JSON object, under the names that the live page's have, without a line end."""
    document = {
        "now": local_time(board.now, board.zone),
        "time_zone": board.zone,
        "only_session": board.only_session,
        "totals": {name: totals_values(totals) for name, totals in board.totals.items()},
        "thresholds": [threshold_values(each) for each in board.thresholds],
        "sessions": [live_session(view, board.zone) for view in board.sessions],
        "open_calls": [_open(one, board.zone) for one in board.open_calls],
        "calls": [call_values(call, board.zone) for call in board.calls],
        "calls_per_minute": list(board.minutes),
        "hours": [
            {"hour": row.key["hour"], "requests": row.totals.requests, "list_cost": exact(row.totals.list_cost)}
            for row in board.hours.rows
        ],
    }
    return json.dumps(document, indent=2)


def _table(table: Sheet, most: int) -> list[Text]:
    from rich.text import Text

    blank = Text("", end="")
    if not table.lines:
        return [blank, Text(table.without, style="dim", no_wrap=True, end="")]
    names = table.header()
    names.stylize("bold")
    return [blank, names, *(table.line(place) for place in range(most))]


def _open(call: OpenCall, zone: str) -> dict[str, Any]:
    known = {} if call.intent is None else opened_values(call.event_id, call.intent, zone)
    at = local_time(call.opened_at, zone)
    return {"event_id": call.event_id, "occurred_at": at, **known, "is_lost": call.is_lost}
