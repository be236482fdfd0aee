"""`tokencli.load_events` reads the ledger that the commands read, and says the same sentences."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

import tokencli
from tokencli.cli import wiring
from tokencli.domain.errors import NoLedgerError, UnknownPeriodError, UnknownZoneError, UsageError
from tokencli.notebook import load_events
from tokencli.store.database import open_ledger
from tokencli.store.dictionary import Facet
from tokencli.store.ledger import EventRow, Ledger

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def still_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wiring, "now", lambda: NOW)


@pytest.fixture
def ledger(home: Path) -> Path:
    path = home / "tokencli" / "ledger.db"
    facets = [
        Facet(
            source="cost-line", provider_name="gemini", request_model="a", cost_status="priced", tags='{"team": "red"}'
        ),
        Facet(source="cost-line", provider_name="openai", request_model="b", cost_status="priced"),
    ]
    with open_ledger(path, write=True, create=True) as db, db.transaction() as connection:
        writer = Ledger(connection)
        origin = writer.dictionary.origin("0123456789ab", "log", None)
        for number in range(6):
            at = (NOW - timedelta(days=number) - EPOCH) // timedelta(microseconds=1)
            facet = writer.dictionary.facet(facets[number % 2])
            writer.insert(EventRow((origin << 40) + number, at, facet, 100, 0, 0, 10, 0, 10**12, None))
    return path


@pytest.mark.usefixtures("ledger")
def test_without_dimensions_each_call_is_a_row() -> None:
    frame = tokencli.load_events()
    assert list(frame["event_id"]) == [f"0123456789ab.{number}" for number in (5, 4, 3, 2, 1, 0)]
    assert sum(frame["list_cost"]) == Decimal(6)


@pytest.mark.usefixtures("ledger")
def test_with_dimensions_rows_are_those_of_the_report() -> None:
    for by in ("day,model", ["day", "model"]):
        frame = load_events("7d", by=by)
        assert list(frame.columns[:2]) == ["day", "model"]
        assert len(frame) == 6
        assert sum(frame["requests"]) == 6


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize(
    ("where", "calls"),
    [
        ({"model": "A"}, 3),
        ({"model": ["a", "b"]}, 6),
        ({"provider": "google"}, 3),
        ({"tag:team": "r*"}, 3),
        ({"model": "b", "tag:team": "red"}, 0),
    ],
)
def test_filters_are_those_of_the_report(where: dict[str, str | list[str]], calls: int) -> None:
    assert len(load_events(where=where)) == calls


@pytest.mark.usefixtures("ledger")
def test_days_are_counted_in_the_zone_that_is_named() -> None:
    assert str(load_events("today", tz="Asia/Tokyo")["occurred_at"].dt.tz) == "Asia/Tokyo"
    assert len(load_events("2026-11-20", tz="Pacific/Kiritimati")) == 1
    assert load_events("2026-11-21", tz="Pacific/Kiritimati")["event_id"].tolist() == ["0123456789ab.0"]


def test_another_ledger_can_be_named(ledger: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "other.db"
    open_ledger(other, write=True, create=True).close()
    assert load_events(db=str(other)).empty
    monkeypatch.setenv("TOKENCLI_DB", str(other))
    assert load_events().empty
    assert len(load_events(db=f"sqlite:///{ledger}")) == 6


def test_without_a_ledger_the_sentence_says_what_to_do() -> None:
    with pytest.raises(
        NoLedgerError, match="'tokencli serve', 'tokencli session new' and 'tokencli ingest LOG' begin one"
    ):
        load_events()


@pytest.mark.usefixtures("ledger")
def test_what_is_not_understood_is_refused() -> None:
    with pytest.raises(UnknownPeriodError):
        load_events("someday")
    with pytest.raises(UsageError, match="unknown dimension 'colour'"):
        load_events(by="colour")
    with pytest.raises(UsageError, match="unknown filter 'colour': use model, provider, "):
        load_events(where={"colour": "red"})
    with pytest.raises(UnknownZoneError):
        load_events(tz="Mars/Olympus")


def test_the_package_has_nothing_else() -> None:
    with pytest.raises(AttributeError, match="module 'tokencli' has no attribute 'load_nothing'"):
        tokencli.load_nothing  # noqa: B018 - the question itself is the test


def test_importing_the_package_loads_nothing_slow() -> None:
    script = "import sys, tokencli; print([name for name in ('pandas', 'sqlite3', 'typer') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
