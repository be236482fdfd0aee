"""Events reach every listener in order, and a listener that stands still costs nobody anything."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.async_runs import async_test
from tokencli.services.feed import MOST_WAITING, Feed

if TYPE_CHECKING:
    from typing import Any


def kinds(events: list[dict[str, Any]] | None) -> list[str]:
    return [event["type"] for event in events or []]


@async_test
async def test_each_listener_hears_everything_in_order_from_when_it_listens() -> None:
    feed = Feed("run")
    feed.tell("early")
    with feed.listen() as first:
        feed.tell("metric", event_id="a.1")
        with feed.listen() as second:
            feed.tell("metric_updated")
            assert await second.events() == [{"type": "metric_updated", "number": "run.3"}]
        told = await first.events()
        assert kinds(told) == ["metric", "metric_updated"]
        assert told is not None
        assert told[0]["event_id"] == "a.1"
        assert feed.has_listeners
    assert not feed.has_listeners
    feed.tell("late")
    assert feed.number == "run.4"


@async_test
async def test_a_waiting_listener_is_woken() -> None:
    feed = Feed("run")
    with feed.listen() as listener:
        async with asyncio.TaskGroup() as group:
            waiting = group.create_task(listener.events())
            feed.tell("metric")
        assert kinds(waiting.result()) == ["metric"]


@async_test
async def test_a_listener_that_falls_behind_is_told_once_and_goes_on() -> None:
    feed = Feed("run")
    with feed.listen() as slow, feed.listen() as quick:
        for _ in range(MOST_WAITING):
            feed.tell("metric")
        assert len(await quick.events() or []) == MOST_WAITING
        feed.tell("one too many")
        feed.tell("and another")
        assert await slow.events() is None
        assert kinds(await quick.events()) == ["one too many", "and another"]
        feed.tell("metric")
        assert kinds(await slow.events()) == ["metric"]
