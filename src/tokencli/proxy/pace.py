"""Pace: how many calls a minute each provider is given, so that its own limit is not run into.

Counted over a sliding window of 60 s. From 87.5 % of the limit on, a provider is in a state of warning, told once a
window; from 95 % on a call waits for room, and is refused when that would take longer than 10 s.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from typing import TYPE_CHECKING

from limits import RateLimitItemPerMinute
from limits.storage import Storage
from limits.storage.base import SlidingWindowCounterSupport
from limits.strategies import SlidingWindowCounterRateLimiter

from tokencli.proxy.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

WINDOW_S = 60
WARN_AT = 0.875
HOLD_AT = 0.95
LONGEST_WAIT_S = 10.0
_SHORTEST_WAIT_S = 0.01


class RateLimitedError(Refusal):
    """A call that would have to wait too long for room under a provider's limit; nothing was sent."""

    status = 429
    code = "rate_limited"
    is_final = False

    def __init__(self, provider_name: str, limit_rpm: int, wait_s: float) -> None:
        """Name the limit, and when there is room again."""
        again_s = max(1, ceil(wait_s))
        super().__init__(
            f"{provider_name} is at its limit of {limit_rpm} calls a minute: there is room in {again_s} s; "
            "rpm of this provider in config.toml moves the limit.",
            retry_after_s=again_s,
        )


class PaceState(StrEnum):
    """How near a provider is to its limit."""

    OK = "ok"
    WARNING = "warning"
    THROTTLED = "throttled"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderPace:
    """Calls of one provider within the last `window_s` seconds; `ratio` is used / limit."""

    provider_name: str
    limit: int
    used: int
    ratio: float
    state: PaceState
    window_s: int = WINDOW_S


class Pace:
    """The counts of one process; used within one event loop."""

    def __init__(
        self,
        monotonic: Callable[[], float],
        on_warning: Callable[[ProviderPace], None],
        pause: Callable[[float], Awaitable[None]] | None = None,
    ) -> None:
        """Take the clock in seconds, who is told when a provider comes near its limit, and how time is let pass."""
        self._monotonic = monotonic
        self._on_warning = on_warning
        self._pause = pause or _pause
        self._windows = _Windows(monotonic)
        self._limiter = SlidingWindowCounterRateLimiter(self._windows)
        self._limits: dict[str, int] = {}
        self._items: dict[int, RateLimitItemPerMinute] = {}
        self._warned_at: dict[str, float] = {}

    async def enter(self, provider_name: str, limit_rpm: int | None) -> None:
        """Count a call that is about to be sent, after waiting for room where needed; None is no limit.

        Raises:
            RateLimitedError: there is no room within 10 s.
        """
        if limit_rpm is None:
            self._limits.pop(provider_name, None)
            return
        self._limits[provider_name] = limit_rpm
        deadline = self._monotonic() + LONGEST_WAIT_S
        while not self._limiter.hit(self._item(limit_rpm), provider_name):
            wait_s = self._windows.room_in(self._key(provider_name, limit_rpm), _held_at(limit_rpm))
            if self._monotonic() + wait_s > deadline:
                self._warn(provider_name, limit_rpm)
                raise RateLimitedError(provider_name, limit_rpm, wait_s)
            await self._pause(max(wait_s, _SHORTEST_WAIT_S))
        self._warn(provider_name, limit_rpm)

    def states(self) -> tuple[ProviderPace, ...]:
        """Return where each provider with a limit that was called stands."""
        return tuple(self._state(name, limit) for name, limit in self._limits.items())

    def _state(self, provider_name: str, limit_rpm: int) -> ProviderPace:
        used = self._windows.count(self._key(provider_name, limit_rpm))
        state = PaceState.THROTTLED if used >= _held_at(limit_rpm) else PaceState.WARNING
        return ProviderPace(
            provider_name=provider_name,
            limit=limit_rpm,
            used=int(used),
            ratio=used / limit_rpm,
            state=state if used >= limit_rpm * WARN_AT else PaceState.OK,
        )

    def _warn(self, provider_name: str, limit_rpm: int) -> None:
        """Tell once a window that a provider is near its limit."""
        if self._windows.count(self._key(provider_name, limit_rpm)) < limit_rpm * WARN_AT:
            return
        now = self._monotonic()
        if now - self._warned_at.get(provider_name, -float(WINDOW_S)) >= WINDOW_S:
            self._warned_at[provider_name] = now
            self._on_warning(self._state(provider_name, limit_rpm))

    def _item(self, limit_rpm: int) -> RateLimitItemPerMinute:
        """Return the limit that calls are held to: 95 % of the provider's own."""
        held_at = _held_at(limit_rpm)
        item = self._items.get(held_at)
        if item is None:
            item = self._items[held_at] = RateLimitItemPerMinute(held_at)
        return item

    def _key(self, provider_name: str, limit_rpm: int) -> str:
        return self._item(limit_rpm).key_for(provider_name)


