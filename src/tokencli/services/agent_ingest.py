"""Taking clients' files in: what changed is read from where it is known, in two processes when there is much of it.

What is committed stays, together with how far each file was read: a run that is cut off is simply run again.
"""

from __future__ import annotations

import os
import time
from contextlib import closing, contextmanager, suppress
from functools import cached_property, partial
from typing import TYPE_CHECKING, Final

from tokencli.domain.errors import InputError
from tokencli.domain.ingest import UNCHANGED, FileCounts
from tokencli.readers.agents import TABLES
from tokencli.services.agent_files import SMALL_BYTES, facts_of
from tokencli.store import log_files

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from datetime import datetime

    from tokencli.pricing.book import PriceBook
    from tokencli.readers.telling import Telling
    from tokencli.services.agent_files import AgentFile, Facts
    from tokencli.services.agent_target import AgentTarget
    from tokencli.services.file_pool import FilePool, Step
    from tokencli.services.head_start import HeadStart
    from tokencli.services.reading import Reading
    from tokencli.services.tell import Teller
    from tokencli.store.database import Database
    from tokencli.store.ledger import Ledger

_ROWS_A_COMMIT: Final = 100_000
_FILES_AT_ONCE: Final = 64
_CALLS_AT_THE_END: Final = 512
_END: Final = 16
_SECONDS_A_COMMIT: Final = 2.0
_NO_NAMES: Final = ("", ".", "..")
_STAYS: Final = "what was read up to the last commit was taken in and stays"


