"""Sessions in the terminal: what each used, and how full its context is, in words as well as in color.

EST marks what we counted ourselves because no provider has told it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokencli.domain.period import zone_of
from tokencli.domain.session import Gauge
from tokencli.domain.text import visible
from tokencli.render.context_words import context_words
from tokencli.render.session_text import model_words
from tokencli.render.terminal import (
    DASH,
    ascii_words,
    bar,
    compact,
    count,
    counted,
    folded,
    is_ascii,
    money,
    money_places,
    safe,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from rich.console import Console, JustifyMethod, RenderableType
    from rich.table import Table
    from rich.text import Text

    from tokencli.services.sessions import SessionView

EST = "EST"
_BELOW = "\n"
_WIDE = 150
_BAR, _WIDE_BAR = 20, 10
_NAME, _WIDE_NAME, _MOST_LINES = 18, 24, 4
# From how many columns of the terminal on each is shown: a number that does not fit is left out, never cut.
_COLUMNS = {
    "session": 0,
    "state": 70,
    "model": 112,
    "begun": _WIDE,
    "calls": 72,
    "input": 0,
    "output": 80,
    "context used": 0,
    "list cost": 60,
}
_TO_MINUTES = len("2026-11-20 14:00")
_NUMBERS = ("calls", "input", "output", "list cost")
_STYLES = {Gauge.OK: "", Gauge.CAUTION: "yellow", Gauge.WARNING: "bold yellow", Gauge.CRITICAL: "bold red"}
_ADVICE = {
    Gauge.OK: "",
    Gauge.CAUTION: "caution: the context is filling up",
    Gauge.WARNING: "warning: the context is nearly full",
    Gauge.CRITICAL: "critical: the next calls may not fit",
}


def sessions_table(views: Sequence[SessionView], console: Console, *, zone: str) -> RenderableType:
    """Return sessions, one a row; narrow terminals see short numbers, no model, and remarks below the figures."""
    from rich.table import Table
    from rich.text import Text

    if not views:
        return Text("No session is open. Begin one: tokencli session new. Ended ones: tokencli session list --all")
    rows = [_cells(view, console, zone, money_places(each.list_cost for each in views)) for view in views]
    shown = [name for name, least in _COLUMNS.items() if console.width >= least]
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for name in shown:
        is_name = name in {"session", "model"}
        justify: JustifyMethod = "right" if name in _NUMBERS else "left"
        table.add_column(name, overflow="fold", no_wrap=not is_name, justify=justify, min_width=_NAME * is_name or None)
    for row in rows:
        table.add_row(*(row[name] for name in shown))
    return _with_legend(table, views)


def session_panel(view: SessionView, console: Console, *, zone: str) -> RenderableType:
    """Return all figures of one session, one fact a line; times are shown in `zone`."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in _facts(view, console, zone):
        grid.add_row(Text(name, style="dim"), value)
    return _with_legend(grid, [view])


def cost_words(view: SessionView, places: int | None = None) -> tuple[str, str]:
    """Return the list cost as reports show it, and how many calls it leaves out: "≥ $0.12", "3 unpriced"."""
    totals = view.totals
    if totals.requests and totals.requests == totals.subscription_requests:
        return "subscription", ""
    if totals.requests and totals.requests == totals.free_requests:
        return "free", ""
    cost = money(view.list_cost, is_lower_bound=totals.is_lower_bound, places=places)
    is_bound = view.list_cost is not None and totals.is_lower_bound
    return cost, f"{count(totals.unpriced_requests)} unpriced" if is_bound else ""


def _cells(view: SessionView, console: Console, zone: str, places: int) -> dict[str, Text | str]:
    from rich.text import Text

    wide, model = console.width >= _WIDE, view.model_in_use
    number = count if wide else compact
    name = folded(visible(view.session.name), _WIDE_NAME if wide else _NAME, _MOST_LINES)
    return {
        "session": Text(name, style="bold" if view.session.is_active else ""),
        "state": _state(view),
        "model": safe(model) if model else model_words(view.session),
        "begun": _moment(view.session.created_at, zone)[:_TO_MINUTES],
        "calls": count(view.requests),
        "input": f"{number(view.input_tokens)}{f' {EST}' if view.estimated_requests else ''}",
        "output": number(view.output_tokens),
        "context used": _context(view, console, _WIDE_BAR if wide else 0),
        "list cost": _cost(view, console, places, between=_BELOW),
    }


