"""Told calls: a recorder that lets the feed know of each call, when it is sent and when it is settled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tokencli.domain.event import Finish
from tokencli.domain.session import Gauge, gauge_of
from tokencli.services.contexts import session_limit
from tokencli.services.live import opened_values, settled_values

if TYPE_CHECKING:
    from collections.abc import Callable

    from tokencli.config.values import Settings
    from tokencli.domain.charge import Charge
    from tokencli.domain.event import EventId, UsageEvent
    from tokencli.domain.intent import Intent
    from tokencli.services.feed import Feed

_STEPS = tuple(Gauge)
_BROKEN = frozenset({Finish.ERROR, Finish.TRUNCATED})
_MOST_SESSIONS = 10_000


class Recording(Protocol):
    """What records calls: services.recorder.Recorder."""

    async def open(self, intent: Intent) -> EventId:
        """Open a call."""
        ...

    async def settle(self, event: UsageEvent) -> None:
        """Settle a call."""
        ...

    async def look(self, event: UsageEvent) -> bool:
        """Take a later look at a call."""
        ...


class ToldCalls:
    """Records through another recorder; while nobody listens to the feed, that is all it does."""

    def __init__(
        self,
        recorder: Recording,
        feed: Feed,
        charge: Callable[[UsageEvent], Charge],
        settings: Callable[[], Settings],
        zone: str,
    ) -> None:
        """Tell `feed` what `recorder` records; `charge` prices a call, times are shown in `zone`."""
        self._recorder = recorder
        self._feed = feed
        self._charge = charge
        self._settings = settings
        self._zone = zone
        self._gauges: dict[str, Gauge] = {}

    async def open(self, intent: Intent) -> EventId:
        """Open a call, and tell of it as an estimate."""
        event_id = await self._recorder.open(intent)
        if self._feed.has_listeners:
            self._feed.tell("metric", call=opened_values(event_id, intent, self._zone))
        return event_id

    async def settle(self, event: UsageEvent) -> None:
        """Settle a call, and tell what it came to."""
        await self._recorder.settle(event)
        if self._feed.has_listeners:
            self._feed.tell("metric_updated", call=settled_values(event, self._charge(event), self._zone))
            if event.finish in _BROKEN:
                self._feed.tell("streaming_error", event_id=event.event_id, error_type=event.error_type)
            self._tell_context(event)

    async def look(self, event: UsageEvent) -> bool:
        """Say whether a later look tells of a known call, whose row then tells it too."""
        return await self._recorder.look(event)

    def _tell_context(self, event: UsageEvent) -> None:
        """Warn once at each step of the gauge on a context's way to its end; a smaller prompt begins anew."""
        session_id, usage = event.session_id, event.usage
        if session_id is None or usage is None or event.operation_name != "chat":
            return
        limit = session_limit(self._settings(), event.provider_name, event.request_model)
        ratio = usage.total_tokens / limit
        gauge, before = gauge_of(ratio), self._gauges.get(session_id, Gauge.OK)
        if len(self._gauges) >= _MOST_SESSIONS:
            self._gauges.clear()
        self._gauges[session_id] = gauge
        if _STEPS.index(gauge) > _STEPS.index(before):
            values = {
                "context_used_tokens": usage.total_tokens,
                "context_limit_tokens": limit,
                "ratio": round(ratio, 4),
            }
            self._feed.tell("context_warning", session_id=session_id, gauge=gauge.value, **values)