class AgentIngest:
    """Takes files of clients into one ledger."""

    def __init__(
        self,
        database: Database,
        book: Callable[[], PriceBook],
        reading: Reading,
        clock: Callable[[], datetime],
        advance: Callable[[int], None],
        ahead: HeadStart | None = None,
    ) -> None:
        """Prepare; `book` is called when there is something to price, `advance` with every number of bytes read.

        `ahead` may have begun to read the files.
        """
        self._database = database
        self._book = book
        self._reading = reading
        self._clock = clock
        self._advance = advance
        self._ahead = ahead
        self._prices: PriceBook | None = None
        self._tellers: dict[str, Teller] = {}
        self._last: Teller | None = None
        self._places: dict[str, str] = {}
        self._is_large = self._is_written_out = False
        self._pool: FilePool | None = None
        self._left_bytes = self._last_bytes = 0

    def run(self, files: Sequence[AgentFile]) -> Iterator[FileCounts | InputError]:
        """Take in each file; one that cannot be read yields its error, and the rest goes on.

        Raises:
            StoreError: the ledger cannot take more; what was committed stays.
        """
        if not self._reading.is_dry_run:
            yield from self._run(files)
            return
        told: list[FileCounts | InputError] = []
        with suppress(_DryRunOver), self._database.transaction():
            told += self._run(files)
            raise _DryRunOver
        yield from told

    def _run(self, files: Sequence[AgentFile]) -> Iterator[FileCounts | InputError]:
        targets: list[AgentTarget] = []
        for found in self._changed(files):
            if isinstance(found, FileCounts | InputError):
                yield found
            else:
                targets.append(found)
        self._left_bytes = _left(targets)
        self._last_bytes = self._left_bytes // _END
        self._is_large = self._left_bytes > SMALL_BYTES
        # Closed whatever happens: reader processes must not outlive an error that nothing foresaw.
        with closing(self._steps(targets)) as steps:
            yield from self._taken(targets, steps)

    def _taken(self, targets: list[AgentTarget], steps: Iterator[Step]) -> Iterator[FileCounts | InputError]:
        done: list[FileCounts | InputError] | None = [] if targets else None
        while done is not None:
            try:
                with self._kept():
                    done = self._some(targets, steps)
            except InputError as error:
                done = None
                yield error
            yield from done or ()

    def _facts(self, file: AgentFile) -> Facts:
        """Return a file's facts, as they were when reading began: what is added meanwhile is a change the next time."""
        begun = self._ahead.facts.get(str(file.path)) if self._ahead is not None else None
        return begun or facts_of(file)

    def _changed(self, files: Sequence[AgentFile]) -> Iterator[AgentTarget | FileCounts | InputError]:
        """Yield what is to be read; of the rest, that it is unchanged, without opening it."""
        connection = self._database.connection
        known = log_files.facts(connection)
        for file in files:
            try:
                facts, path = self._facts(file), str(file.path)
                is_new = path not in known
                place = self._place(path) if is_new else path
                begin = self._reading.table if file.format.name in TABLES else None
                is_looked_up = place in known and (begin or known[place] != facts)
                latest = log_files.latest_at(connection, place) if is_looked_up else None
                if latest is not None and not _is_begun_so(latest.state, begin):
                    latest = None
                elif known.get(place) == facts:
                    self._advance(facts.size)
                    yield FileCounts(path=path, format=file.format.name, note=UNCHANGED)
                    continue
                from tokencli.services.agent_target import AgentTarget

                target = AgentTarget(file, facts, latest, self._advance, begin)
                if is_new:
                    target.place = place
                yield target
            except InputError as error:
                yield error

    def _place(self, path: str) -> str:
        """Return a path as Path.resolve does; of many files below a directory its place is asked for once."""
        folder, name = os.path.split(path)
        if not folder or name in _NO_NAMES or os.path.islink(path):  # noqa: PTH114 - a Path for each would be slow
            return os.path.realpath(path)
        known = self._places.get(folder)
        if known is None:
            known = self._places[folder] = "/" if folder == "/" else self._place(folder)
        return os.path.join(known, name)  # noqa: PTH118 - as above

    @cached_property
    def _ledger(self) -> Ledger:
        from tokencli.store.ledger import Ledger

        return Ledger(self._database.connection)

    def _steps(self, targets: list[AgentTarget]) -> Generator[Step]:
        alone = [target.file.format.rows is not None or not target.is_kept for target in targets]
        here = [number for number in range(len(targets)) if alone[number]]
        files = [number for number in range(len(targets)) if not alone[number]]
        if _left([targets[number] for number in files]) > SMALL_BYTES:
            files.sort(key=lambda number: -_left([targets[number]]))
            self._pool = self._pool_of([targets[number] for number in files])
            for step in self._pool.steps():
                yield step._replace(number=files[step.number])
        else:
            here += files
            if self._ahead is not None:
                self._ahead.stop()
        for number in here:
            yield from _read_here(number, targets[number])

    def _pool_of(self, targets: Sequence[AgentTarget]) -> FilePool:
        """Return the processes that read some files: those that have begun already, or new ones."""
        from tokencli.services.file_pool import FilePool

        errands = [target.errand for target in targets]
        begun = self._ahead.pool_of(errands) if self._ahead is not None else None
        return begun or FilePool().begin(errands, [_left([target]) for target in targets])

    @contextmanager
    def _kept(self) -> Generator[None]:
        """Commit what is done inside; in a dry run it belongs to the one transaction that is given up."""
        if self._reading.is_dry_run:
            yield
            return
        is_kept = False
        try:
            with self._database.transaction(_STAYS, is_large=self._is_large):
                yield
            is_kept = True
        finally:
            if not is_kept:
                for teller in self._tellers.values():
                    teller.forget()

    def _some(self, targets: list[AgentTarget], steps: Iterator[Step]) -> list[FileCounts | InputError] | None:
        """Take in what comes until it is time to commit; return the files that are done, None when all are."""
        until, rows = time.monotonic() + _SECONDS_A_COMMIT, 0
        open_targets: dict[int, AgentTarget] = {}
        ended: list[AgentTarget] = []
        is_over = True
        for step in steps:
            target = open_targets[step.number] = targets[step.number]
            if step.telling is not None:
                self._tell(target, step.telling)
                rows += len(step.telling.keys)
            else:
                target.failure, target.is_over = step.error, True
                ended.append(target)
                self._left_bytes -= target.facts.size - target.errand.start
                if self._left_bytes < self._last_bytes:
                    self._write_out()
                    # The less is left to do when all is read, the better: then nobody reads meanwhile.
                    self._flush(_CALLS_AT_THE_END)
                if len(ended) % _FILES_AT_ONCE == 0:
                    self._remember([open_targets.pop(number) for number in [*open_targets] if targets[number].is_told])
            if rows >= _ROWS_A_COMMIT or time.monotonic() >= until:
                is_over = False
                break
        self._flush()
        self._remember([*open_targets.values()])
        done = [outcome for target in ended for outcome in _outcomes(target)]
        return done if done or not is_over else None

    def _write_out(self) -> None:
        """Let what is in the ledger's file reach the disk while the last files are read, once."""
        if self._pool is not None and self._is_large and not self._is_written_out:
            self._pool.write_out(self._database.path)
        self._is_written_out = True

    def _tell(self, target: AgentTarget, telling: Telling) -> None:
        """Hand a telling on; what another source has told before it is taken in first."""
        from tokencli.store.ledger import ORIGIN_SHIFT

        self._begin(target)
        teller = self._teller(target.file.format.name)
        if teller is not self._last:
            self._flush()
            self._last = teller
        target.waiting += 1
        teller.add(telling, (target.origin_id << ORIGIN_SHIFT) + target.first, partial(target.count, telling))

    def _flush(self, at_least: int = 0) -> None:
        if self._last is not None:
            self._last.flush(at_least)

    def _begin(self, target: AgentTarget) -> None:
        """Give a file an origin, and what a rewritten document tells places behind all it has told before."""
        from tokencli.store import witnesses
        from tokencli.store.origins import ENTRIES, LINES, new_key

        is_lines = target.file.format.lines is not None
        if not target.origin_id:
            kind = LINES if is_lines else ENTRIES
            target.origin_id = self._ledger.dictionary.origin(new_key(), kind, str(target.file.path))
        elif not is_lines and not target.is_begun:
            self._flush()
            target.first = witnesses.last_place(self._database.connection, target.origin_id) + 1
        target.is_begun = True

    def _teller(self, name: str) -> Teller:
        teller = self._tellers.get(name)
        if teller is None:
            from tokencli.services.tell import Teller

            self._prices = self._prices or self._book()
            labels = self._reading.labels._replace(source=name)
            meanwhile = self._pool.look if self._pool is not None else _nothing
            teller = self._tellers[name] = Teller(self._ledger, self._prices, labels, meanwhile)
        return teller

    def _remember(self, targets: Sequence[AgentTarget]) -> None:
        """Let the ledger know how far some files are in, all that they told being in by now."""
        known = [target for target in targets if target.origin_id]
        if not known:
            return
        from tokencli.store.as_of import note_arrivals
        from tokencli.store.slices import to_us

        connection, now = self._database.connection, to_us(self._clock())
        note_arrivals(connection, [target.origin_id for target in known], now)
        log_files.save(connection, [target.remembered(now) for target in known if target.is_kept])


