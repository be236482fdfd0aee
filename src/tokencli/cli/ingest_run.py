"""What `tokencli ingest` does once its options are understood: look, take in, show, and follow."""

import gc
import os
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tokencli.cli import wiring
from tokencli.cli.errors import say
from tokencli.cli.globals import Globals
from tokencli.domain.errors import InputError, StoreError
from tokencli.domain.ingest import UNCHANGED, FileCounts

if TYPE_CHECKING:
    from threading import Event

    from tokencli.pricing.book import PriceBook
    from tokencli.services.agent_files import AgentFile
    from tokencli.services.discover import FoundPlace
    from tokencli.services.head_start import HeadStart
    from tokencli.services.reading import Reading
    from tokencli.store.database import Database

STANDARD_INPUT = "-"
_VALUES_A_LOOK = 1_000_000


class Task(NamedTuple):
    """What is to be read, and how."""

    options: Globals
    paths: tuple[str, ...]
    reading: "Reading"
    log_format: str
    is_discovery: bool = False


def take_in(order: Task) -> tuple[list[FileCounts], list[InputError]]:
    """Take everything in once and show what became of it; return the counts, and what could not be read."""
    places = _found(order)
    with _ahead(order, places) as ahead, _ledger(order) as database:
        # As in readers: very many values, and hardly a ring of garbage among them.
        gc.set_threshold(_VALUES_A_LOOK)
        return _taken(order, database, places, ahead)


def follow_on(order: Task) -> bool:
    """Take everything in and whatever is added from then on, until Ctrl-C or SIGTERM; say if something failed."""
    from tokencli.services.follow import Follower, Heard

    places = _found(order)
    with _ahead(order, places) as ahead, _ledger(order) as database:
        files, errors = _taken(order, database, places, ahead, is_last=False)
        heard, failed = Heard(files), {str(error) for error in errors}
        for sentence in failed:
            say(sentence)

        def hear(outcome: FileCounts | InputError) -> None:
            if isinstance(outcome, FileCounts):
                heard.add(outcome)
                _tell(outcome)
            elif str(outcome) not in failed:
                failed.add(str(outcome))
                say(str(outcome))

        def take(paths: Sequence[Path | str], found: "Sequence[AgentFile]") -> Iterator[FileCounts | InputError]:
            return _outcomes(order, database, paths, found)

        named = [Path(path) for path in order.paths if path != STANDARD_INPUT]
        follower = Follower(take, named, lambda: _files(_found(order)), order.log_format)
        with _until_stopped() as stop:
            for outcome in follower.look():
                hear(outcome)
            say(f"following {len(files):,} files: Ctrl-C stops." if len(files) != 1 else "following: Ctrl-C stops.")
            follower.run(stop, hear)
    _show(order, heard.files, places if order.is_discovery else None)
    return bool(failed)


def _found(order: Task) -> "list[FoundPlace]":
    if not order.is_discovery:
        return []
    from tokencli.services.discover import discover

    return discover(os.environ, Path.home())


def _files(places: "list[FoundPlace]") -> "list[AgentFile]":
    if not places:
        return []
    from tokencli.services.discover import files_of

    return files_of(places)


@contextmanager
def _ahead(order: Task, places: "list[FoundPlace]") -> "Generator[HeadStart | None]":
    """Begin to read what was found where there is no ledger yet, which knows some of it."""
    if order.paths or not places or _is_taken(order.options.ledger_place):
        yield None
        return
    from tokencli.services.head_start import head_start

    ahead = head_start(_files(places))
    try:
        yield ahead
    finally:
        if ahead is not None:
            ahead.stop()


def _is_taken(place: str) -> bool:
    """Say whether anything is where a ledger would be made; what cannot be looked at is for whoever opens it to tell.

    Raises:
        UnsupportedLedgerError: the place is a URL of another kind of database.
    """
    from tokencli.store.place import path_of

    try:
        path_of(place).stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError):
        return True
    return True


@contextmanager
def _ledger(order: Task) -> "Generator[Database]":
    is_trial = order.reading.is_dry_run and not _is_taken(order.options.ledger_place)
    with wiring.trial_ledger() if is_trial else wiring.writing_ledger(order.options) as database:
        yield database


