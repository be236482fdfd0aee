"""The overview of a page: all that it shows of a period, from one state of the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokencli.domain.overview import Overview
from tokencli.domain.period import Grain
from tokencli.services.differences import differences
from tokencli.services.report import group_by_asked, named, period_asked
from tokencli.store import queries
from tokencli.store.shapes import call_shapes, heat_cells

if TYPE_CHECKING:
    from datetime import datetime

    from tokencli.domain.period import Period
    from tokencli.services.report import Question
    from tokencli.store.database import Database

# How many days a page's charts show by the hour, by the day, by the week; beyond that by the month.
_MOST_DAYS = ((2, Grain.HOUR), (400, Grain.DAY), (2800, Grain.WEEK))


def overview(database: Database, question: Question, *, now: datetime) -> Overview:
    """Return everything that a page shows of a period, all of it from one state of the ledger; raises as `report`."""
    with database.reading() as connection:
        period = period_asked(question, now=now, span=queries.span(connection))
        grain = chart_grain(period).value
        groupings = [group_by_asked(question), (grain, "model"), (grain,), ("model",), ("provider",)]
        asked, by_day_model, by_day, by_model, by_provider = queries.reports(
            connection, period, groupings, question.where
        )
        shapes = call_shapes(connection, period, question.where)
        return Overview(
            report=named(connection, asked),
            by_day_model=by_day_model,
            by_day=by_day,
            by_model=by_model,
            by_provider=by_provider,
            cost_bins=shapes.cost_bins,
            size_cells=shapes.size_cells,
            heat_cells=heat_cells(connection, period, question.where),
            price_differences=differences(connection, period, question.where),
            notices=queries.notices(connection, period),
            generated_at=now,
            ledger=database.place,
            filter=question.where,
        )


def chart_grain(period: Period) -> Grain:
    """Return how wide the bars of a page's charts are, so that a period has neither one nor thousands of them."""
    days = (period.end - period.start).total_seconds() / 86400
    return next((grain for most, grain in _MOST_DAYS if days <= most), Grain.MONTH)
