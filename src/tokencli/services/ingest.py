"""Taking logs in: each file read as far as it is new, each batch priced and kept, each line accounted for.

What is committed stays, together with how far the file was read: a run that is cut off is simply run again.
"""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tokencli.domain.errors import InputError
from tokencli.domain.ingest import FileCounts
from tokencli.readers.content import UnreadableFileError
from tokencli.readers.cost_log import NAME, Stretch, batches
from tokencli.readers.streams import is_stream
from tokencli.services import log_identity
from tokencli.services.copies import Stream
from tokencli.services.log_target import Target
from tokencli.services.record import micros
from tokencli.services.record_batch import BatchRecorder
from tokencli.services.scan_pool import ScanPool
from tokencli.store import known as known_calls
from tokencli.store import log_files
from tokencli.store.as_of import note_arrivals
from tokencli.store.ledger import Ledger
from tokencli.store.origins import ENTRIES, LINES, new_key

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from datetime import datetime

    from tokencli.pricing.book import PriceBook
    from tokencli.readers.batch import Batch
    from tokencli.services.log_identity import Content
    from tokencli.services.reading import Reading
    from tokencli.store.database import Database

STRETCH_BYTES: Final = 1 << 23
SMALL_BYTES: Final = 3 << 20
_ROWS_A_COMMIT: Final = 200_000
_SECONDS_A_COMMIT: Final = 2.0


class DamagedLogError(InputError):
    """A packed log that ends too early or is broken inside; what stood before the damage was taken in."""

    def __init__(self, path: str, why: str, lines: int) -> None:
        """Say what is wrong and how far the reading came."""
        super().__init__(f"{path}: {why}; the {lines} lines before that were taken in. Get the file again, whole.")


class OvertakenError(InputError):
    """A log that another process is taking in at the same time."""

    def __init__(self, path: str, lines: int) -> None:
        """Name the log and say how far this process came."""
        super().__init__(
            f"{path} is being taken in by another process too: the first {lines} lines are in."
            " Run it again when the other has finished."
        )


