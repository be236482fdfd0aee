"""`tokencli report`: the tokens and the cost of a period, as a table, as data or as a page."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from tokencli.cli import wiring
from tokencli.cli.errors import say
from tokencli.cli.options import (
    Agents,
    By,
    Clients,
    Globals,
    Models,
    PeriodName,
    Projects,
    Providers,
    Sessions,
    Since,
    Sources,
    Tags,
    Until,
    command_app,
    examples,
    given,
    tag_pairs,
)
from tokencli.domain.errors import NothingFoundError, UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from tokencli.domain.report import EventFilter, Report
    from tokencli.domain.threshold import Threshold
    from tokencli.render.report_view import ReportView
    from tokencli.services.report import Question
    from tokencli.store.database import Database

app = command_app()
_DEFAULT_PERIOD = "7d"
_PAGES = "reports/"


class ReportCommand(TyperCommand):
    """The command whose --html may stand without a path."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments; --html without a path means the reports/ directory."""
        filled: list[str] = []
        for index, word in enumerate(args):
            filled.append(word)
            if word == "--html" and (index + 1 == len(args) or args[index + 1].startswith("-")):
                filled.append(_PAGES)
        return super().parse_args(ctx, filled)


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


@app.command(
    cls=ReportCommand,
    epilog=examples(
        "tokencli report",
        "tokencli report --period week --by model",
        "tokencli report --period 2026-11 --by provider,model --json",
        "tokencli report --since 2026-11-01 --until 2026-11-15 --agent nexus --csv",
        "tokencli report --period month --html month.html --open",
        "tokencli report --period 2026-10 --as-of 2026-11-05",
        "tokencli report --estimates --period month",
    ),
)
def report(
    ctx: typer.Context,
    period: PeriodName = None,
    since: Since = None,
    until: Until = None,
    by: By = None,
    model: Models = None,
    provider: Providers = None,
    session: Sessions = None,
    source: Sources = None,
    project: Projects = None,
    agent: Agents = None,
    client: Clients = None,
    tag: Tags = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print a Markdown table.")] = False,
    html: Annotated[
        str | None,
        typer.Option(
            "--html", metavar="[PATH]", help="Write a self-contained page, to reports/ unless told.", show_default=False
        ),
    ] = None,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in the browser; implies --html.")] = False,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            metavar="DATE",
            help="As it was believed then: the calls and charges known at the end of that day, or at that time.",
            show_default=False,
        ),
    ] = None,
    estimates: Annotated[
        bool, typer.Option("--estimates", help="Show how far off the proxy's estimates were, instead of sums.")
    ] = False,
) -> None:
    """Show the tokens and the cost of a period, by what you like. Without a period: the last 7 days.

    A cost with >= is a lower bound: the sentences under the table say what it leaves out.
    """
    from tokencli.services.past import last_moment_of, look_back

    options = given(ctx)
    if as_csv + as_markdown + options.is_json > 1:
        raise TwoShapesError
    if period and (since or until):
        raise TwoPeriodsError
    chosen = {
        "model": model,
        "provider": provider,
        "session": session,
        "source": source,
        "project": project,
        "agent": agent,
        "client": client,
    }
    question = _question(options, (period, since, until, by), _filter(chosen, tag or []))
    shape = "csv" if as_csv else "markdown" if as_markdown else None
    if estimates:
        _print_estimates(options, question, is_plain=not (shape or html or open_page or by or as_of))
        return
    moment = last_moment_of(as_of, question.zone) if as_of else None
    with wiring.reading_ledger(options) as database:
        if moment:
            look_back(database, moment)
        if html or open_page:
            place = _write_page(database, question, html or _PAGES, open_page=open_page, as_of=moment)
            if not (options.is_json or shape):
                sys.stdout.write(f"{place}\n")
                return
            say(f"the page is {place}.")
        shown = _print(options, database, question, shape, as_of=moment)
    if not shown.totals.requests and (question.where.names or question.where.tags):
        raise NothingMatchedError


