from __future__ import annotations

import gzip
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.cost_logs import check_sums
from tests.tiny_agent import AGENT, DOCUMENT, ROWS, line
from tokencli.domain.errors import InputError
from tokencli.domain.ingest import FileCounts
from tokencli.readers import agents
from tokencli.services import agent_ingest, file_pool, foreign
from tokencli.services.agent_files import AgentFile
from tokencli.services.agent_ingest import AgentIngest
from tokencli.services.agent_target import CUT_NOTE
from tokencli.services.reader_process import started
from tokencli.services.reading import Labels, Reading
from tokencli.services.tell import Teller
from tokencli.store import log_files

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from pathlib import Path

    from tests.cost_logs import Shop
    from tokencli.services.reader_process import ReaderProcess

OTHER = b'{"type": "user"}\n'
LINES, DOCUMENTS, DATABASES = range(3)


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agents, "AGENTS", (AGENT, DOCUMENT, ROWS))


def outcomes(shop: Shop, *files: Path, agent: int = LINES, **reading: Any) -> list[FileCounts | InputError]:
    how = Reading(**{"zone": "UTC", "day": None, "labels": Labels("any"), **reading})
    clock = lambda: datetime(2026, 11, 21, tzinfo=UTC)  # noqa: E731
    ingest = AgentIngest(shop.database, lambda: shop.book, how, clock, lambda _: None)
    return list(ingest.run([AgentFile(path, agent) for path in files]))


def take(shop: Shop, path: Path, agent: int = LINES, **reading: Any) -> FileCounts:
    (counts,) = outcomes(shop, path, agent=agent, **reading)
    assert isinstance(counts, FileCounts), counts
    check_sums(shop.connection)
    return counts


def told(counts: FileCounts) -> tuple[int, ...]:
    return counts.lines, counts.recorded, counts.merged, counts.duplicate, counts.other, counts.broken


def count(shop: Shop) -> int:
    return int(shop.connection.execute("SELECT count(*) FROM event").fetchone()[0])


def test_a_file_that_grew_is_read_from_where_it_is_known_with_the_readers_state(shop: Shop) -> None:
    path = shop.write("s.tiny.jsonl", line("a", model="alpha"), OTHER, b"{broken: 'out', \"out\"\n")
    first = take(shop, path)
    assert told(first) == (3, 1, 0, 0, 1, 1)
    assert (first.first_broken_line, first.broken_reason) == (3, "1 x no JSON")
    shop.append(path, line("b"), line("a"))
    second = take(shop, path)
    assert told(second) == (2, 1, 0, 1, 0, 0)
    assert second.bytes == len(line("b") + line("a"))
    models = shop.connection.execute("SELECT DISTINCT request_model FROM facet").fetchall()
    assert models == [("alpha",)]


def test_the_first_broken_line_is_told_by_its_number_in_the_file_however_many_calls_stand_before_it(shop: Shop) -> None:
    several = line("a", more=["b", "c"]), line("d"), OTHER, line("e", more=["f"])
    path = shop.write("s.tiny.jsonl", *several, b'"out"!\n')
    first = take(shop, path)
    assert told(first) == (8, 6, 0, 0, 1, 1)
    assert first.first_broken_line == 5
    shop.append(path, line("g", more=["a", "h"]), b'"out"?\n')
    second = take(shop, path)
    assert told(second) == (4, 2, 0, 1, 0, 1)
    assert second.first_broken_line == 7


def test_an_unchanged_file_is_not_opened(shop: Shop) -> None:
    path = shop.write("s.tiny.jsonl", line("a"))
    take(shop, path)
    path.chmod(0)
    assert take(shop, path).note == "unchanged"


def test_a_half_written_line_is_read_when_it_is_whole(shop: Shop) -> None:
    path = shop.write("s.tiny.jsonl", line("a"), line("b")[:20])
    first = take(shop, path)
    assert (told(first), first.note) == ((1, 1, 0, 0, 0, 0), CUT_NOTE)
    shop.append(path, line("b")[20:])
    assert told(take(shop, path)) == (1, 1, 0, 0, 0, 0)