def _outcomes(
    order: Task,
    database: "Database",
    paths: Sequence[Path | str],
    found: "Sequence[AgentFile]",
    advance: Callable[[int], None] = lambda _: None,
    ahead: "HeadStart | None" = None,
) -> Iterator[FileCounts | InputError]:
    from tokencli.services.intake import Intake

    intake = Intake(database, lambda: _prices(order), order.reading, wiring.now, advance, ahead)
    return intake.run(paths, found, log_format=order.log_format)


def _prices(order: Task) -> "PriceBook":
    """Return the prices; the table is going to be shown, and is loaded while other processes may still read."""
    from tokencli.render.ingest_view import load_table

    if not order.options.is_json:
        load_table()
    return wiring.price_book(order.options)


def _taken(
    order: Task,
    database: "Database",
    places: "list[FoundPlace]",
    ahead: "HeadStart | None",
    *,
    is_last: bool = True,
) -> tuple[list[FileCounts], list[InputError]]:
    """Take the logs in; what was counted before the ledger refused more is still shown."""
    from tokencli.render.ingest_view import ingest_progress
    from tokencli.services.log_paths import logs_at

    found = _files(places)
    named = logs_at([Path(path) for path in order.paths if path != STANDARD_INPUT]) if order.paths else []
    logs: list[Path | str] = [*named, *([STANDARD_INPUT] if STANDARD_INPUT in order.paths else [])]
    is_shown = not order.options.is_json and sys.stderr.isatty()
    size = None if STANDARD_INPUT in logs else _size([*named, *(file.path for file in found)]) if is_shown else 0
    files: list[FileCounts] = []
    errors: list[InputError] = []
    with ingest_progress(size, enabled=is_shown) as advance:
        try:
            for outcome in _outcomes(order, database, logs, found, advance, ahead):
                if isinstance(outcome, InputError):
                    errors.append(outcome)
                else:
                    files.append(outcome)
        except (StoreError, KeyboardInterrupt):
            if files:
                _show(order, files, None)
            say("what was read and stored up to here stays: run the same command again to go on.")
            raise
    if is_last or not order.options.is_json:
        _show(order, files, places if order.is_discovery else None)
    return files, errors


def _size(paths: Sequence[Path]) -> int:
    total = 0
    for path in paths:
        try:
            total += path.stat().st_size
        except OSError:
            continue
    return total


def _show(order: Task, files: Sequence[FileCounts], places: "list[FoundPlace] | None") -> None:
    from tokencli.render.discover_view import found_lines
    from tokencli.render.ingest_view import ingest_json, ingest_table

    options = order.options
    if options.is_json:
        sys.stdout.write(ingest_json(files, places) + "\n")
        return
    if places is not None:
        sys.stdout.write(found_lines(places, Path.home()))
    if not files:
        return
    if all(file.note == UNCHANGED for file in files):
        what = "The log is" if len(files) == 1 else f"All {len(files)} logs are"
        sys.stdout.write(f"{what} unchanged since last time: nothing to read.\n")
        return
    from tokencli.render.terminal import make_console

    console = make_console(no_color=options.no_color)
    console.print(ingest_table(files, console))
    if order.reading.is_dry_run:
        console.print("A dry run: nothing was kept.")


def _tell(counts: FileCounts) -> None:
    """Say in one line what a file told while it was followed."""
    from tokencli.domain.text import visible

    new, broken = counts.recorded, counts.broken
    told = [f"{new} new call{'' if new == 1 else 's'}"] if new else []
    told += [f"{counts.merged} seen before by others"] if counts.merged else []
    told += [f"{broken} broken line{'' if broken == 1 else 's'}"] if broken else []
    if told:
        say(f"{visible(counts.path or '')}: {', '.join(told)}")


@contextmanager
def _until_stopped() -> "Generator[Event]":
    """Yield an event that Ctrl-C and SIGTERM set, instead of ending the program."""
    import signal
    from threading import Event

    stop = Event()

    def end(number: int, frame: object) -> None:
        del number, frame
        stop.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
