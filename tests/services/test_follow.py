from __future__ import annotations

import gzip
from datetime import UTC, datetime
from threading import Event
from typing import TYPE_CHECKING

import pytest

from tests.cost_logs import cost
from tests.tiny_agent import AGENT, line
from tokencli.domain.errors import InputError, LedgerLockedError
from tokencli.domain.ingest import FileCounts
from tokencli.readers import agents
from tokencli.services.agent_files import AgentFile
from tokencli.services.follow import Follower, Heard
from tokencli.services.intake import Intake
from tokencli.services.reading import Labels, Reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.cost_logs import Shop


PLACE = "ledger.db"


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agents, "AGENTS", (AGENT,))


def follower_of(shop: Shop, *paths: Path, found: Sequence[AgentFile] = ()) -> Follower:
    reading = Reading(zone="UTC", day=None, labels=Labels("cost-line"))
    clock = lambda: datetime(2026, 11, 21, tzinfo=UTC)  # noqa: E731
    intake = Intake(shop.database, lambda: shop.book, reading, clock, lambda _: None)
    return Follower(intake.run, paths, lambda: found, "auto")


def looked(follower: Follower) -> list[tuple[str, int]]:
    outcomes = list(follower.look())
    assert not [each for each in outcomes if isinstance(each, InputError)]
    counts = [each for each in outcomes if isinstance(each, FileCounts)]
    return [((each.path or "").rpartition("/")[2], each.recorded) for each in counts]


@pytest.fixture
def closing() -> Iterator[list[Follower]]:
    made: list[Follower] = []
    yield made
    over = Event()
    over.set()
    for each in made:
        each.run(over, lambda _: None)


def test_only_what_changed_is_looked_at(shop: Shop, closing: list[Follower]) -> None:
    first, second = shop.write("a.log", cost(1)), shop.write("s.tiny.jsonl", line("a"))
    follower = follower_of(shop, first, second)
    closing.append(follower)
    assert looked(follower) == [("a.log", 1), ("s.tiny.jsonl", 1)]
    assert looked(follower) == []
    shop.append(second, line("b"))
    assert looked(follower) == [("s.tiny.jsonl", 1)]


def test_a_rotated_file_is_finished_before_the_new_one_though_it_is_gone(shop: Shop, closing: list[Follower]) -> None:
    log = shop.write("a.log", cost(1))
    follower = follower_of(shop, log)
    closing.append(follower)
    looked(follower)
    old = log.with_name("a.log.1")
    log.rename(old)
    shop.append(old, cost(2), cost(3))
    shop.write("a.log.1.gz", gzip.compress(old.read_bytes()))
    old.unlink()
    shop.write("a.log", cost(4))
    assert looked(follower) == [("a.log", 2), ("a.log", 1)]
    assert len(shop.calls()) == 4


def test_a_client_file_that_lost_its_name_is_finished_too(shop: Shop, closing: list[Follower]) -> None:
    path = shop.write("s.tiny.jsonl", line("a"))
    follower = follower_of(shop, path)
    closing.append(follower)
    looked(follower)
    shop.append(path, line("b"))
    path.unlink()
    assert looked(follower) == [("s.tiny.jsonl", 1)]
    assert looked(follower) == []
    shop.write("s.tiny.jsonl", line("c"))
    assert looked(follower) == [("s.tiny.jsonl", 1)]


def test_a_truncated_file_begins_anew(shop: Shop, closing: list[Follower]) -> None:
    log = shop.write("a.log", cost(1), cost(2))
    follower = follower_of(shop, log)
    closing.append(follower)
    looked(follower)
    with log.open("r+b") as file:
        file.truncate(0)
    shop.append(log, cost(9))
    assert looked(follower) == [("a.log", 1)]


def test_new_files_in_a_directory_and_of_clients_are_found(shop: Shop, closing: list[Follower]) -> None:
    shop.folder.mkdir()
    found: list[AgentFile] = []
    follower = follower_of(shop, shop.folder, found=found)
    closing.append(follower)
    assert looked(follower) == []
    shop.write("a.log", cost(1))
    found.append(AgentFile(shop.write("s.tiny", line("a")), 0))
    assert looked(follower) == [("a.log", 1), ("s.tiny", 1)]


def test_a_locked_ledger_is_tried_again(shop: Shop, closing: list[Follower]) -> None:
    log = shop.write("a.log", cost(1))
    follower = follower_of(shop, log)
    closing.append(follower)
    taken, follower._take = follower._take, _locked
    (error,) = follower.look()
    assert "It is tried again." in str(error)
    follower._take = taken
    assert looked(follower) == [("a.log", 1)]


def _locked(named: Sequence[object], files: Sequence[object]) -> Iterator[FileCounts]:
    del named, files
    raise LedgerLockedError(PLACE, 5)
    yield


def test_what_is_heard_of_a_file_adds_up() -> None:
    first = FileCounts(path="a", format="tiny", lines=2, recorded=2)
    second = FileCounts(path="a", format="tiny", lines=1, broken=1, first_broken_line=3, broken_reason="1 x no JSON")
    heard = Heard([first])
    heard.add(second)
    (file,) = heard.files
    assert (file.path, file.lines, file.recorded, file.broken, file.first_broken_line) == ("a", 3, 2, 1, 3)
