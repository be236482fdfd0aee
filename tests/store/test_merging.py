from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tokencli.store import merging
from tokencli.store.database import open_ledger
from tokencli.store.dictionary import Facet
from tokencli.store.ledger import ORIGIN_SHIFT, CallRow, DetailRow, EstimateRow, EventRow, Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FIRST = 1 << ORIGIN_SHIFT


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with open_ledger(tmp_path / "ledger.db", write=True, create=True) as database, database.transaction():
        ledger = Ledger(database.connection)
        ledger.dictionary.origin("0123456789ab", "log", "a.log")
        facet_id = ledger.dictionary.facet(Facet(source="tiny", price_id=ledger.dictionary.price("{}")))
        events = [EventRow(FIRST + seq, seq, facet_id, 1, 0, 0, 1, 0, 5, None) for seq in range(3)]
        details = DetailRow(response_id="r"), None, None
        estimates = None, EstimateRow(3, None), None
        ledger.insert_new([CallRow(*each) for each in zip(events, details, estimates, strict=True)])
        yield ledger


def test_calls_come_some_at_a_time_with_all_that_is_kept(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "_ROWS", 2)
    parts = list(merging.calls(ledger.connection))
    assert [len(part) for part in parts] == [2, 1]
    first, second, third = (each for part in parts for each in part)
    assert (first.call.detail.response_id, first.estimate) == ("r", None)
    assert (second.estimate, third.call.event.id) == (EstimateRow(3, None), FIRST + 2)
    assert first.call.facet.source == "tiny"


def test_what_calls_refer_to_comes_by_its_number(ledger: Ledger) -> None:
    ledger.dictionary.logged_price(3, 4)
    ledger.connection.execute("INSERT INTO identity VALUES ('k:1', ?), ('k:2', ?)", (FIRST, FIRST))
    ledger.add_sightings([(FIRST, 1, 7, "tiny", 5, None)])
    ledger.add_notices([(FIRST + 9, None, "timeout", None, None)])
    connection = ledger.connection
    assert merging.origins(connection) == {1: ("0123456789ab", "log", "a.log")}
    assert merging.prices(connection) == {1: "{}"}
    assert merging.logged_prices(connection) == {1: (3, 4)}
    assert merging.keys(connection) == {FIRST: ["k:1", "k:2"]}
    assert list(merging.sightings(connection)) == [(FIRST, 1, 7, "tiny", 5, None)]
    assert list(merging.notices(connection)) == [(FIRST + 9, None, "timeout", None, None)]


def test_sessions_are_taken_over_once_each(ledger: Ledger, tmp_path: Path) -> None:
    ledger.connection.execute("INSERT INTO session(id, name, created_at) VALUES ('s1', 'work', 1)")
    with open_ledger(tmp_path / "two.db", write=True, create=True) as database:
        here = database.connection
        here.execute("INSERT INTO session(id, name, created_at) VALUES ('s9', 'work', 1)")
        assert merging.merge_sessions(here, ledger.connection) == 1
        assert merging.merge_sessions(here, ledger.connection) == 0
        assert here.execute("SELECT name FROM session WHERE id = 's1'").fetchone() == ("work (s1)",)
