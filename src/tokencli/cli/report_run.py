"""What `tokencli report` does once its options are understood; it loads what is asked for and no more."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

from tokencli.cli import wiring
from tokencli.cli.errors import say
from tokencli.cli.globals import tag_pairs
from tokencli.domain.errors import NothingFoundError, UsageError

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from tokencli.cli.globals import Globals
    from tokencli.domain.overview import PriceDifference
    from tokencli.domain.report import EventFilter, Report
    from tokencli.domain.threshold import Threshold
    from tokencli.render.report_view import ReportView
    from tokencli.services.report import Question
    from tokencli.store.database import Database

DEFAULT_PERIOD = "7d"
PAGES = "reports/"


class Order(NamedTuple):
    """The options of a report, by their names; see `cli.door`."""

    period: str | None = None
    since: str | None = None
    until: str | None = None
    by: str | None = None
    model: tuple[str, ...] = ()
    provider: tuple[str, ...] = ()
    session: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    project: tuple[str, ...] = ()
    agent: tuple[str, ...] = ()
    client: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    csv: bool = False
    markdown: bool = False
    html: str | None = None
    open: bool = False
    as_of: str | None = None
    estimates: bool = False

    @property
    def shape(self) -> str | None:
        """Return "csv" or "markdown"; None for a table or JSON."""
        return "csv" if self.csv else "markdown" if self.markdown else None


class TwoShapesError(UsageError):
    """Two shapes of output at once."""

    def __init__(self) -> None:
        """Say which exclude each other."""
        super().__init__("--json, --csv and --markdown exclude each other: choose one.")


class NothingMatchedError(NothingFoundError):
    """Filters that let no call in."""

    def __init__(self) -> None:
        """Say how to see what there is."""
        super().__init__(
            "no call of the period matches the filters: see what there is with 'tokencli report --by model'."
        )


class EstimatesShapeError(UsageError):
    """The estimates in a shape or an order that they do not have."""

    def __init__(self) -> None:
        """Say what they can be shown as."""
        super().__init__(
            "--estimates is a table or --json, by provider and model: leave out other shapes, --by and --as-of."
        )


class TwoPeriodsError(UsageError):
    """A period and a stretch at once."""

    def __init__(self) -> None:
        """Say which exclude each other."""
        super().__init__("--period and --since/--until exclude each other: choose one.")


def run(options: Globals, order: Order) -> int:
    """Show the report, write its page, and return the exit code."""
    if order.csv + order.markdown + options.is_json > 1:
        raise TwoShapesError
    if order.period and (order.since or order.until):
        raise TwoPeriodsError
    question = _question(options, order)
    if order.estimates:
        _print_estimates(options, order, question)
        return 0
    moment = _moment(order, question)
    with wiring.reading_ledger(options) as database:
        if moment:
            from tokencli.services.past import look_back

            look_back(database, moment)
        if order.html or order.open:
            place = _write_page(database, question, order, as_of=moment)
            if not (options.is_json or order.shape):
                sys.stdout.write(f"{place}\n")
                return 0
            say(f"the page is {place}.")
        shown = _print(options, database, question, order.shape, as_of=moment)
    if not shown.totals.requests and (question.where.names or question.where.tags):
        raise NothingMatchedError
    return 0


def _question(options: Globals, order: Order) -> Question:
    from tokencli.domain.report import dimensions_of
    from tokencli.services.report import Question

    where, days = _filter(order), wiring.days_of(options)
    return Question(
        zone=days.zone,
        period=order.period or DEFAULT_PERIOD,
        since=order.since,
        until=order.until,
        group_by=dimensions_of(order.by) if order.by else None,
        where=where,
        week_start=days.week_start,
    )


def _filter(order: Order) -> EventFilter:
    from tokencli.domain.report import FILTERS, EventFilter

    chosen = {name: getattr(order, name) for name in FILTERS}
    return EventFilter(names={name: values for name, values in chosen.items() if values}, tags=tag_pairs(order.tag))


def _moment(order: Order, question: Question) -> datetime | None:
    if not order.as_of:
        return None
    from tokencli.services.past import last_moment_of

    return last_moment_of(order.as_of, question.zone)


def _print(
    options: Globals, database: Database, question: Question, shape: str | None, *, as_of: datetime | None
) -> Report:
    from tokencli.services.report import report as ask

    asked = ask(database, question, now=as_of or wiring.now())
    if as_of:
        from dataclasses import replace

        asked = replace(asked, as_of=as_of)
    if options.is_json:
        from tokencli.render.report_json import report_json

        sys.stdout.write(f"{report_json(asked)}\n")
    elif shape == "csv":
        from tokencli.render.report_text import report_csv

        _write_whole(report_csv(asked))
    elif shape == "markdown":
        from tokencli.render.report_text import report_markdown

        _write_whole(report_markdown(_view(options, database, question, asked)))
    else:
        from tokencli.render.report_table import report_table
        from tokencli.render.terminal import make_console

        console = make_console(no_color=options.no_color)
        console.print(report_table(_view(options, database, question, asked), console))
    return asked


def _print_estimates(options: Globals, order: Order, question: Question) -> None:
    from tokencli.render import estimates_view
    from tokencli.services.estimate_report import estimate_report

    if order.shape or order.html or order.open or order.by or order.as_of:
        raise EstimatesShapeError
    with wiring.reading_ledger(options) as database:
        asked = estimate_report(database, question, now=wiring.now())
    if options.is_json:
        sys.stdout.write(estimates_view.estimates_json(asked) + "\n")
    else:
        from tokencli.render.terminal import make_console

        console = make_console(no_color=options.no_color)
        console.print(estimates_view.estimates_view(asked, console))


def _write_whole(text: str) -> None:
    """Write data to stdout; what its encoding cannot say is spelled out (as in U+2265), so that no name is lost."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))