def test_a_rewritten_or_truncated_file_is_read_whole_again(shop: Shop) -> None:
    path = shop.write("s.tiny.jsonl", line("a"), line("b"))
    take(shop, path)
    path.write_bytes(line("c") + line("a"))
    assert told(take(shop, path)) == (2, 1, 0, 1, 0, 0)
    assert count(shop) == 3


def test_a_copy_or_archive_adds_only_what_is_new(shop: Shop) -> None:
    take(shop, shop.write("s.tiny.jsonl", line("a"), line("b")))
    copy = shop.write("copy.tiny.jsonl", line("a"), line("b"), line("c"))
    assert told(take(shop, copy)) == (3, 1, 0, 2, 0, 0)
    archive = shop.write("s.tiny.jsonl.gz", gzip.compress(line("a") + line("d")))
    assert told(take(shop, archive)) == (2, 1, 0, 1, 0, 0)
    archive.write_bytes(gzip.compress(line("a") + line("d") + line("e")))
    assert told(take(shop, archive)) == (3, 1, 0, 2, 0, 0)


def test_a_document_that_is_written_anew_adds_only_what_is_new(shop: Shop) -> None:
    path = shop.write("d.tiny.json", line("a"), line("b"))
    assert told(take(shop, path, DOCUMENTS)) == (3, 2, 0, 0, 0, 1)
    path.write_bytes(line("z") + line("a") + line("b"))
    assert told(take(shop, path, DOCUMENTS)) == (4, 1, 0, 2, 0, 1)
    assert shop.connection.execute("SELECT count(*) FROM origin").fetchone() == (1,)


