"""An invoice beside the ledger: a table by model, the causes of every gap, and one line in the end; also as JSON."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from tokencli.domain.invoice import CENT, Cause, State
from tokencli.domain.money import ZERO, Usd, exact_sum, plain
from tokencli.domain.text import visible
from tokencli.render.report_json import period_values
from tokencli.render.report_view import period_words
from tokencli.render.terminal import DASH, ascii_words, compact, counted, is_ascii, money, safe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console, RenderableType
    from rich.table import Table

    from tokencli.domain.invoice import Cell, Reconciliation, Side

_NO_MODEL = "(no model)"
_CENTS = 2
_STEP = Decimal("0.1")
_ADVICE = {
    Cause.CENTS: "the file was read as dollars; divide its amounts by 100.",
    Cause.DISCOUNT: "a contract's price: say it in config.toml, and 'tokencli reprice' values calls so.",
    Cause.LIST: "'tokencli prices show MODEL' shows the list's price; say your own in config.toml.",
    Cause.UNPRICED: "give the model a price in config.toml, then run 'tokencli reprice --apply'.",
    Cause.NOT_SEEN: "point that client at 'tokencli serve', or take its logs in: tokencli ingest --discover",
    Cause.NOT_BILLED: "calls with another key or account, or not billed yet.",
    Cause.CUT: "what a cut answer used after the cut is not known here.",
    Cause.UNEXPLAINED: "'tokencli check-db' may know more; look at the days below with --json.",
}


class ModelSum(NamedTuple):
    """One model over all days, on both sides, and how many of its days are in which state."""

    model: str | None
    tokens_there: int | None
    tokens_here: int | None
    cost_there: Usd
    cost_here: Usd
    states: dict[State, int]


def by_model(found: Reconciliation) -> list[ModelSum]:
    """Return the sums by model, the largest difference first."""
    models: dict[str | None, list[Cell]] = {}
    for cell in found.cells:
        models.setdefault(cell.model, []).append(cell)
    sums = [_model_sum(model, cells) for model, cells in models.items()]
    return sorted(sums, key=lambda each: (-abs(each.cost_there - each.cost_here), each.model or ""))


def reconcile_view(found: Reconciliation, console: Console) -> RenderableType:
    """Return what there is to see, the last line last."""
    from rich.console import Group
    from rich.text import Text

    narrow = is_ascii(console)
    invoice = found.invoice
    head = f"{visible(invoice.path)}: {invoice.format}, {counted(len(invoice.lines), 'line')}"
    parts: list[RenderableType] = [Text(head, style="bold"), Text(period_words(found.period)), Text()]
    parts += [_models(found, is_narrow=narrow), Text()]
    parts += [_causes(found), Text()] if found.gaps else []
    parts += [Text(line) for line in remarks(found)]
    last = closing_words(found)
    return Group(*parts, Text(ascii_words(last) if narrow else last, style="bold"))


def remarks(found: Reconciliation) -> list[str]:
    """Return sentences on the whole: how dollars were come by, and what else was noticed."""
    said = list(found.remarks)
    if found.is_valued:
        said.insert(0, "The file tells no dollars: its counts are valued by the price list.")
    if found.invoice.skipped:
        said.append(f"{counted(found.invoice.skipped, 'line')} of the file told of nothing.")
    return said


def closing_words(found: Reconciliation) -> str:
    """Return the one line that says how much is explained."""
    share = found.explained_share
    total, rest = (f"${amount:,.2f}" for amount in (found.total, found.unexplained))
    if share is None:
        return f"explains nothing of {total}; {rest} unexplained"
    percent = (100 * share).quantize(_STEP, "ROUND_FLOOR")
    return f"explains {percent} % of {total}; {rest} unexplained"


def reconcile_json(found: Reconciliation) -> str:
    """Return everything as one JSON document in ASCII, without a line end; money is exact."""
    share = found.explained_share
    document = {
        "invoice": {
            "path": found.invoice.path,
            "format": found.invoice.format,
            "lines": len(found.invoice.lines),
            "skipped": found.invoice.skipped,
            "is_valued": found.is_valued,
        },
        "period": period_values(found.period),
        "total": plain(found.total),
        "ledger_list_cost": plain(found.ours),
        "difference": plain(exact_sum((found.total, Usd(-found.ours)))),
        "unexplained": plain(found.unexplained),
        "explained_share": None if share is None else plain(share.quantize(Decimal("0.000001"))),
        "currency": "USD",
        "causes": [{"cause": cause.value, "amount": plain(amount)} for cause, amount in _ranked(found)],
        "states": {state.value: sum(cell.state is state for cell in found.cells) for state in State},
        "remarks": remarks(found),
        "rows": [_row(cell) for cell in found.cells],
    }
    return json.dumps(document, indent=2)


def _model_sum(model: str | None, cells: list[Cell]) -> ModelSum:
    states: dict[State, int] = {}
    for cell in cells:
        states[cell.state] = states.get(cell.state, 0) + 1
    return ModelSum(
        model=model,
        tokens_there=_tokens(cell.there for cell in cells),
        tokens_here=_tokens(cell.here for cell in cells),
        cost_there=_cost(cell.there for cell in cells),
        cost_here=_cost(cell.here for cell in cells),
        states=states,
    )


def _tokens(sides: Iterable[Side | None]) -> int | None:
    told = [side.total_tokens for side in sides if side is not None and side.total_tokens is not None]
    return sum(told) if told else None


def _cost(sides: Iterable[Side | None]) -> Usd:
    return exact_sum(side.cost or ZERO for side in sides if side is not None)


def _models(found: Reconciliation, *, is_narrow: bool) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("model", overflow="fold")
    for head in ("tokens there", "here", "invoice", "ledger", "difference"):
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("days", overflow="fold")
    for each in by_model(found):
        difference = Usd(each.cost_there - each.cost_here)
        days = ", ".join(f"{number} {state.value}" for state, number in sorted(each.states.items()))
        costs = (each.cost_there, each.cost_here, difference)
        table.add_row(
            safe(each.model or _NO_MODEL),
            DASH if each.tokens_there is None else compact(each.tokens_there),
            DASH if each.tokens_here is None else compact(each.tokens_here),
            *(ascii_words(words) if is_narrow else words for words in map(_shown, costs)),
            days,
        )
    return table


def _causes(found: Reconciliation) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("amount", justify="right", no_wrap=True)
    table.add_column("cause", overflow="fold")
    for cause, amount in _ranked(found):
        words = Text(cause.value, style="yellow" if cause is Cause.UNEXPLAINED else "")
        note = _note(found, cause)
        words.append(f" ({visible(note)})" if note else "", style="dim")
        advice = _ADVICE.get(cause)
        words.append(f"\n  {advice}" if advice else "", style="dim")
        table.add_row(_shown(amount), words)
    return table


def _shown(amount: Usd) -> str:
    """Return an amount to the cent, or as small as it is below half a cent."""
    return money(amount, places=_CENTS if not amount or abs(amount) >= CENT / 2 else None)


def _ranked(found: Reconciliation) -> list[tuple[Cause, Usd]]:
    return sorted(found.gaps.items(), key=lambda item: (-abs(item[1]), item[0]))


def _note(found: Reconciliation, cause: Cause) -> str:
    """Return the evidence of a cause's largest gap, and how many gaps more there are."""
    gaps = [gap for cell in found.cells for gap in cell.gaps if gap.cause is cause]
    largest = max(gaps, key=lambda gap: abs(gap.amount))
    more = f"; {len(gaps) - 1} more" if len(gaps) > 1 else ""
    return f"{largest.note}{more}".removeprefix("; ")


def _row(cell: Cell) -> dict[str, Any]:
    return {
        "day": cell.day.isoformat(),
        "model": cell.model,
        "state": cell.state.value,
        "invoice": _side(cell.there),
        "ledger": _side(cell.here),
        "gaps": [{"cause": gap.cause.value, "amount": plain(gap.amount), "note": gap.note} for gap in cell.gaps],
    }


def _side(side: Side | None) -> dict[str, Any] | None:
    if side is None:
        return None
    usage = side.usage
    return {
        "requests": side.requests,
        "input_tokens": usage.input_tokens if usage else None,
        "cache_read_tokens": usage.cache_read_tokens if usage else None,
        "cache_write_tokens": usage.cache_write_tokens if usage else None,
        "output_tokens": usage.output_tokens if usage else None,
        "total_tokens": side.total_tokens,
        "cost": None if side.cost is None else plain(side.cost),
    }
