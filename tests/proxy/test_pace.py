from __future__ import annotations

import asyncio
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.async_runs import async_test
from tokencli.proxy.pace import Pace, PaceState, ProviderPace, RateLimitedError


class Clock:
    """Time that passes when it is told to, or when a call waits."""

    def __init__(self, now_s: float = 600.0) -> None:
        self.now_s = now_s
        self.waits: list[float] = []

    def __call__(self) -> float:
        return self.now_s

    async def pause(self, wait_s: float) -> None:
        self.waits.append(wait_s)
        self.now_s += wait_s
        await asyncio.sleep(0)


def paced(clock: Clock) -> tuple[Pace, list[ProviderPace]]:
    warnings: list[ProviderPace] = []
    return Pace(clock, warnings.append, clock.pause), warnings


async def enter(pace: Pace, count: int, limit_rpm: int = 40) -> None:
    for _ in range(count):
        await pace.enter("nvidia", limit_rpm)


@async_test
async def test_calls_below_95_percent_do_not_wait() -> None:
    clock = Clock()
    pace, _ = paced(clock)
    await enter(pace, 38)
    assert clock.waits == []


@async_test
async def test_the_call_that_would_wait_too_long_is_refused_and_told_when_there_is_room() -> None:
    clock = Clock(now_s=600.0)
    pace, _ = paced(clock)
    await enter(pace, 38)
    with pytest.raises(RateLimitedError) as refused:
        await enter(pace, 1)
    assert refused.value.retry_after_s == 60
    assert "limit of 40 calls a minute" in refused.value.sentence
    assert clock.waits == []


@async_test
async def test_after_retry_after_there_is_room() -> None:
    clock = Clock()
    pace, _ = paced(clock)
    await enter(pace, 38)
    with pytest.raises(RateLimitedError) as refused:
        await enter(pace, 1)
    clock.now_s += refused.value.retry_after_s or 0
    await enter(pace, 1)


@async_test
async def test_a_call_waits_when_there_will_be_room_soon() -> None:
    clock = Clock(now_s=600.0)
    pace, _ = paced(clock)
    await enter(pace, 38)
    clock.now_s = 655.0
    await enter(pace, 1)
    assert 5.0 <= sum(clock.waits) <= 5.1


@async_test
async def test_no_limit_counts_nothing() -> None:
    pace, _ = paced(Clock())
    for _ in range(1000):
        await pace.enter("local", None)
    assert pace.states() == ()


@async_test
async def test_each_provider_has_a_count_of_its_own() -> None:
    pace, _ = paced(Clock())
    await enter(pace, 38)
    await pace.enter("groq", 40)
    assert {each.provider_name: each.used for each in pace.states()} == {"nvidia": 38, "groq": 1}


@pytest.mark.parametrize(
    ("count", "state"),
    [(34, PaceState.OK), (35, PaceState.WARNING), (37, PaceState.WARNING), (38, PaceState.THROTTLED)],
)
@async_test
async def test_the_state_changes_at_its_bounds(count: int, state: PaceState) -> None:
    pace, _ = paced(Clock())
    await enter(pace, count)
    assert pace.states()[0].state is state
    assert pace.states()[0].ratio == count / 40


@async_test
async def test_a_warning_is_told_once_a_window() -> None:
    clock = Clock()
    pace, warnings = paced(clock)
    await enter(pace, 38)
    assert [warning.used for warning in warnings] == [35]
    clock.now_s += 120
    await enter(pace, 38)
    assert len(warnings) == 2


@async_test
async def test_a_limit_of_one_call_lets_one_through() -> None:
    pace, _ = paced(Clock())
    await enter(pace, 1, limit_rpm=1)
    with pytest.raises(RateLimitedError):
        await enter(pace, 1, limit_rpm=1)


@async_test
async def test_waiting_calls_let_others_go_on_and_can_be_cancelled() -> None:
    clock = Clock(now_s=655.0)
    pace = Pace(clock, lambda _: None)
    await enter(pace, 38)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await enter(pace, 1)


def test_counting_starts_no_thread() -> None:
    before = threading.active_count()
    pace, _ = paced(Clock())
    asyncio.run(enter(pace, 38))
    assert threading.active_count() == before


@given(gaps=st.lists(st.floats(0, 20), min_size=1, max_size=150), limit_rpm=st.integers(2, 30))
def test_no_minute_has_more_calls_than_the_limit(gaps: list[float], limit_rpm: int) -> None:
    clock = Clock(now_s=1200.0)
    pace, _ = paced(clock)
    sent: list[float] = []

    async def call(gap: float) -> None:
        clock.now_s += gap
        try:
            await pace.enter("groq", limit_rpm)
        except RateLimitedError:
            return
        sent.append(clock.now_s)

    async def run() -> None:
        for gap in gaps:
            await call(gap)

    asyncio.run(run())
    for minute in {int(at // 60) for at in sent}:
        assert sum(1 for at in sent if int(at // 60) == minute) <= limit_rpm