def _question(options: Globals, asked: tuple[str | None, ...], where: "EventFilter") -> "Question":
    from tokencli.domain.report import dimensions_of
    from tokencli.services.report import Question

    period, since, until, by = asked
    settings = wiring.settings_of(options)
    return Question(
        zone=wiring.zone_name(options, settings),
        period=period or _DEFAULT_PERIOD,
        since=since,
        until=until,
        group_by=dimensions_of(by) if by else None,
        where=where,
        week_start=settings.report.week_start,
    )


def _filter(chosen: dict[str, list[str] | None], tags: list[str]) -> "EventFilter":
    from tokencli.domain.report import EventFilter

    return EventFilter(names={name: tuple(values) for name, values in chosen.items() if values}, tags=tag_pairs(tags))


def _print(
    options: Globals, database: "Database", question: "Question", shape: str | None, *, as_of: "datetime | None"
) -> "Report":
    from tokencli.render import report_text
    from tokencli.services.report import report as ask

    asked = replace(ask(database, question, now=as_of or wiring.now()), as_of=as_of)
    if options.is_json:
        sys.stdout.write(report_text.report_json(asked) + "\n")
    elif shape == "csv":
        _write_whole(report_text.report_csv(asked))
    elif shape == "markdown":
        _write_whole(report_text.report_markdown(_view(options, database, question, asked)))
    else:
        from tokencli.render.report_table import report_table
        from tokencli.render.terminal import make_console

        console = make_console(no_color=options.no_color)
        console.print(report_table(_view(options, database, question, asked), console))
    return asked


def _print_estimates(options: Globals, question: "Question", *, is_plain: bool) -> None:
    from tokencli.render import estimates_view
    from tokencli.services.estimate_report import estimate_report

    if not is_plain:
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


def _view(options: Globals, database: "Database", question: "Question", asked: "Report") -> "ReportView":
    from tokencli.render.report_view import ReportView
    from tokencli.services import report as service

    unpriced = service.unpriced_models(database, asked.period, question.where) if asked.totals.unpriced_requests else ()
    return ReportView(
        report=service.with_session_names(database, asked),
        now=asked.as_of or wiring.now(),
        filter=question.where,
        price_differences=service.price_differences(database, asked.period, question.where),
        notices=service.notices(database, asked.period),
        unpriced_models=unpriced,
        ledger=database.place,
        thresholds=_limits_to_mind(options, database, question, asked),
    )


def _limits_to_mind(
    options: Globals, database: "Database", question: "Question", asked: "Report"
) -> "tuple[Threshold, ...]":
    """Return the limits that are nearly used up or passed; beside a report of some calls, or of the past, none."""
    import os

    from tokencli.domain.threshold import Level
    from tokencli.services.budgets import Calendar, limits_of, thresholds

    limits = limits_of(wiring.settings_of(options).limits, os.environ)
    if asked.as_of or question.where.names or question.where.tags or not limits:
        return ()
    calendar = Calendar(wiring.now(), question.zone, question.week_start)
    with database.reading() as connection:
        return tuple(each for each in thresholds(connection, limits, calendar) if each.level is not Level.OK)


def _write_page(
    database: "Database", question: "Question", told: str, *, open_page: bool, as_of: "datetime | None"
) -> Path:
    from tokencli.render.page import write_page
    from tokencli.services.report import overview

    shown = overview(database, question, now=as_of or wiring.now())
    shown = replace(shown, report=replace(shown.report, as_of=as_of), generated_at=wiring.now())
    place = Path(told).expanduser()
    if told.endswith("/") or place.is_dir():
        place /= f"tokencli-{shown.report.period.name}.html"
    write_page(shown, place)
    if open_page and not _opened(place):
        say(f"no browser could be started: open {place} yourself.")
    return place


def _opened(place: Path) -> bool:
    import webbrowser

    return webbrowser.open(place.resolve().as_uri())
