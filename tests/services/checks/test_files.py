"""The ledger's file and those beside it: modes, journal, open calls of the dead and the living, spools."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.services.checks.ledgers import NOW, event
from tokencli.domain.finding import Severity
from tokencli.services.checks.files import ledger_findings, sqlite_findings
from tokencli.services.saved import event_line
from tokencli.services.spool import Aside, keep_aside, spool_path
from tokencli.store import intents
from tokencli.store.database import open_ledger
from tokencli.store.dictionary import Dictionary
from tokencli.store.intents import IntentRow
from tokencli.store.ledger import ORIGIN_SHIFT
from tokencli.store.runs import begin_run
from tokencli.store.slices import to_us

if TYPE_CHECKING:
    from datetime import datetime

    from tests.services.checks.ledgers import Bench
    from tokencli.domain.finding import Finding

RUN = "a11ce0000000"


def bad(bench: Bench) -> dict[str, Finding]:
    _, found = ledger_findings(bench.database, now=NOW)
    return {each.code: each for each in found if each.severity is not Severity.SUCCESS}


def open_one(bench: Bench, at: datetime) -> None:
    with bench.database.transaction() as connection:
        base = Dictionary(connection).origin(RUN, "proxy", None) << ORIGIN_SHIFT
        intents.add(connection, [IntentRow(base + 1, to_us(at), "{}")])


def test_a_ledger_in_order_is_only_praised(bench: Bench) -> None:
    info, found = ledger_findings(bench.database, now=NOW)
    assert info.calls == 3000
    assert [each.code for each in found] == ["durable"]


def test_a_ledger_that_others_can_read_is_told_with_the_command(bench: Bench) -> None:
    bench.database.path.chmod(0o644)
    assert bad(bench)["file-mode"].advice == f"Run: chmod 600 {bench.database.path}"


def test_a_journal_that_another_program_chose_is_told(bench: Bench) -> None:
    bench.database.close()
    with open_ledger(bench.database.path, write=True) as database:
        database.connection.execute("PRAGMA journal_mode = DELETE")
    with open_ledger(bench.database.path, write=False) as database:
        _, found = ledger_findings(database, now=NOW)
    assert "journal-mode" in {each.code for each in found}


def test_calls_of_a_dead_run_wait_for_the_next_start(bench: Bench) -> None:
    open_one(bench, NOW - timedelta(minutes=1))
    assert bad(bench)["open-calls-of-dead-run"].count == 1


def test_calls_of_a_living_run_are_on_their_way(bench: Bench) -> None:
    run = begin_run(bench.database.path, "ledger", RUN)
    open_one(bench, NOW - timedelta(minutes=1))
    assert bad(bench) == {}
    run.end(is_settled=True)


def test_calls_that_are_open_for_hours_are_stuck(bench: Bench) -> None:
    run = begin_run(bench.database.path, "ledger", RUN)
    open_one(bench, NOW - timedelta(hours=2))
    assert set(bad(bench)) == {"open-calls-stuck"}
    run.end(is_settled=True)


def test_a_spool_that_nobody_took_in_is_in_no_sum(bench: Bench) -> None:
    path = spool_path(bench.database.path, RUN)
    path.parent.mkdir()
    path.write_bytes(event_line(event(1)) + bytes(64))
    found = bad(bench)["spool-waiting"]
    assert (found.severity, found.count) == (Severity.PROBLEM, 1)


def test_an_empty_spool_of_a_running_server_is_no_fault(bench: Bench) -> None:
    path = spool_path(bench.database.path, RUN)
    path.parent.mkdir()
    path.write_bytes(bytes(1024))
    assert bad(bench) == {}


def test_lines_that_no_ledger_takes_are_told_with_their_file(bench: Bench) -> None:
    keep_aside(bench.database.path, [Aside(b"{}", "it is no settled call")])
    assert bad(bench)["spool-aside"].count == 1


@pytest.mark.parametrize(
    ("version", "has_fault"),
    [("3.40.1", True), ("3.44.6", False), ("3.50.7", False), ("3.51.2", True), ("3.51.3", False), ("3.52.0", False)],
)
def test_the_wal_reset_fault_is_known_by_version(version: str, *, has_fault: bool) -> None:
    (found,) = sqlite_findings(version)
    assert ("WAL-reset" in found.message) is has_fault