def test_a_database_is_read_again_when_its_log_of_changes_grew(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[tuple[object, ...]] = [("a", 5)]
    monkeypatch.setitem(foreign.ROWS, "tiny-rows", lambda _: rows)
    path = shop.write("s.tiny.db", b"SQLite format 3")
    assert told(take(shop, path, DATABASES)) == (1, 1, 0, 0, 0, 0)
    assert take(shop, path, DATABASES).note == "unchanged"
    rows.append(("b", "much"))
    rows.append(("c", 7))
    shop.write("s.tiny.db-wal", b"more")
    assert told(take(shop, path, DATABASES)) == (3, 1, 0, 1, 0, 1)
    assert count(shop) == 2


def test_many_files_are_read_by_several_processes(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    record = (
        b'{"type":"assistant","timestamp":"2026-01-02T03:04:05.000Z","sessionId":"s","cwd":"/x","message":'
        b'{"id":"msg_%d","model":"claude-sonnet-4-5","usage":{"input_tokens":10,"output_tokens":5}}}\n'
    )
    monkeypatch.undo()
    monkeypatch.setattr(agent_ingest, "SMALL_BYTES", 0)
    number = [agent.name for agent in agents.AGENTS].index("claude-code")
    paths = [shop.write(f"p{n}.jsonl", *(record % (n * 10 + m) for m in range(10))) for n in range(9)]
    found = outcomes(shop, *paths, shop.folder / "gone.jsonl", agent=number)
    assert [each.recorded for each in found if isinstance(each, FileCounts)] == [10] * 9
    assert [str(each) for each in found if isinstance(each, InputError)] != []
    assert count(shop) == 90


def test_a_large_first_reading_is_written_out_once_before_it_is_committed(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(agent_ingest, "SMALL_BYTES", 0)
    asked: list[tuple[Path, bool]] = []

    def noted(_: file_pool.FilePool, path: Path) -> None:
        asked.append((path, shop.connection.in_transaction))

    monkeypatch.setattr(file_pool.FilePool, "write_out", noted)
    number = [agent.name for agent in agents.AGENTS].index("claude-code")
    outcomes(shop, *(shop.write(f"p{n}.jsonl", b'{"type": "user"}\n' * 99) for n in range(40)), agent=number)
    assert asked == [(shop.database.path, True)]


def test_no_reader_process_outlives_an_error_that_nothing_foresaw(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(agent_ingest, "SMALL_BYTES", 0)
    begun: list[ReaderProcess] = []

    def noted() -> ReaderProcess:
        begun.append(started())
        return begun[-1]

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(file_pool, "started", noted)
    monkeypatch.setattr(Teller, "add", fail)
    number = [agent.name for agent in agents.AGENTS].index("claude-code")
    with pytest.raises(ZeroDivisionError) as caught:
        outcomes(shop, *(shop.write(f"p{n}.jsonl", b"{}\n") for n in range(9)), agent=number)
    # Whoever tells of the error still holds its trace, and all that was under way there.
    assert caught.tb is not None
    assert begun
    assert [process.wait() != 0 for process in begun] == [True] * len(begun)


def test_one_file_that_cannot_be_read_keeps_no_other_out(shop: Shop) -> None:
    found = outcomes(shop, shop.folder / "gone.tiny.jsonl", shop.write("s.tiny.jsonl", line("a")))
    assert [isinstance(each, InputError) for each in found] == [True, False]
    damaged = shop.write("d.tiny.jsonl.gz", gzip.compress(line("b") * 9)[:-9])
    counts, error = outcomes(shop, damaged)
    assert isinstance(counts, FileCounts)
    assert counts.recorded == 1
    assert "too early" in str(error)


def test_a_dry_run_keeps_nothing(shop: Shop) -> None:
    path = shop.write("s.tiny.jsonl", line("a"))
    before = list(shop.connection.iterdump())
    assert take(shop, path, is_dry_run=True).recorded == 1
    assert list(shop.connection.iterdump()) == before
    assert take(shop, path).recorded == 1


def test_what_the_user_says_of_all_calls_is_kept(shop: Shop) -> None:
    labels = Labels.of("any", "nightly", "shop", {"team": "search"})
    take(shop, shop.write("s.tiny.jsonl", line("a")), labels=labels)
    row = shop.connection.execute("SELECT source, agent, project, tags FROM facet JOIN event ON facet_id = facet.id")
    assert row.fetchone() == ("tiny", "nightly", "shop", '{"team": "search"}')


def test_big_files_are_committed_piece_by_piece(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent_ingest, "_ROWS_A_COMMIT", 1)
    monkeypatch.setattr("tokencli.readers.agent_scan._CALLS_A_TELLING", 2)
    path = shop.write("s.tiny.jsonl", *(line(str(number), text="x" * 400_000) for number in range(9)))
    assert take(shop, path).recorded == 9
    assert take(shop, path).note == "unchanged"
    arrivals = shop.connection.execute("SELECT count(*) FROM arrival").fetchone()[0]
    assert arrivals > 1


def test_many_files_are_remembered_while_others_are_still_read(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent_ingest, "_FILES_AT_ONCE", 3)
    monkeypatch.setattr("tokencli.services.tell._CALLS_AT_ONCE", 4)
    kept: list[int] = []
    save = log_files.save

    def counted(connection: sqlite3.Connection, files: Sequence[log_files.LogFile]) -> None:
        kept.append(len(files))
        save(connection, files)

    monkeypatch.setattr(log_files, "save", counted)
    paths = [shop.write(f"{number}.tiny.jsonl", line(f"{number}"), line(f"{number}b"), OTHER) for number in range(10)]
    found = outcomes(shop, *paths)
    assert [told(counts) for counts in found if isinstance(counts, FileCounts)] == [(3, 2, 0, 0, 1, 0)] * 10
    assert len(kept) > 2
    assert sum(kept) == len(paths)
    remembered = shop.connection.execute('SELECT path, "offset" = size, line_count, inode IS NULL FROM log_file')
    assert sorted(remembered) == sorted((str(path), 1, 3, 0) for path in paths)
    places = shop.connection.execute("SELECT max(id) & ((1 << 40) - 1) FROM event GROUP BY id >> 40 ORDER BY id >> 40")
    arrivals = shop.connection.execute("SELECT seq FROM arrival ORDER BY origin_id").fetchall()
    assert arrivals == places.fetchall()
    assert {counts.note for counts in outcomes(shop, *paths) if isinstance(counts, FileCounts)} == {"unchanged"}
