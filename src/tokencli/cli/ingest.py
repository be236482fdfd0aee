"""`tokencli ingest`: logs in, and what became of each of their lines."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tokencli.cli import wiring
from tokencli.cli.errors import say
from tokencli.cli.options import Globals, command_app, examples, given, tag_pairs
from tokencli.domain.errors import ExitCode, InputError, NothingFoundError, StoreError, UsageError

if TYPE_CHECKING:
    from tokencli.domain.ingest import FileCounts
    from tokencli.services.ingest import Reading

app = command_app()

_FORMATS = ("auto", "cost-line")


class NoPathError(UsageError):
    """No log was named."""

    def __init__(self) -> None:
        """Say what can be named."""
        super().__init__("no log was named: give files or directories, or - for standard input.")


class UnknownFormatError(UsageError):
    """A log format that there is no reader for."""

    def __init__(self, name: str) -> None:
        """Name it and the formats there are."""
        super().__init__(f"there is no log format {name!r}: use {' or '.join(_FORMATS)}.")


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
        super().__init__(f'no call was found in {where}: tokencli looks for "[Provider] Cost calculated: $..." lines.')


@app.command(
    epilog=examples(
        "tokencli ingest backend.log",
        "tokencli ingest /var/log/backend --tz Europe/Paris --project shop",
        "gcloud logging read ... --format=json | tokencli ingest -",
        "tokencli ingest old.log --date 2025-10-10 --dry-run",
    )
)
def ingest(
    ctx: typer.Context,
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="PATH", help="Files, directories, or - for standard input.")
    ] = None,
    log_format: Annotated[str, typer.Option("--format", metavar="NAME", help="auto or cost-line.")] = "auto",
    date: Annotated[
        str | None,
        typer.Option("--date", metavar="DAY", help="The day of lines without a time of their own.", show_default=False),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would happen and keep nothing.")] = False,
    agent: Annotated[
        str | None, typer.Option("--agent", metavar="A", help="The agent of calls that name none.", show_default=False)
    ] = None,
    project: Annotated[
        str | None, typer.Option("--project", metavar="P", help="The project of all calls.", show_default=False)
    ] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option("--tag", metavar="K=V", help="A tag for all calls; may be repeated.", show_default=False),
    ] = None,
) -> None:
    """Read logs into the ledger: every call once, every line accounted for.

    Plain or packed (gz, bz2, xz, zst), text or Cloud Logging JSON. A log that is read again, has grown,
    was rotated or copied adds only what is new. Times without an offset are read in --tz.
    """
    if log_format not in _FORMATS:
        raise UnknownFormatError(log_format)
    if not paths:
        raise NoPathError
    options = given(ctx)
    files, errors = _run(options, paths, _reading(options, _day(date), (agent, project, tag or []), is_dry_run=dry_run))
    _show(options, files, is_dry_run=dry_run)
    for error in errors:
        say(str(error))
    if errors:
        raise typer.Exit(ExitCode.INPUT)
    if not any(file.recorded + file.merged + file.duplicate + file.broken or file.note for file in files):
        raise NoCallsFoundError(sum(file.lines for file in files))


def _day(text: str | None) -> str | None:
    from datetime import date

    if text is None:
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise BadDayError(text) from None


def _reading(
    options: Globals, day: str | None, labels: tuple[str | None, str | None, list[str]], *, is_dry_run: bool
) -> "Reading":
    from tokencli.domain.period import zone_of
    from tokencli.readers.cost_log import NAME
    from tokencli.services.ingest import Reading
    from tokencli.services.rates import Labels

    agent, project, tags = labels
    zone = options.zone_name if options.zone else wiring.zone_name(options, wiring.settings_of(options))
    zone_of(zone)
    return Reading(zone=zone, day=day, labels=Labels.of(NAME, agent, project, tag_pairs(tags)), is_dry_run=is_dry_run)


def _run(options: Globals, paths: Sequence[str], reading: "Reading") -> "tuple[list[FileCounts], list[InputError]]":
    """Take the logs in; what was counted before the ledger refused more is still shown."""
    from tokencli.render.ingest_view import ingest_progress
    from tokencli.services.ingest import Ingest
    from tokencli.services.log_paths import logs_at

    logs: list[Path | str] = [*logs_at([Path(path) for path in paths if path != "-"]), *(["-"] if "-" in paths else [])]
    size = None if "-" in logs else sum(log.stat().st_size for log in logs if isinstance(log, Path))
    is_trial = reading.is_dry_run and not Path(options.ledger_place).exists()
    files: list[FileCounts] = []
    errors: list[InputError] = []
    with (
        wiring.trial_ledger() if is_trial else wiring.writing_ledger(options) as database,
        ingest_progress(size, enabled=not options.is_json) as advance,
    ):
        run = Ingest(database, lambda: wiring.price_book(options), reading, wiring.now, advance).run(logs)
        try:
            for outcome in run:
                if isinstance(outcome, InputError):
                    errors.append(outcome)
                else:
                    files.append(outcome)
        except (StoreError, KeyboardInterrupt):
            if files:
                _show(options, files, is_dry_run=reading.is_dry_run)
            say("what was read and stored up to here stays: run the same command again to go on.")
            raise
    return files, errors


def _show(options: Globals, files: "Sequence[FileCounts]", *, is_dry_run: bool) -> None:
    from tokencli.render.ingest_view import ingest_json, ingest_table

    if options.is_json:
        sys.stdout.write(ingest_json(files) + "\n")
        return
    if not files:
        return
    if all(file.note == "unchanged" for file in files):
        what = "The log is" if len(files) == 1 else f"All {len(files)} logs are"
        sys.stdout.write(f"{what} unchanged since last time: nothing to read.\n")
        return
    from tokencli.render.terminal import make_console

    console = make_console(no_color=options.no_color)
    console.print(ingest_table(files, console))
    if is_dry_run:
        console.print("A dry run: nothing was kept.")
