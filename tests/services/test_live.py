"""What a live page shows when it opens."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tests.services.live_calls import NOW, event
from tokencli.config.values import Settings
from tokencli.domain.intent import Intent
from tokencli.domain.money import usd
from tokencli.domain.session import Session
from tokencli.services.budgets import Calendar
from tokencli.services.live import MOST_CALLS, state
from tokencli.services.record import micros, record
from tokencli.services.saved import intent_text
from tokencli.store import intents
from tokencli.store.ledger import ORIGIN_SHIFT, Ledger
from tokencli.store.sessions import activate, create

if TYPE_CHECKING:
    from tests.cost_logs import Shop

CALENDAR = Calendar(NOW, "UTC")
SETTINGS = Settings(place="config.toml")


def test_everything_is_there_from_one_state_of_the_ledger(shop: Shop) -> None:
    with shop.database.transaction() as connection:
        create(connection, Session(id="s1", name="work", created_at=NOW, provider_name="openai", model="gpt-4o"))
        activate(connection, "s1")
        record(Ledger(connection), shop.book, event(1, 100_000, session_id="s1"))
        record(Ledger(connection), shop.book, event(2, 10, occurred_at=NOW - timedelta(days=40)))
        intent = Intent(opened_at=NOW, provider_name="openai", request_model="gpt-4o", estimated_input_tokens=77)
        (origin,) = connection.execute("SELECT id FROM origin").fetchone()
        rows = [(3, intent_text(intent)), (4, "garbage")]
        intents.add(
            connection,
            [intents.IntentRow((origin << ORIGIN_SHIFT) + seq, micros(NOW), text) for seq, text in rows],
        )
        told = state(connection, SETTINGS, {"day": usd("3")}, CALENDAR)
    (session,) = told["sessions"]
    assert (session["name"], session["is_active"], session["gauge"]) == ("work", True, "caution")
    assert session["context_used_tokens"] == 110_000
    assert (told["totals"]["day"]["requests"], told["totals"]["month"]["input_tokens"]) == (1, 100_000)
    assert told["session_counts"] == {"day": 1, "week": 1, "month": 1}
    assert [each["name"] for each in told["thresholds"]] == ["day"]
    assert [call["event_id"] for call in told["calls"]] == ["abcdef012345.1", "abcdef012345.2"]
    assert told["calls"][0]["estimate"] == {"input_tokens": 100_005, "output_tokens": None}
    assert [call["event_id"] for call in told["open_calls"]] == ["abcdef012345.4", "abcdef012345.3"]
    assert told["open_calls"][1]["estimated_input_tokens"] == 77


def test_only_the_newest_calls_are_there(shop: Shop) -> None:
    with shop.database.transaction() as connection:
        for number in range(1, MOST_CALLS + 6):
            record(Ledger(connection), shop.book, event(number, 10, occurred_at=NOW + timedelta(seconds=number)))
        calls = state(connection, SETTINGS, {}, CALENDAR)["calls"]
    assert [call["event_id"] for call in calls][:: MOST_CALLS - 1] == [
        f"abcdef012345.{MOST_CALLS + 5}",
        "abcdef012345.6",
    ]