def _cost(view: SessionView, console: Console, places: int | None, *, between: str) -> str:
    words = between.join(part for part in cost_words(view, places) if part)
    return ascii_words(words) if is_ascii(console) else words


def _facts(view: SessionView, console: Console, zone: str) -> list[tuple[str, Text]]:
    from rich.text import Text

    session = view.session
    in_use = "" if view.model_in_use in {None, session.model} else f", in use: {visible(str(view.model_in_use))}"
    cost = _cost(view, console, None, between=", ")
    facts = [
        ("session", safe(session.name, style="bold").append(f", {_state(view)}", style="not bold")),
        ("id", safe(session.id)),
        ("model", Text(f"{model_words(session).removeprefix('model ')}{in_use}")),
        ("begun", Text(_moment(session.created_at, zone))),
        ("calls", Text(count(view.requests) + (f", {view.open_requests} on their way" if view.open_requests else ""))),
        ("input", Text(_input_words(view))),
        ("output", Text(_tokens(view.output_tokens))),
        ("total", Text(_tokens(view.total_tokens))),
        ("context", _context(view, console, _BAR)),
        ("", Text(_ADVICE[view.gauge], style=_STYLES[view.gauge])),
        ("list cost", Text(cost, style="bold green")),
    ]
    if session.ended_at is not None:
        facts.insert(4, ("ended", Text(_moment(session.ended_at, zone))))
    return [(name, value) for name, value in facts if name or value.plain]


def _context(view: SessionView, console: Console, bar_width: int) -> Text:
    """Return how full the context is: a bar where there is room, the share, the limit, and the gauge's word."""
    from rich.text import Text

    ratio, limit = view.context_used_ratio, view.context_limit_tokens
    if ratio is None:
        return Text(f"{DASH} of {count(limit) if bar_width else context_words(limit)}")
    drawn = f"{bar(ratio, bar_width, ascii_only=is_ascii(console))} " if bar_width else ""
    whole = count(limit) if bar_width else context_words(limit)
    used = f"{count(view.context_used_tokens)} of {whole} tokens" if bar_width == _BAR else f"of {whole}"
    words = f"{ratio:>4.0%} {drawn}{used}"
    gauge = "" if view.gauge is Gauge.OK else view.gauge.value
    remarks = " ".join(filter(None, (EST if view.is_context_estimated else "", gauge)))
    if remarks:
        words += f"{' ' if bar_width else _BELOW}{remarks}"
    return Text(words, style=_STYLES[view.gauge])


def _with_legend(body: Table, views: Sequence[SessionView]) -> RenderableType:
    """Return the table with what EST means below it, where there is one."""
    from rich.console import Group
    from rich.text import Text

    if not any(view.estimated_requests or view.is_context_estimated for view in views):
        return body
    legend = Text(f"{EST}: partly counted by tokencli itself; no provider has told these tokens.", style="dim")
    return Group(body, Text(), legend)


def _state(view: SessionView) -> str:
    if view.session.ended_at is not None:
        return "ended"
    return "active" if view.session.is_active else "open"


def _input_words(view: SessionView) -> str:
    if not view.estimated_requests:
        return _tokens(view.input_tokens)
    calls = counted(view.estimated_requests, "call")
    return f"{_tokens(view.input_tokens)}, {count(view.estimated_input_tokens)} of them {EST} in {calls}"


def _tokens(number: int | None) -> str:
    return f"{DASH} (nobody counted)" if number is None else counted(number, "token")


def _moment(moment: datetime, zone: str) -> str:
    return moment.astimezone(zone_of(zone)).isoformat(sep=" ", timespec="seconds")
