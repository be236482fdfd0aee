from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.cost_logs import cost
from tests.tiny_agent import AGENT, DOCUMENT, line
from tokencli.domain.ingest import FileCounts
from tokencli.readers import agents
from tokencli.services.agent_files import AgentFile
from tokencli.services.intake import Intake, UnknownFormatError, check_format, formats, routed
from tokencli.services.reading import Labels, Reading

if TYPE_CHECKING:
    from tests.cost_logs import Shop


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agents, "AGENTS", (AGENT, DOCUMENT))


def test_each_file_goes_to_the_reader_that_knows_it(shop: Shop) -> None:
    reading = Reading(zone="UTC", day=None, labels=Labels("cost-line"))
    clock = lambda: datetime(2026, 11, 21, tzinfo=UTC)  # noqa: E731
    intake = Intake(shop.database, lambda: shop.book, reading, clock, lambda _: None)
    client, backend = shop.write("s.tiny.jsonl", line("a")), shop.write("b.log", cost(1))
    found = AgentFile(shop.write("found", line("c")), 0)
    outcomes = list(intake.run([client, backend, shop.folder / "gone.log"], [found]))
    counts = [(each.format, each.recorded) for each in outcomes if isinstance(each, FileCounts)]
    assert sorted(counts) == [("cost-line", 1), ("tiny", 1), ("tiny", 1)]
    assert "gone.log" in str(outcomes[-1])


def test_a_format_that_was_asked_for_goes_before_the_looks_of_a_file(shop: Shop) -> None:
    path = shop.write("x.txt", line("a"))
    assert routed(path, "auto") == AgentFile(path, 0)
    assert routed(path, "tiny-doc") == AgentFile(path, 1)
    assert routed(path, "cost-line") is None
    assert routed(shop.write("b.log", cost(1)), "auto") is None


def test_a_format_that_nobody_reads_is_refused_with_those_there_are() -> None:
    assert formats() == ("auto", "cost-line", "tiny", "tiny-doc")
    check_format("tiny")
    with pytest.raises(UnknownFormatError, match=r"use auto, cost-line, tiny or tiny-doc\."):
        check_format("else")
