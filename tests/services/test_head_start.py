"""What is begun to be read before there is a ledger is read once, as it was then, and no process outlives it."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.cost_logs import check_sums
from tokencli.domain.ingest import FileCounts
from tokencli.readers import agents
from tokencli.services import agent_ingest, file_pool, head_start
from tokencli.services.agent_files import AgentFile
from tokencli.services.agent_ingest import AgentIngest
from tokencli.services.reader_process import started
from tokencli.services.reading import Labels, Reading

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cost_logs import Shop
    from tokencli.services.head_start import HeadStart
    from tokencli.services.reader_process import ReaderProcess

CLAUDE = [agent.name for agent in agents.AGENTS].index("claude-code")
OPENCODE = next(number for number, agent in enumerate(agents.AGENTS) if agent.rows is not None)


def lines(file: int, count: int) -> bytes:
    record = (
        '{"type":"assistant","timestamp":"2026-01-02T03:04:05.000Z","sessionId":"s","cwd":"/x","message":'
        '{"id":"msg_%d_%d","model":"claude-sonnet-4-5","usage":{"input_tokens":10,"output_tokens":5}}}\n'
    )
    return "".join(record % (file, number) for number in range(count)).encode()


@pytest.fixture
def files(shop: Shop) -> list[AgentFile]:
    return [AgentFile(shop.write(f"p{number}.jsonl", lines(number, number + 1)), CLAUDE) for number in range(9)]


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[ReaderProcess]:
    monkeypatch.setattr(head_start, "SMALL_BYTES", 0)
    monkeypatch.setattr(agent_ingest, "SMALL_BYTES", 0)
    found: list[ReaderProcess] = []

    def noted() -> ReaderProcess:
        found.append(started())
        return found[-1]

    monkeypatch.setattr(file_pool, "started", noted)
    return found


def taken(shop: Shop, files: list[AgentFile], ahead: HeadStart | None) -> list[FileCounts]:
    how = Reading(zone="UTC", day=None, labels=Labels("any"))
    clock = lambda: datetime(2026, 11, 21, tzinfo=UTC)  # noqa: E731
    ingest = AgentIngest(shop.database, lambda: shop.book, how, clock, lambda _: None, ahead)
    found = list(ingest.run(files))
    check_sums(shop.connection)
    return [each for each in found if isinstance(each, FileCounts)]


def is_over(process: ReaderProcess) -> bool:
    return process.wait() != 0 and not os.path.exists(f"/proc/{process.pid}/exe")  # noqa: PTH110 - no Path is needed


def test_what_was_begun_is_taken_in_by_the_processes_that_began(
    shop: Shop, files: list[AgentFile], begun: list[ReaderProcess]
) -> None:
    ahead = head_start.head_start(files)
    assert ahead is not None
    processes = len(begun)
    found = taken(shop, files, ahead)
    assert len(begun) == processes > 0
    assert sum(each.recorded for each in found) == sum(range(1, 10))
    assert [each.note for each in taken(shop, files, None)] == ["unchanged"] * 9
    ahead.stop()
    assert all(is_over(process) for process in begun)


def test_other_files_than_those_begun_are_read_anew(
    shop: Shop, files: list[AgentFile], begun: list[ReaderProcess]
) -> None:
    taken(shop, files[:1], None)
    before = len(begun)
    ahead = head_start.head_start(files)
    assert ahead is not None
    processes = begun[before:]
    found = taken(shop, files, ahead)
    assert all(is_over(process) for process in processes)
    assert sum(each.recorded for each in found) == sum(range(2, 10))


def test_a_start_that_turned_out_needless_is_stopped(
    shop: Shop, files: list[AgentFile], begun: list[ReaderProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = head_start.head_start(files)
    assert ahead is not None
    monkeypatch.setattr(agent_ingest, "SMALL_BYTES", 1 << 30)
    assert sum(each.recorded for each in taken(shop, files, ahead)) == sum(range(1, 10))
    assert begun
    assert all(is_over(process) for process in begun)


def test_what_a_file_gets_after_the_start_is_read_the_next_time(
    shop: Shop, files: list[AgentFile], begun: list[ReaderProcess]
) -> None:
    ahead = head_start.head_start(files)
    assert ahead is not None
    while any(lane._weights for lane in ahead._pool._lanes):
        ahead._pool._fetch(None)
    with files[0].path.open("ab") as file:
        file.write(lines(99, 1))
    assert sum(each.recorded for each in taken(shop, files, ahead)) == sum(range(1, 10))
    again = taken(shop, files, None)
    assert [each.recorded for each in again if each.note is None] == [1]
    assert all(is_over(process) for process in begun)


def test_little_is_not_begun_and_what_is_no_log_of_lines_is_left_alone(
    shop: Shop, files: list[AgentFile], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert head_start.head_start(files) is None
    monkeypatch.setattr(head_start, "SMALL_BYTES", 0)
    pipe = tmp_path / "pipe.jsonl"
    os.mkfifo(pipe)
    database = shop.write("opencode.db", b"x" * 99)
    odd = [AgentFile(pipe, CLAUDE), AgentFile(tmp_path / "none", CLAUDE), AgentFile(database, OPENCODE)]
    assert head_start.head_start(odd) is None
    ahead = head_start.head_start([*odd, files[0]])
    assert ahead is not None
    assert list(ahead.facts) == [str(files[0].path)]
    ahead.stop()
    ahead.stop()
