"""Taking logs in: each file read as far as it is new, each batch priced and kept, each line accounted for.

What is committed stays, together with how far the file was read: a run that is cut off is simply run again.
"""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tokencli.domain.errors import InputError
from tokencli.domain.ingest import FileCounts
from tokencli.readers.cost_log import NAME, STANDARD_INPUT, Stretch, batches
from tokencli.services import log_identity
from tokencli.services.copies import Stream
from tokencli.services.log_target import Target
from tokencli.services.record import micros
from tokencli.services.record_batch import BatchRecorder
from tokencli.services.scan_pool import ScanPool
from tokencli.store import log_files
from tokencli.store.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from tokencli.pricing.book import PriceBook
    from tokencli.readers.batch import Batch
    from tokencli.services.log_identity import Content
    from tokencli.services.rates import Labels
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How logs are to be read: `zone` for times without offset, `day` (ISO date) for lines without time.

    A dry run does everything and keeps nothing.
    """

    zone: str
    day: str | None
    labels: Labels
    is_dry_run: bool = False


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
        self._options = log_identity.options_of(reading.day)

    def run(self, paths: Sequence[Path | str]) -> Iterator[FileCounts | InputError]:
        """Take in each log in turn, "-" for standard input; one that cannot be read yields its error, the rest goes on.

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
            yield from self._stream() if isinstance(path, str) else self._file(path)
        except InputError as error:
            yield error

    def _stream(self) -> Iterator[FileCounts | InputError]:
        content = log_identity.UNKNOWN
        target = Target(STANDARD_INPUT, content, None, self._advance)
        yield from self._take_in(target, batches(self._stretch(STANDARD_INPUT, content)))

    def _file(self, path: Path) -> Iterator[FileCounts | InputError]:
        place, stat = str(path.resolve()), path.stat()
        known = log_files.latest_at(self._database.connection, place)
        if log_identity.is_unchanged(known, stat, self._options):
            self._advance(stat.st_size)
            yield FileCounts(path=str(path), format=NAME, note="unchanged")
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
        self._pool = self._pool or ScanPool()
        if content.packing != "plain" or content.is_array:
            return self._pool.batches([whole])
        starts = list(range(content.start, size, STRETCH_BYTES))
        ranges = zip(starts, [*starts[1:], None], strict=True)
        return self._pool.batches([whole._replace(start=start, stop=stop) for start, stop in ranges])

    def _take_in(self, target: Target, found: Iterator[Batch]) -> Iterator[FileCounts | InputError]:
        batch = next(found, None)
        while True:
            how_far = f"everything up to line {target.counts.lines} of {target.path} was taken in and stays"
            with self._kept(how_far):
                batch = self._some(target, batch, found)
                if batch is None or not target.content.is_replay:
                    self._remember(target)
            if batch is None:
                break
        yield target.result
        if target.damage:
            yield DamagedLogError(target.path, target.damage, target.counts.lines)

    @contextmanager
    def _kept(self, how_far: str) -> Generator[None]:
        """Commit what is done inside; in a dry run it belongs to the one transaction that is given up."""
        if self._reading.is_dry_run:
            yield
            return
        with self._database.transaction(how_far):
            yield

    def _some(self, target: Target, batch: Batch | None, found: Iterator[Batch]) -> Batch | None:
        """Take in batches until it is time to commit; return the first one that has to wait, None when all are in."""
        recorder = self._begun(target)
        stream = Stream(target.origin_id, target.content.is_replay)
        until, rows = time.monotonic() + _SECONDS_A_COMMIT, 0
        while batch is not None and rows < _ROWS_A_COMMIT and time.monotonic() < until:
            if batch.damage:
                target.damage = batch.damage
            else:
                target.count(batch, recorder.record(batch, stream))
            rows += len(batch.calls)
            batch = next(found, None)
        return batch

    def _begun(self, target: Target) -> BatchRecorder:
        """Return the recorder; give the content an origin when it has none yet."""
        self._recorder = self._recorder or BatchRecorder(self._ledger, self._book(), self._reading.labels)
        if not target.origin_id:
            self._recorder.begin_content()
            known = target.content.known
            new = (log_identity.new_key(), "log", target.path)
            target.origin_id = known.origin_id if known else self._ledger.dictionary.origin(*new)
        return self._recorder

    def _remember(self, target: Target) -> None:
        if target.file is not None:
            file = target.file._replace(origin_id=target.origin_id, updated_at=micros(self._clock()))
            log_files.save(self._database.connection, file)


class _DryRunOver(Exception):  # noqa: N818 - it leaves a transaction, nothing failed
    """Leaves a transaction without keeping anything of it."""
