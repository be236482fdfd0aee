"""While a server runs, what others change reaches the feed, and a ledger in trouble is looked at again."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tests.async_runs import async_test
from tokencli.domain.errors import LedgerLockedError
from tokencli.domain.money import usd
from tokencli.domain.period import period_of
from tokencli.domain.threshold import Threshold
from tokencli.services.feed import Feed
from tokencli.services.watch import Seen
from tokencli.services.watching import watching

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from tokencli.store.database import Database


DAY = period_of("today", now=datetime(2026, 11, 20, 12, tzinfo=UTC), zone="UTC")


class Scripted:
    """A watch that sees what it is given, look by look; it stops the watching after its last."""

    def __init__(self, script: list[list[Seen] | Exception], risen: list[str], at_end: Callable[[], object]) -> None:
        self._script = script
        self._risen = risen
        self._at_end = at_end
        self.is_closed = False

    def look(self) -> list[Seen]:
        seen = self._script.pop(0)
        if not self._script:
            self._at_end()
        if isinstance(seen, Exception):
            raise seen
        return seen

    def rises(self) -> list[Any]:
        return self._risen

    def close(self) -> None:
        self.is_closed = True


async def run(script: list[list[Seen] | Exception], risen: list[str]) -> tuple[Scripted, list[str], list[str]]:
    """Return the watch, the types of the events that a listener heard, and the crossings that were told."""
    stop, loop, feed = asyncio.Event(), asyncio.get_running_loop(), Feed("run")
    watch = Scripted(script, risen, lambda: loop.call_soon_threadsafe(stop.set))
    told: list[str] = []

    async def write(work: Callable[[Database], tuple[Threshold, ...]]) -> tuple[Threshold, ...]:
        del work
        return tuple(Threshold(name=name, period=DAY, limit=usd("3"), spent=usd("4")) for name in risen)

    with feed.listen() as listener:
        await watching(lambda: watch, feed, write, lambda threshold: told.append(threshold.name), stop)  # type: ignore[arg-type,return-value]
        feed.tell("end")
        heard = await listener.events()
    return watch, [event["type"] for event in heard or []], told


@async_test
async def test_what_is_seen_is_told_in_order() -> None:
    watch, heard, told = await run([[Seen("log_metric", {}), Seen("new_session", {})]], [])
    assert heard == ["log_metric", "new_session", "end"]
    assert told == []
    assert watch.is_closed


@async_test
async def test_a_crossed_limit_is_told_to_the_feed_and_to_the_user() -> None:
    _, heard, told = await run([[]], ["day"])
    assert (heard, told) == (["threshold", "end"], ["day"])


def test_a_ledger_in_trouble_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tokencli.services.watching.EVERY_S", 0.001)

    @async_test
    async def test() -> None:
        script: list[list[Seen] | Exception] = [LedgerLockedError("ledger.db", 1.0), [Seen("log_metric", {})]]
        _, heard, _ = await run(script, [])
        assert heard == ["log_metric", "end"]

    test()