def _view(options: Globals, database: Database, question: Question, asked: Report) -> ReportView:
    from tokencli.render.report_view import ReportView
    from tokencli.services import report as service

    unpriced = service.unpriced_models(database, asked.period, question.where) if asked.totals.unpriced_requests else ()
    return ReportView(
        report=service.with_session_names(database, asked),
        now=asked.as_of or wiring.now(),
        filter=question.where,
        price_differences=_differences(database, question, asked),
        notices=service.notices(database, asked.period),
        unpriced_models=unpriced,
        ledger=database.place,
        thresholds=_limits_to_mind(options, database, question, asked),
    )


def _differences(database: Database, question: Question, asked: Report) -> tuple[PriceDifference, ...]:
    """Return the prices that differ; where no source said a cost there are none."""
    if asked.totals.reported_cost is None:
        return ()
    from tokencli.services.differences import price_differences

    return price_differences(database, asked.period, question.where)


def _limits_to_mind(options: Globals, database: Database, question: Question, asked: Report) -> tuple[Threshold, ...]:
    """Return the limits that are nearly used up or passed; beside a report of some calls, or of the past, none."""
    from tokencli.domain.threshold import Level
    from tokencli.services.budgets import Calendar, thresholds

    limits = wiring.limits_of(options)
    if asked.as_of or question.where.names or question.where.tags or not limits:
        return ()
    calendar = Calendar(wiring.now(), question.zone, question.week_start)
    with database.reading() as connection:
        return tuple(each for each in thresholds(connection, limits, calendar) if each.level is not Level.OK)


def _write_page(database: Database, question: Question, order: Order, *, as_of: datetime | None) -> Path:
    from dataclasses import replace
    from pathlib import Path

    from tokencli.render.page import write_page
    from tokencli.services.overview import overview

    told = order.html or PAGES
    shown = overview(database, question, now=as_of or wiring.now())
    shown = replace(shown, report=replace(shown.report, as_of=as_of), generated_at=wiring.now())
    place = Path(told).expanduser()
    if told.endswith("/") or place.is_dir():
        place /= f"tokencli-{shown.report.period.name}.html"
    write_page(shown, place)
    if order.open and not _opened(place):
        say(f"no browser could be started: open {place} yourself.")
    return place


def _opened(place: Path) -> bool:
    import webbrowser

    return webbrowser.open(place.resolve().as_uri())
