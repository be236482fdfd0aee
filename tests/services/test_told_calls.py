"""What the feed is told of calls, and that it is told nothing while nobody listens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.async_runs import async_test
from tests.services.live_calls import NOW, event
from tokencli.config.values import Settings
from tokencli.domain.charge import Charge, CostStatus
from tokencli.domain.event import EventId, Finish
from tokencli.domain.intent import Intent
from tokencli.domain.money import usd
from tokencli.domain.usage import Basis
from tokencli.services.feed import Feed, Listener
from tokencli.services.told_calls import ToldCalls

if TYPE_CHECKING:
    from tokencli.domain.event import UsageEvent

INTENT = Intent(opened_at=NOW, provider_name="openai", request_model="gpt-4o", estimated_input_tokens=12)


class Kept:
    """A recorder that remembers."""

    def __init__(self) -> None:
        self.done: list[str] = []

    async def open(self, intent: Intent) -> EventId:
        assert intent is INTENT
        self.done.append("open")
        return EventId("abcdef012345.1")

    async def settle(self, event: UsageEvent) -> None:
        self.done.append(f"settle {event.event_id}")

    async def look(self, event: UsageEvent) -> bool:
        self.done.append(f"look {event.event_id}")
        return True


def told_calls(feed: Feed) -> tuple[Kept, ToldCalls]:
    kept = Kept()

    def charge(_: UsageEvent) -> Charge:
        assert feed.has_listeners
        return Charge(status=CostStatus.PRICED, list_cost=usd("0.01"))

    return kept, ToldCalls(kept, feed, charge, lambda: Settings(place="config.toml"), "UTC")


async def heard(listener: Listener) -> list[dict[str, Any]]:
    return await listener.events() or []


@async_test
async def test_a_call_is_an_estimate_first_and_then_what_was_reported() -> None:
    feed = Feed("run")
    _, calls = told_calls(feed)
    with feed.listen() as listener:
        await calls.open(INTENT)
        await calls.settle(event())
        opened, settled = await heard(listener)
    assert (opened["type"], settled["type"]) == ("metric", "metric_updated")
    assert opened["call"]["estimated_input_tokens"] == 12
    assert opened["call"]["event_id"] == settled["call"]["event_id"]
    assert settled["call"]["usage"]["input_tokens"] == 1000
    assert settled["call"]["estimate"]["input_tokens"] == 1005
    assert settled["call"]["list_cost"] == "0.01"


@async_test
async def test_nothing_is_made_while_nobody_listens() -> None:
    kept, calls = told_calls(Feed("run"))
    assert await calls.open(INTENT) == "abcdef012345.1"
    await calls.settle(event())
    assert await calls.look(event())
    assert kept.done == ["open", "settle abcdef012345.1", "look abcdef012345.1"]


@async_test
async def test_a_broken_answer_is_told_as_an_error_too() -> None:
    feed = Feed("run")
    _, calls = told_calls(feed)
    with feed.listen() as listener:
        cut = event(usage=None, basis=Basis.MISSING, finish=Finish.TRUNCATED, error_type="upstream_cut")
        await calls.settle(cut)
        (_, error) = await heard(listener)
    assert (error["type"], error["error_type"]) == ("streaming_error", "upstream_cut")


@async_test
async def test_a_filling_context_is_told_once_a_step() -> None:
    feed = Feed("run")
    _, calls = told_calls(feed)
    warned: list[tuple[str, str]] = []
    with feed.listen() as listener:
        for tokens in (1000, 96_000, 97_000, 108_000, 116_000, 1000, 96_000):  # of 128,000
            await calls.settle(event(tokens=tokens, session_id="s1"))
            warned += [
                (each["session_id"], each["gauge"])
                for each in await heard(listener)
                if each["type"] == "context_warning"
            ]
    assert warned == [("s1", "caution"), ("s1", "warning"), ("s1", "critical"), ("s1", "caution")]
