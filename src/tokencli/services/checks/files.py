"""Files: the ledger's file and what lies beside it: its mode, its journal, SQLite's version, spools, open calls.

These are facts of a place and not of calls: `registry.run_checks` does without them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from tokencli.services.checks.evidence import calls_words, problem, success, warning
from tokencli.services.checks.registry import run_checks
from tokencli.services.checks.soundness import DAMAGED
from tokencli.services.spool import ASIDE, left_behind, spool_keys, spool_path
from tokencli.store import check_files, check_links
from tokencli.store.inspect import inspect
from tokencli.store.runs import is_alive
from tokencli.store.slices import from_us

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tokencli.domain.audit import Audit
    from tokencli.domain.finding import Finding
    from tokencli.domain.ledger import LedgerInfo
    from tokencli.services.checks.evidence import Tools
    from tokencli.services.report import Question
    from tokencli.store.database import Database

LONG_OPEN: Final = timedelta(hours=1)
"""No answer takes so long: whatever is open since then will not be settled."""
WAL_RESET_FIXED: Final = (3, 51, 3)
_ALSO_FIXED: Final = ((3, 44, 6), (3, 50, 7))


def check_ledger(database: Database, question: Question, tools: Tools, *, now: datetime) -> Audit:
    """Return the audit of a ledger with what there is to say of its file; raises as `run_checks` does.

    Of a ledger with broken pages nothing but that is said.
    """
    audit = run_checks(database, question, tools, now=now)
    if any(finding.code == DAMAGED for finding in audit.findings):
        return audit
    info, found = ledger_findings(database, now=now)
    return audit.with_findings(found, ledger=info)


def ledger_findings(database: Database, *, now: datetime) -> tuple[LedgerInfo, list[Finding]]:
    """Return what the ledger's file is, and what there is to say of it and of the files beside it.

    Raises:
        StoreError: the file cannot be looked at.
    """
    info = inspect(database.place)
    found = [*_modes(database), *_journal(database), *sqlite_findings(info.sqlite)]
    return info, [*found, *open_calls(database, now=now), *spools(database)]


def sqlite_findings(version: str) -> Iterator[Finding]:
    """Say of SQLite's version whether it has the WAL-reset fault, which needs two writers at the same instant."""
    numbers = tuple(int(part) for part in version.split(".") if part.isdigit())
    is_fixed = numbers >= WAL_RESET_FIXED or any(numbers[:2] == fixed[:2] and numbers >= fixed for fixed in _ALSO_FIXED)
    words = f"SQLite {version}, writers commit with synchronous=FULL: what was recorded outlives a power cut."
    if not is_fixed:
        words += " This version's WAL-reset fault needs two writers at one instant; tokencli's take turns by a lock."
    yield success("durable", words)


def open_calls(database: Database, *, now: datetime) -> Iterator[Finding]:
    """Find calls on their way that no process looks after any more, or that have been under way for too long."""
    with database.reading() as connection:
        runs = check_files.open_calls(connection)
    dead = [run for run in runs if not is_alive(database.path, run.key)]
    stuck = [run for run in runs if run not in dead and now - from_us(run.oldest_us) > LONG_OPEN]
    if dead:
        count = sum(run.calls for run in dead)
        words = f"{calls_words(count)} were under way when their server was killed, and are not settled yet."
        advice = "Start 'tokencli serve' once: it settles them as unknown, with our own count of their prompts."
        yield warning("open-calls-of-dead-run", words, advice, count=count)
    if stuck:
        count = sum(run.calls for run in stuck)
        words = (
            f"A running server has calls open since {from_us(min(run.oldest_us for run in stuck)):%Y-%m-%d %H:%M} UTC."
        )
        advice = "No answer takes that long: restart 'tokencli serve', which settles what hangs."
        yield warning("open-calls-stuck", words, advice, count=count)


def spools(database: Database) -> Iterator[Finding]:
    """Find settled calls that the ledger could not take when they ended, and lines that no ledger takes."""
    path, place = database.path, database.place
    waiting = {key: left_behind(path, place, key) for key in spool_keys(path, place)}
    for key, contents in waiting.items():
        count = len(contents.events) + len(contents.broken)
        if not count:
            continue
        name = str(spool_path(path, key))
        if is_alive(path, key):
            words = f"{calls_words(count)} wait in a spool file, for the running server cannot write to the ledger."
            yield problem("spool-waiting", words, f"Free the disk or the lock: {name}.", subject=name, count=count)
        else:
            words = f"{calls_words(count)} wait in the spool file of a server that has ended, and are in no sum."
            advice = "Start 'tokencli serve' once: it takes them in."
            yield problem("spool-waiting", words, advice, subject=name, count=count)
    aside = spool_path(path, "").with_name(ASIDE)
    lines = check_files.lines_of(aside, place)
    if lines:
        words = f"{lines:,} line{'s' if lines > 1 else ''} of settled calls could not be taken into the ledger."
        advice = f"Look at the reasons in {aside}, and remove the file when nothing in it is missed."
        yield problem("spool-aside", words, advice, subject=str(aside), count=lines)


def _modes(database: Database) -> Iterator[Finding]:
    for path, mode in check_files.open_modes(database.path, database.place):
        words = f"{path} has mode {mode:04o}: other users of this machine can read what you asked and when."
        yield warning("file-mode", words, f"Run: chmod 600 {path}", subject=str(path), count=1)


def _journal(database: Database) -> Iterator[Finding]:
    with database.reading() as connection:
        mode = check_links.journal_mode(connection)
    if mode != "wal":
        words = f"The ledger's journal mode is {mode}, and readers and the writer block each other."
        advice = "Another program changed it: the next 'tokencli ingest' or 'tokencli serve' sets it to WAL again."
        yield warning("journal-mode", words, advice, count=1)
