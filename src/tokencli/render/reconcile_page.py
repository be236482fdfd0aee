"""The comparison as one offline HTML file: the closing line, the models, the causes, and every day that differs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokencli import __version__
from tokencli.domain.invoice import State
from tokencli.domain.money import ZERO, Usd
from tokencli.render.page_file import asset
from tokencli.render.page_html import Html, element
from tokencli.render.page_words import exact_money
from tokencli.render.reconcile_view import by_model, closing_words, remarks
from tokencli.render.report_view import period_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tokencli.domain.invoice import Cell, Reconciliation
    from tokencli.render.reconcile_view import ModelSum

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_HEADS = ("model", "invoice", "ledger", "difference", "days")


def reconcile_page(found: Reconciliation) -> str:
    """Return the whole HTML document; it is the same text for the same comparison."""
    invoice = found.invoice
    body = element(
        "body",
        element(
            "header",
            element("p", "tokencli reconcile", class_="brand"),
            element("h1", closing_words(found)),
            element("p", f"{invoice.path}: {invoice.format}. {period_words(found.period)}", class_="when"),
        ),
        element(
            "main",
            *(element("p", sentence, class_="know") for sentence in remarks(found)),
            _section("By model", _HEADS, (_model_row(each) for each in by_model(found))),
            _section("Why they differ", ("amount", "cause"), _cause_rows(found)),
            _section("Days that differ", ("day", *_HEADS[:4], "state and causes"), _day_rows(found.cells)),
        ),
        element(
            "footer", element("p", f"tokencli {__version__}. Amounts are dollars; nothing here left this machine.")
        ),
    )
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", f"tokencli reconcile: {invoice.path}"),
        element("style", Html(asset("page.css"))),
    )
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def _section(title: str, heads: Iterable[str], rows: Iterable[tuple[str, ...]]) -> Html:
    cells = [
        element("tr", *(element("td", cell, class_=None if place else "name") for place, cell in enumerate(row)))
        for row in rows
    ]
    if not cells:
        return Html("")
    head = element("thead", element("tr", *(element("th", name, scope="col") for name in heads)))
    table = element("table", head, element("tbody", *cells))
    return element("section", element("h2", title), element("div", table, class_="scroll", tabindex=0), class_="card")


def _model_row(each: ModelSum) -> tuple[str, ...]:
    days = ", ".join(f"{number} {state.value}" for state, number in sorted(each.states.items()))
    return (each.model or "(no model)", *_costs(each.cost_there, each.cost_here), days)


def _cause_rows(found: Reconciliation) -> list[tuple[str, ...]]:
    ranked = sorted(found.gaps.items(), key=lambda item: (-abs(item[1]), item[0]))
    return [(exact_money(amount), cause.value) for cause, amount in ranked]


def _day_rows(cells: Iterable[Cell]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for cell in cells:
        if cell.state is State.MATCHED:
            continue
        there, here = (side.cost or ZERO if side else ZERO for side in (cell.there, cell.here))
        why = "; ".join(f"{gap.cause.value}: {exact_money(gap.amount)} {gap.note}".strip() for gap in cell.gaps)
        rows.append(
            (
                cell.day.isoformat(),
                cell.model or "(no model)",
                *_costs(there, here),
                f"{cell.state.value}: {why}" if why else cell.state.value,
            )
        )
    return rows


def _costs(there: Usd, here: Usd) -> tuple[str, str, str]:
    return exact_money(there), exact_money(here), exact_money(Usd(there - here))