def _nothing() -> None:
    """Do nothing."""


def _left(targets: Sequence[AgentTarget]) -> int:
    """Return how many bytes there are to be read."""
    return sum(target.facts.size - target.errand.start for target in targets)


def _is_begun_so(state: str | None, begin: str | None) -> bool:
    from tokencli.readers.tables import is_begun_so

    return is_begun_so(state, begin)


def _read_here(number: int, target: AgentTarget) -> Iterator[Step]:
    from tokencli.readers import agent_scan
    from tokencli.services import foreign
    from tokencli.services.file_pool import Step

    agent, path = target.file.format, str(target.file.path)
    try:
        if agent.rows is not None:
            found = foreign.tellings(agent.name, agent.rows(), path)
        else:
            found = agent_scan.tellings(target.errand)
        for telling in found:
            yield Step(number, telling)
    except InputError as error:
        yield Step(number, error=error)
    else:
        yield Step(number)


def _outcomes(target: AgentTarget) -> list[FileCounts | InputError]:
    target.come_to(target.facts.size)
    found: list[FileCounts | InputError] = [target.result]
    if target.failure is not None:
        found = [*found, target.failure] if target.counts.lines else [target.failure]
    if target.damage is not None:
        from tokencli.services.ingest import DamagedLogError

        found.append(DamagedLogError(str(target.file.path), target.damage, target.lines))
    return found


class _DryRunOver(Exception):  # noqa: N818 - it leaves a transaction, nothing failed
    """Leaves a transaction without keeping anything of it."""
