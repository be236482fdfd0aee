"""What other writers do is seen, what our own run does is not, and each limit is told once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.services.live_calls import NOW, event
from tokencli.domain.money import usd
from tokencli.domain.session import Session
from tokencli.domain.threshold import Level
from tokencli.services.budgets import Calendar, crossings
from tokencli.services.record import record
from tokencli.services.watch import MOST_SHOWN, Watch
from tokencli.store.ledger import Ledger
from tokencli.store.sessions import activate, create, rename

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cost_logs import Shop

OWN, OTHER = "aaaaaaaaaaaa", "bbbbbbbbbbbb"


@pytest.fixture
def watch(shop: Shop) -> Iterator[Watch]:
    """Return a watch over the shop's ledger, with a limit of one dollar a day."""
    keep(shop, 1, OTHER)
    limits, calendar = {"day": usd("1")}, Calendar(NOW, "UTC")
    with Watch(shop.database.place, OWN, lambda: limits, lambda: calendar) as opened:
        yield opened


def keep(shop: Shop, number: int, run: str, tokens: int = 10) -> None:
    with shop.database.transaction() as connection:
        record(Ledger(connection), shop.book, event(number, tokens, run, occurred_at=NOW - timedelta(seconds=number)))


def test_calls_of_others_are_seen_once(shop: Shop, watch: Watch) -> None:
    assert watch.look() == []
    keep(shop, 2, OTHER)
    keep(shop, 1, OWN)
    (seen,) = watch.look()
    assert seen.kind == "log_metric"
    assert (seen.values["count"], [call["event_id"] for call in seen.values["calls"]]) == (1, [f"{OTHER}.2"])
    assert watch.look() == []


def test_of_many_calls_the_last_are_shown(shop: Shop, watch: Watch) -> None:
    watch.look()
    for number in range(2, MOST_SHOWN + 7):
        keep(shop, number, OTHER)
    (seen,) = watch.look()
    assert seen.values["count"] == MOST_SHOWN + 5
    assert len(seen.values["calls"]) == MOST_SHOWN
    assert seen.values["calls"][-1]["event_id"] == f"{OTHER}.{MOST_SHOWN + 6}"


def test_sessions_are_seen_when_they_begin_and_change(shop: Shop, watch: Watch) -> None:
    watch.look()
    with shop.database.transaction() as connection:
        create(connection, Session(id="s1", name="work", created_at=NOW))
    (begun,) = watch.look()
    assert (begun.kind, begun.values["name"], begun.values["is_active"]) == ("new_session", "work", False)
    with shop.database.transaction() as connection:
        activate(connection, "s1")
        rename(connection, "s1", "play")
    (changed,) = watch.look()
    assert (changed.kind, changed.values["name"], changed.values["is_active"]) == ("session_changed", "play", True)


def test_a_crossed_limit_is_told_once_even_after_a_restart(shop: Shop, watch: Watch) -> None:
    assert watch.rises() == []
    keep(shop, 5, OTHER, 1_000_000)
    risen = watch.rises()
    assert [each.name for each in risen] == ["day"]
    assert watch.rises() == []
    with shop.database.transaction() as connection:
        (told,) = crossings(connection, risen)
        assert told.level is Level.OVER
    with (
        Watch(shop.database.place, OWN, lambda: {"day": usd("1")}, lambda: Calendar(NOW, "UTC")) as again,
        shop.database.transaction() as connection,
    ):
        assert crossings(connection, again.rises()) == ()
