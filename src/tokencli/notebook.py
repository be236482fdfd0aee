"""`tokencli.load_events`: the ledger in a notebook, through the same queries as every command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokencli.domain.errors import UsageError
from tokencli.domain.report import FILTERS, EventFilter, dimensions_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pandas import DataFrame

    from tokencli.cli.globals import Globals
    from tokencli.services.report import Question

_TAG = "tag:"


class UnknownFilterError(UsageError):
    """A filter by something that calls do not have."""

    def __init__(self, name: str) -> None:
        """Name it and the filters there are."""
        super().__init__(f"unknown filter {name!r}: use {', '.join(FILTERS)} or tag:KEY.")


def load_events(
    period: str = "all",
    *,
    by: str | Sequence[str] | None = None,
    where: Mapping[str, str | Sequence[str]] | None = None,
    db: str | None = None,
    tz: str | None = None,
) -> DataFrame:
    """Return the calls of a period as a pandas DataFrame, or with `by` the sums of a report.

    Args:
        period: as `tokencli report --period` takes it: "week", "2026-11", "all" ...
        by: dimensions such as "day,model" or ["day", "model"]; None gives one row a call.
        where: filters as the report has them: {"model": "gpt-4o*", "tag:team": "search"}; several values are
            alternatives, and `*` stands for any text.
        db: the ledger; else TOKENCLI_DB, else the user's own.
        tz: the zone of days and times; else the configuration's, else the machine's.

    Costs are exact Decimal dollars, None where they are not known.

    Raises:
        TokencliError: any of its kinds, with a sentence that says what to do: there is no ledger, the period,
            a dimension, a filter or the zone is unknown, the configuration is wrong.
    """
    from tokencli.cli import wiring
    from tokencli.render.frames import calls_frame, report_frame
    from tokencli.services.report import events, report

    options = _options(db, tz)
    question = _question(options, period, by, where or {})
    with wiring.reading_ledger(options) as database:
        if question.group_by is not None:
            return report_frame(report(database, question, now=wiring.now()))
        return calls_frame(events(database, question, now=wiring.now()), zone=question.zone)


def _options(db: str | None, tz: str | None) -> Globals:
    from tokencli.cli.globals import from_environment

    found = from_environment()
    return found._replace(db=db or found.db, zone=tz or found.zone)


def _question(
    options: Globals, period: str, by: str | Sequence[str] | None, where: Mapping[str, str | Sequence[str]]
) -> Question:
    from tokencli.cli import wiring
    from tokencli.services.report import Question

    settings = wiring.settings_of(options)
    wanted = by if by is None or isinstance(by, str) else ",".join(by)
    return Question(
        zone=wiring.zone_name(options, settings),
        period=period,
        group_by=None if wanted is None else dimensions_of(wanted),
        where=_filter(where),
        week_start=settings.report.week_start,
    )


def _filter(where: Mapping[str, str | Sequence[str]]) -> EventFilter:
    names: dict[str, tuple[str, ...]] = {}
    tags: dict[str, str] = {}
    for name, value in where.items():
        if name.startswith(_TAG) and isinstance(value, str):
            tags[name.removeprefix(_TAG)] = value
        elif name in FILTERS:
            names[name] = (value,) if isinstance(value, str) else tuple(value)
        else:
            raise UnknownFilterError(name)
    return EventFilter(names=names, tags=tags)
