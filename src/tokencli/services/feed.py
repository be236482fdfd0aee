"""The feed: what happens, told to whoever listens, without ever waiting for a listener.

Everything here belongs to one event loop. A listener that falls behind loses what waited for it and is told so: it then
asks how things stand, which is shorter than everything that it missed.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

MOST_WAITING: Final = 1000


class Feed:
    """Tells of the events of one run; each has a number of its own ("run.7")."""

    def __init__(self, run_key: str) -> None:
        """Begin with nobody listening."""
        self._run_key = run_key
        self._seq = 0
        self._listeners: set[Listener] = set()

    @property
    def has_listeners(self) -> bool:
        """Say whether anybody would hear of an event."""
        return bool(self._listeners)

    @property
    def number(self) -> str:
        """Return the number of the newest event."""
        return f"{self._run_key}.{self._seq}"

    def tell(self, kind: str, **values: Any) -> None:
        """Tell all listeners of an event; it takes the same short time whatever they do."""
        self._seq += 1
        event = {"type": kind, "number": self.number, **values}
        for listener in self._listeners:
            listener.hear(event)

    def listen(self) -> Listener:
        """Return a listener that hears from now on, until it is closed; use it in a `with`."""
        listener = Listener(self._listeners)
        self._listeners.add(listener)
        return listener


class Listener:
    """One listener: what it has not taken yet waits here, up to so many events."""

    def __init__(self, among: set[Listener]) -> None:
        """Belong to the listeners of a feed."""
        self._among = among
        self._waiting: deque[dict[str, Any]] = deque()
        self._heard = asyncio.Event()
        self._is_behind = False

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Hear nothing more."""
        self._among.discard(self)

    def hear(self, event: dict[str, Any]) -> None:
        """Keep an event until it is taken."""
        if len(self._waiting) >= MOST_WAITING:
            self._waiting.clear()
            self._is_behind = True
        if not self._is_behind:
            self._waiting.append(event)
        self._heard.set()

    async def events(self) -> list[dict[str, Any]] | None:
        """Wait for events and return all that wait; None when some were lost since the last time."""
        await self._heard.wait()
        self._heard.clear()
        told, was_behind = list(self._waiting), self._is_behind
        self._waiting.clear()
        self._is_behind = False
        return None if was_behind else told