def _held_at(limit_rpm: int) -> int:
    """Return the calls a window that are sent without waiting; at least one."""
    return max(1, int(limit_rpm * HOLD_AT))


async def _pause(wait_s: float) -> None:
    """Let time pass for one waiting call, others go on."""
    loop = asyncio.get_running_loop()
    passed = loop.create_future()
    timer = loop.call_later(wait_s, passed.set_result, None)
    try:
        await passed
    finally:
        timer.cancel()


class _Windows(Storage, SlidingWindowCounterSupport):
    """Counts by window in memory. The library's own starts a thread for each hit and reads the clock itself."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        super().__init__()
        self._monotonic = monotonic
        self._counts: dict[str, tuple[int, int, int]] = {}

    def count(self, key: str) -> float:
        """Return the calls within the last window: the previous one counts by the share of it that is still inside."""
        previous, previous_ttl_s, current, _ = self.get_sliding_window(key, WINDOW_S)
        return previous * previous_ttl_s / WINDOW_S + current

    def room_in(self, key: str, limit: int) -> float:
        """Return the seconds until one more call fits; 0 when it does now."""
        previous, previous_ttl_s, current, current_ttl_s = self.get_sliding_window(key, WINDOW_S)
        room = limit - 1 - current
        if previous * previous_ttl_s / WINDOW_S < room + 1:
            return 0.0
        left_s = current_ttl_s - WINDOW_S
        if room >= 0:
            return min(left_s, previous_ttl_s - (room + 1) * WINDOW_S / previous)
        return left_s + max(0.0, WINDOW_S - limit * WINDOW_S / current)

    def acquire_sliding_window_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count calls if they fit under the limit; return whether they did."""
        previous, previous_ttl_s, current, _ = self.get_sliding_window(key, expiry)
        if int(previous * previous_ttl_s / expiry + current) + amount > limit:
            return False
        self._counts[key] = (int(self._monotonic() // expiry), previous, current + amount)
        return True

    def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        """Return (previous count, its seconds left, current count, its seconds left), as the strategy asks for it."""
        number, into_s = divmod(self._monotonic(), expiry)
        seen, previous, current = self._counts.get(key, (int(number), 0, 0))
        if int(number) != seen:
            previous, current = (current if int(number) == seen + 1 else 0), 0
        return previous, (expiry - into_s if previous else 0.0), current, 2 * expiry - into_s

    def clear_sliding_window(self, key: str, expiry: int) -> None:
        """Forget a key."""
        del expiry
        self._counts.pop(key, None)

    @property
    def base_exceptions(self) -> type[Exception]:
        """Return what this storage may raise."""
        return ValueError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Not part of a sliding window."""
        raise NotImplementedError

    def get(self, key: str) -> int:
        """Return the calls of the running window."""
        return self.get_sliding_window(key, WINDOW_S)[2]

    def get_expiry(self, key: str) -> float:
        """Return when the running window ends, on this clock."""
        return self._monotonic() + self.get_sliding_window(key, WINDOW_S)[3]

    def check(self) -> bool:
        """Memory is always there."""
        return True

    def reset(self) -> int:
        """Forget everything; return how much that was."""
        count = len(self._counts)
        self._counts.clear()
        return count

    def clear(self, key: str) -> None:
        """Forget a key."""
        self._counts.pop(key, None)
