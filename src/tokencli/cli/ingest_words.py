"""What the options of `tokencli ingest` come to: checked before anything is read, and handed on."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tokencli.cli import wiring
from tokencli.cli.errors import say
from tokencli.cli.globals import tag_pairs
from tokencli.domain.errors import ExitCode, NothingFoundError, UnknownZoneError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tokencli.cli.globals import Globals
    from tokencli.domain.ingest import FileCounts
    from tokencli.services.reading import Reading
OPERANDS = "paths"


class Order(NamedTuple):
    """The options of an ingest, by their names; see `cli.door`."""

    paths: tuple[str, ...] = ()
    format: str = "auto"
    map: tuple[str, ...] = ()
    discover: bool = False
    follow: bool = False
    date: str | None = None
    dry_run: bool = False
    agent: str | None = None
    project: str | None = None
    tag: tuple[str, ...] = ()


class NoPathError(UsageError):
    """No log was named."""

    def __init__(self) -> None:
        """Say what can be named."""
        super().__init__(
            "no log was named: give files or directories, - for standard input, or --discover for what is here."
        )


class BadDayError(UsageError):
    """A --date that is no day."""

    def __init__(self, text: str) -> None:
        """Show it and the right form."""
        super().__init__(f"the date {text!r} is no day: write it like 2026-11-20.")


class NoCallsFoundError(NothingFoundError):
    """Logs that hold no call at all."""

    def __init__(self, lines: int) -> None:
        """Say how much was looked at and what was looked for."""
        where = "1 line" if lines == 1 else f"{lines:,} lines"
        super().__init__(f"no call was found in {where}: 'tokencli ingest --help' says which logs can be read.")


class NoClientFoundError(NothingFoundError):
    """A machine on which no client keeps logs."""

    def __init__(self, names: Sequence[str]) -> None:
        """Name the clients that were looked for."""
        super().__init__(f"no logs of clients were found: looked for {', '.join(names)}. Name a file instead.")


class DryFollowError(UsageError):
    """A dry run that would never end."""

    def __init__(self) -> None:
        """Say what to leave out."""
        super().__init__("--follow keeps what it reads: leave out --dry-run, or --follow.")


class MapFormatError(UsageError):
    """--map for a log whose fields are known."""

    def __init__(self) -> None:
        """Say what can be mapped."""
        super().__init__("--map names the columns of a table: use it with --format csv or --format jsonl.")


def run(options: Globals, order: Order) -> int:
    """Take the logs in, show what became of them, and return the exit code."""
    from tokencli.cli.ingest_run import Task, follow_on, take_in
    from tokencli.services.intake import check_format

    check_format(order.format)
    if not order.paths and not order.discover:
        raise NoPathError
    if order.follow and order.dry_run:
        raise DryFollowError
    task = Task(options, order.paths, _reading(options, order), order.format, is_discovery=order.discover)
    if order.follow:
        return ExitCode.INPUT if follow_on(task) else ExitCode.OK
    files, errors = take_in(task)
    for error in errors:
        say(str(error))
    if errors:
        return ExitCode.INPUT
    _check_something_was_there(files, is_discovery=order.discover)
    return ExitCode.OK


def _check_something_was_there(files: Sequence[FileCounts], *, is_discovery: bool) -> None:
    from tokencli.services.intake import formats

    if is_discovery and not files:
        raise NoClientFoundError(formats()[2:])
    if not any(file.recorded + file.merged + file.duplicate + file.broken or file.note for file in files):
        raise NoCallsFoundError(sum(file.lines for file in files))


def _reading(options: Globals, order: Order) -> Reading:
    from tokencli.domain.days import zone_named
    from tokencli.readers.agents import COST_LINE
    from tokencli.services.reading import Labels, Reading

    day = _day(order.date)
    zone = options.zone_name if options.zone else wiring.days_of(options).zone
    if zone_named(zone) is None:
        raise UnknownZoneError(zone)
    labels = Labels.of(COST_LINE, order.agent, order.project, tag_pairs(order.tag))
    return Reading(zone=zone, day=day, labels=labels, is_dry_run=order.dry_run, table=_table(order))


def _day(text: str | None) -> str | None:
    from datetime import date

    if text is None:
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise BadDayError(text) from None


def _table(order: Order) -> str | None:
    """Return the state in which a reader of tables begins; None where nothing is mapped."""
    if not order.map:
        return None
    from tokencli.readers.agents import TABLES
    from tokencli.readers.table_columns import mapping_of
    from tokencli.readers.tables import state_of

    if order.format not in TABLES:
        raise MapFormatError
    return state_of(mapping_of(order.map))
