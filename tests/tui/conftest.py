"""A ledger with a session and some calls, a clock that stands still, and the live view over them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.cost_logs import Shop, prices
from tests.services.live_calls import NOW, event
from tokencli.config.values import Settings
from tokencli.domain.intent import Intent
from tokencli.domain.money import usd
from tokencli.domain.session import Session
from tokencli.services.budgets import Calendar
from tokencli.services.lookout import Lookout
from tokencli.services.record import micros, record
from tokencli.services.saved import intent_text
from tokencli.store import intents
from tokencli.store.database import open_ledger
from tokencli.store.ledger import ORIGIN_SHIFT, Ledger
from tokencli.store.runs import Run, begin_run
from tokencli.store.sessions import activate, create
from tokencli.tui.app import Setting, TopApp

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NEVER_S = 3600.0


@dataclass
class Scene:
    """A ledger that another process writes to, and the time that it is."""

    shop: Shop
    now: list[datetime] = field(default_factory=lambda: [NOW])
    run: Run | None = None

    def time(self) -> datetime:
        """Return the time that it is."""
        return self.now[0]

    def lookout(self) -> Lookout:
        """Return a lookout over the ledger."""
        limits = {"day": usd("3")}
        place, settings = self.shop.database.place, Settings(place="config.toml")
        return Lookout(place, settings, limits, lambda: Calendar(self.time(), "UTC"))

    def app(self, *, is_ascii: bool = False) -> TopApp:
        """Return the view; it looks at the ledger when it is told to."""
        with self.lookout() as lookout:
            first = lookout.board()
        return TopApp(Setting(open_lookout=self.lookout, interval_s=NEVER_S, now=self.time, is_ascii=is_ascii), first)

    def keep(self, number: int, **told: Any) -> None:
        """Settle a call."""
        with self.shop.database.transaction() as connection:
            told = {"session_id": "s1", "occurred_at": NOW - timedelta(minutes=number), **told}
            record(Ledger(connection), self.shop.book, event(number, 1000 + number, **told))

    def send(self, number: int) -> None:
        """Let a call be under way."""
        intent = Intent(opened_at=NOW, request_model="gpt-4o", session_id="s1", estimated_input_tokens=777)
        if self.run is None:
            self.run = begin_run(self.shop.database.path, self.shop.database.place, "abcdef012345")
        with self.shop.database.transaction() as connection:
            (origin,) = connection.execute("SELECT id FROM origin").fetchone()
            row = intents.IntentRow((origin << ORIGIN_SHIFT) + number, micros(NOW), intent_text(intent))
            intents.add(connection, [row])

    def settle(self, number: int) -> None:
        """End a call that was under way."""
        with self.shop.database.transaction() as connection:
            (origin,) = connection.execute("SELECT id FROM origin").fetchone()
            intents.remove(connection, [(origin << ORIGIN_SHIFT) + number])
            record(Ledger(connection), self.shop.book, event(number, 800, session_id="s1", occurred_at=NOW))

    def take_away(self) -> None:
        """Move the ledger to another place."""
        self.shop.database.path.rename(self.shop.database.path.with_name("away"))

    def bring_back(self) -> None:
        """Move it back."""
        self.shop.database.path.with_name("away").rename(self.shop.database.path)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """Return a ledger with two sessions and three calls."""
    with open_ledger(tmp_path / "ledger.db", write=True, create=True) as database:
        found = Scene(Shop(database, prices(), tmp_path / "logs"))
        with database.transaction() as connection:
            for number, name in enumerate(("work", "play"), 1):
                create(connection, Session(id=f"s{number}", name=name, created_at=NOW, provider_name="openai"))
            activate(connection, "s1")
        for number in (1, 2, 3):
            found.keep(number, request_model=("gpt-4o", "alpha", "beta")[number - 1])
        yield found
        if found.run is not None:
            found.run.end(is_settled=True)
