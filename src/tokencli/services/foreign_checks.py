"""Checks of another program's ledger: its calls taken over into a ledger that is thrown away, and that one checked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tokencli.services.checks.evidence import warning
from tokencli.services.checks.registry import run_checks
from tokencli.services.foreign_ledger import take_over
from tokencli.store import queries
from tokencli.store.inspect import inspect

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from tokencli.domain.audit import Audit
    from tokencli.domain.finding import Finding
    from tokencli.domain.ingest import FileCounts
    from tokencli.services.checks.evidence import Tools
    from tokencli.services.foreign_ledger import ForeignKind
    from tokencli.services.report import Question
    from tokencli.store.database import Database

_OF_OUR_OWN: Final = frozenset({"session-lost", "ledger-sound", "sums-agree"})
"""What is said of a ledger of ours, and would be untrue or empty of a foreign one."""


def foreign_audit(
    trial: Database, foreign: tuple[Path, tuple[ForeignKind, ...]], question: Question, tools: Tools, *, now: datetime
) -> Audit:
    """Return the audit of a foreign ledger, of which no byte changes; `trial` is an empty ledger that takes its calls.

    Raises:
        ForeignDatabaseError: the file cannot be read.
        UnknownPeriodError, EmptyPeriodError, UnknownZoneError: the question cannot be understood.
    """
    path, kinds = foreign
    counts = take_over(trial, path, kinds, tools.book())
    audit = run_checks(trial, question, tools, now=now)
    stat, known = path.stat(), inspect(trial.place)
    name = " + ".join(kind.name for kind in kinds)
    info = replace(
        known,
        place=str(path),
        path=str(path.resolve()),
        created_at=None,
        schema=name,
        known_schema=name,
        mode=stat.st_mode & 0o777,
        bytes=stat.st_size,
        wal_bytes=0,
        synchronous="read only",
    )
    told = [finding for finding in audit.findings if finding.code not in _OF_OUR_OWN]
    audit = replace(audit, findings=tuple(told), holdings=replace(audit.holdings, sessions=_sessions(trial, audit)))
    return audit.with_findings(_broken(counts), ledger=info)


def _sessions(trial: Database, audit: Audit) -> int:
    """Return how many sessions the calls name."""
    with trial.reading() as connection:
        rows = queries.report(connection, audit.period, ("session",)).rows
    return sum(row.key["session"] is not None for row in rows)


def _broken(counts: Sequence[FileCounts]) -> Iterator[Finding]:
    """Say which rows could not be read, and which ones stand there more than once."""
    for one in counts:
        if one.broken:
            rows = "1 row" if one.broken == 1 else f"{one.broken:,} rows"
            words = f"{rows} of {one.format} cannot be read ({one.broken_reason}): no sum counts them."
            yield warning("broken-rows", words, "Look at these rows in the program's own table.", count=one.broken)