class Ingest:
    """Takes logs into one ledger."""

    def __init__(
        self,
        database: Database,
        book: Callable[[], PriceBook],
        reading: Reading,
        clock: Callable[[], datetime],
        advance: Callable[[int], None],
    ) -> None:
        """Prepare; `book` is called when there is something to price, `advance` with every number of bytes read."""
        self._database = database
        self._book = book
        self._reading = reading
        self._clock = clock
        self._advance = advance
        self._ledger = Ledger(database.connection)
        self._recorder: BatchRecorder | None = None
        self._pool: ScanPool | None = None
        self._options = log_identity.options_of(reading.day, reading.zone)
        self._version = 0

    def run(self, paths: Sequence[Path | str]) -> Iterator[FileCounts | InputError]:
        """Take in each log in turn, pipes and "-" for standard input too.

        One that cannot be read yields its error, and the rest goes on.

        Raises:
            StoreError: the ledger cannot take more; what was committed stays.
        """
        try:
            if self._reading.is_dry_run:
                yield from self._tried(paths)
                return
            for path in paths:
                yield from self._one(path)
        finally:
            if self._pool is not None:
                self._pool.stop()

    def _tried(self, paths: Sequence[Path | str]) -> list[FileCounts | InputError]:
        """Do everything in one transaction, and give it up."""
        told: list[FileCounts | InputError] = []
        with suppress(_DryRunOver), self._database.transaction():
            told += [each for path in paths for each in self._one(path)]
            raise _DryRunOver
        return told

    def _one(self, path: Path | str) -> Iterator[FileCounts | InputError]:
        try:
            yield from self._stream(str(path)) if is_stream(str(path)) else self._file(Path(path))
        except InputError as error:
            # What the transaction that this error left had made is gone from the ledger.
            if self._recorder is not None:
                self._recorder.forget()
            yield error

    def _stream(self, path: str) -> Iterator[FileCounts | InputError]:
        content = log_identity.UNKNOWN
        target = Target(path, content, None, self._advance)
        yield from self._take_in(target, batches(self._stretch(path, content)))

    def _file(self, path: Path) -> Iterator[FileCounts | InputError]:
        try:
            place, stat = str(path.resolve()), path.stat()
        except OSError as error:
            raise UnreadableFileError(path, error) from None
        known = log_files.latest_at(self._database.connection, place)
        if log_identity.is_unchanged(known, stat, self._options):
            self._advance(stat.st_size)
            yield FileCounts(path=str(path), format=NAME, note=log_identity.unchanged_words(known, self._options))
            return
        content = log_identity.content_of(self._database.connection, path, self._options)
        file = log_identity.file_of(place, stat, content, (NAME, self._options))
        target = Target(str(path), content, file, self._advance)
        yield from self._take_in(target, self._scan(path, content, stat.st_size))
        target.come_to(stat.st_size)

    def _stretch(self, path: str, content: Content) -> Stretch:
        return Stretch(path, content.start, None, self._reading.zone, self._reading.day, content.is_array)

    def _scan(self, path: Path, content: Content, size: int) -> Iterator[Batch]:
        whole = self._stretch(str(path), content)
        if size - content.start < SMALL_BYTES:
            return batches(whole)
        if self._pool is None or self._pool.is_stopped:
            self._pool = ScanPool()
        if content.packing != "plain" or content.is_array:
            return self._pool.batches([whole])
        starts = list(range(content.start, size, STRETCH_BYTES))
        ranges = zip(starts, [*starts[1:], None], strict=True)
        return self._pool.batches([whole._replace(start=start, stop=stop) for start, stop in ranges])

    def _take_in(self, target: Target, found: Iterator[Batch]) -> Iterator[FileCounts | InputError]:
        batch, is_over = next(found, None), False
        while not is_over:
            with self._kept(f"everything up to line {target.lines} of {target.path} was taken in and stays"):
                is_over = self._some(target, batch, found)
                note_arrivals(self._database.connection, [target.origin_id], micros(self._clock()))
                self._remember(target, is_over=is_over)
            batch = None if is_over else self._next(target, found)
        yield target.result
        if target.failure:
            yield target.failure
        if target.damage:
            yield DamagedLogError(target.path, target.damage, target.lines)

    def _next(self, target: Target, found: Iterator[Batch]) -> Batch | None:
        """Return the next batch; None at the end, and where the reading fails: what was read before is kept."""
        try:
            return next(found, None)
        except InputError as error:
            target.failure = error
            return None

    @contextmanager
    def _kept(self, how_far: str) -> Generator[None]:
        """Commit what is done inside; in a dry run it belongs to the one transaction that is given up."""
        if self._reading.is_dry_run:
            yield
            return
        with self._database.transaction(how_far):
            yield

    def _some(self, target: Target, batch: Batch | None, found: Iterator[Batch]) -> bool:
        """Take in this batch and others until it is time to commit; say whether there are no more.

        From standard input one at a time: nobody knows when the next comes, and the ledger is locked meanwhile.
        """
        recorder = self._begun(target, is_array=batch is not None and batch.length is not None)
        stream = Stream(target.origin_id, target.content.is_replay)
        until, rows = time.monotonic() + _SECONDS_A_COMMIT, 0
        while batch is not None:
            if batch.damage:
                target.damage = batch.damage
            else:
                target.count(batch, recorder.record(batch, stream))
            rows += len(batch.calls)
            if target.file is None or rows >= _ROWS_A_COMMIT or time.monotonic() >= until:
                return False
            batch = self._next(target, found)
        return True

    def _begun(self, target: Target, *, is_array: bool) -> BatchRecorder:
        """Return the recorder, ready for a content that nobody else is taking in; a new one gets an origin."""
        recorder = self._recorder = self._recorder or BatchRecorder(self._ledger, self._book(), self._reading.labels)
        connection, version = self._database.connection, self._version
        self._version = known_calls.version(connection)
        if not target.origin_id:
            recorder.begin_content()
            new = (new_key(), ENTRIES if is_array else LINES, target.path)
            target.origin_id = target.content.origin_id or self._ledger.dictionary.origin(*new)
        elif version != self._version:
            recorder.look()
        if not target.content.is_replay and known_calls.has_from(connection, target.origin_id, target.end):
            raise OvertakenError(target.path, target.lines)
        return recorder

    def _remember(self, target: Target, *, is_over: bool) -> None:
        """Remember how far a content is in. The file itself is known again only when it is in as a whole."""
        is_whole = is_over and not (target.failure or target.damage)
        if target.file is None or (target.content.is_replay and not is_whole):
            return
        file = target.file._replace(origin_id=target.origin_id, updated_at=micros(self._clock()))
        log_files.save(self._database.connection, [file if is_whole else file._replace(inode=None)])


class _DryRunOver(Exception):  # noqa: N818 - it leaves a transaction, nothing failed
    """Leaves a transaction without keeping anything of it."""
