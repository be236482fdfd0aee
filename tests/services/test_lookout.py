"""A ledger is read only when it has changed; one that is not there, or another one by now, is noticed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.services.live_calls import NOW, event
from tokencli.config.values import Settings
from tokencli.domain.errors import NoLedgerError, NoSuchCallError
from tokencli.services.budgets import Calendar
from tokencli.services.lookout import Lookout
from tokencli.services.record import micros, record
from tokencli.services.session_errors import NoSuchSessionError
from tokencli.store import intents
from tokencli.store.database import open_ledger
from tokencli.store.ledger import ORIGIN_SHIFT, Ledger
from tokencli.store.runs import begin_run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cost_logs import Shop

SETTINGS = Settings(place="config.toml")


@pytest.fixture
def clock() -> list[Calendar]:
    """Return the time that it is, which a test may change."""
    return [Calendar(NOW, "UTC")]


@pytest.fixture
def lookout(shop: Shop, clock: list[Calendar]) -> Iterator[Lookout]:
    """Return a lookout over the shop's ledger."""
    with Lookout(shop.database.place, SETTINGS, {}, lambda: clock[0]) as opened:
        yield opened


def keep(shop: Shop, number: int) -> None:
    with shop.database.transaction() as connection:
        record(Ledger(connection), shop.book, event(number))


def test_only_what_others_have_committed_is_read_again(shop: Shop, lookout: Lookout) -> None:
    assert lookout.look() is not None
    assert lookout.look() is None
    keep(shop, 1)
    found = lookout.look()
    assert found is not None
    assert len(found.calls) == 1
    assert lookout.look() is None


def test_a_new_minute_is_shown_without_a_change(lookout: Lookout, clock: list[Calendar]) -> None:
    lookout.look()
    clock[0] = Calendar(NOW + timedelta(seconds=59), "UTC")
    assert lookout.look() is None
    clock[0] = Calendar(NOW + timedelta(seconds=60), "UTC")
    assert lookout.look() is not None


def test_a_call_whose_process_is_dead_is_lost(shop: Shop, lookout: Lookout) -> None:
    keep(shop, 1)
    keys = ("abcdef012345", "fedcba543210")
    with shop.database.transaction() as connection:
        record(Ledger(connection), shop.book, event(2, run=keys[1]))
        for (origin,) in connection.execute("SELECT id FROM origin").fetchall():
            intents.add(connection, [intents.IntentRow((origin << ORIGIN_SHIFT) + 9, micros(NOW), "{}")])
    living = begin_run(shop.database.path, shop.database.place, keys[0])
    for _ in range(2):
        assert {call.event_id: call.is_lost for call in lookout.board().open_calls} == {
            f"{keys[0]}.9": False,
            f"{keys[1]}.9": True,
        }
    living.end(is_settled=False)
    assert [call.is_lost for call in lookout.board().open_calls] == [True, True]


def test_a_death_is_noticed_at_the_next_look_though_nobody_has_committed(shop: Shop, lookout: Lookout) -> None:
    keep(shop, 1)
    with shop.database.transaction() as connection:
        ((origin,),) = connection.execute("SELECT id FROM origin").fetchall()
        intents.add(connection, [intents.IntentRow((origin << ORIGIN_SHIFT) + 9, micros(NOW), "{}")])
    living = begin_run(shop.database.path, shop.database.place, "abcdef012345")
    lookout.look()
    assert lookout.look() is None
    living.end(is_settled=False)
    found = lookout.look()
    assert found is not None
    assert [call.is_lost for call in found.open_calls] == [True]
    assert lookout.look() is None


def test_a_call_is_explained_from_the_same_ledger(shop: Shop, lookout: Lookout) -> None:
    keep(shop, 1)
    assert lookout.explain("abcdef012345.1").event.request_model == "gpt-4o"
    with pytest.raises(NoSuchCallError):
        lookout.explain("abcdef012345.2")


def test_a_ledger_that_was_put_in_its_place_is_opened_anew(shop: Shop, lookout: Lookout, tmp_path: Path) -> None:
    keep(shop, 1)
    lookout.look()
    with open_ledger(tmp_path / "other.db", write=True, create=True):
        pass
    (tmp_path / "other.db").replace(tmp_path / "ledger.db")
    for name in ("ledger.db-wal", "ledger.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    found = lookout.look()
    assert found is not None
    assert found.calls == ()


def test_a_ledger_that_is_gone_is_told_and_found_again(lookout: Lookout, tmp_path: Path) -> None:
    (tmp_path / "ledger.db").rename(tmp_path / "away.db")
    with pytest.raises(NoLedgerError):
        lookout.look()
    (tmp_path / "away.db").rename(tmp_path / "ledger.db")
    assert lookout.look() is not None


def test_without_a_ledger_or_the_session_asked_for_there_is_nothing_to_see(shop: Shop, tmp_path: Path) -> None:
    with pytest.raises(NoLedgerError):
        Lookout(tmp_path / "none.db", SETTINGS, {}, lambda: Calendar(NOW, "UTC"))
    with (
        Lookout(shop.database.place, SETTINGS, {}, lambda: Calendar(NOW, "UTC"), "nobody") as lookout,
        pytest.raises(NoSuchSessionError),
    ):
        lookout.look()
