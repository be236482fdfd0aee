"""The server: it takes connections until it is told to stop, and then sees its open answers out.

SIGTERM, SIGINT (Ctrl-C) and SIGHUP (a closed terminal) stop it alike: no new connection, time for the answers that are
under way, then they are broken off. A second signal ends that time at once. Each is a clean end, so the exit code is 0.
"""

from __future__ import annotations

import asyncio
import logging
import resource
import signal
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from uvicorn.config import Config
from uvicorn.server import ServerState

from tokencli.proxy.protocol import GatedProtocol, Limits, protocol_class

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from starlette.types import ASGIApp

    from tokencli.proxy.listener import Listener

_LOG = "uvicorn.error"
_SETTLE_S = 10.0
_WANTED_FILES = 65536
_LONGEST_MESSAGE = 65536


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """How a server ended: how many answers were under way when it was told to stop, and how many were broken off."""

    open_answers: int
    broken_off: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Observer:
    """Who is told: that the server answers, that it stops with answers under way, and of an error nothing foresaw."""

    on_ready: Callable[[], None]
    on_stopping: Callable[[int], None]
    on_bug: Callable[[BaseException], None]


class Server:
    """One run of an app on a listener's sockets."""

    def __init__(self, app: ASGIApp, listener: Listener, limits: Limits, *, drain_s: float) -> None:
        """Take what is needed, in a running loop; `drain_s` is how long open answers may take after `stop`."""
        self._config = Config(
            app,
            http=protocol_class(limits),
            ws="websockets-sansio",
            ws_max_size=_LONGEST_MESSAGE,
            ws_per_message_deflate=False,
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=max(1, int(limits.keep_alive_s)),
        )
        self._listener = listener
        self._drain_s = drain_s
        self.state = ServerState()
        self._told: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._given_up: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def stop(self) -> None:
        """Stop taking connections and see the open answers out; the second call breaks them off."""
        if not self._told.done():
            self._told.set_result(None)
        else:
            self._give_up()

    async def run(self, observer: Observer) -> Stopped:
        """Serve until `stop` is called or a signal comes."""
        self._config.load()
        _allow_many_files()
        with _stopped_by_signals(self.stop), _bugs_told(observer.on_bug):
            servers = await self._listen()
            try:
                observer.on_ready()
                await self._told
            finally:
                for server in servers:
                    server.close()
            return await self._see_out(observer.on_stopping)

    async def _listen(self) -> list[asyncio.Server]:
        loop = asyncio.get_running_loop()
        return [await loop.create_server(self._connection, sock=bound) for bound in self._listener.sockets]

    def _connection(self) -> GatedProtocol:
        kind = cast("type[GatedProtocol]", self._config.http_protocol_class)
        return kind(self._config, self.state, {})

    async def _see_out(self, on_stopping: Callable[[int], None]) -> Stopped:
        everyone = list(self.state.connections)
        connections = [each for each in everyone if isinstance(each, GatedProtocol)]
        n_open = sum(each.is_answering for each in connections)
        for each in everyone:
            each.shutdown()
        on_stopping(n_open)
        await self._wait_for_answers()
        left = set(self.state.tasks)
        for connection in connections:
            connection.mute()
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=_SETTLE_S)
        for each in everyone:
            each.transport.abort()
        return Stopped(open_answers=n_open, broken_off=len(left))

    async def _wait_for_answers(self) -> None:
        timer = asyncio.get_running_loop().call_later(self._drain_s, self._give_up)
        while self.state.tasks and not self._given_up.done():
            ended = asyncio.gather(*self.state.tasks, return_exceptions=True)
            either: set[asyncio.Future[Any]] = {ended, self._given_up}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        timer.cancel()

    def _give_up(self) -> None:
        if not self._given_up.done():
            self._given_up.set_result(None)


class _BugReader(logging.Handler):
    """Hands on what uvicorn logs of an app's errors; an answer that was broken off is none."""

    def __init__(self, on_bug: Callable[[BaseException], None]) -> None:
        super().__init__(logging.ERROR)
        self._on_bug = on_bug

    def emit(self, record: logging.LogRecord) -> None:
        """Hand an error on."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, asyncio.CancelledError):
            return
        self._on_bug(error or UnfinishedAnswerError(record.getMessage()))


class UnfinishedAnswerError(RuntimeError):
    """An app that ended without ending its answer."""


@contextmanager
def _bugs_told(on_bug: Callable[[BaseException], None]) -> Generator[None]:
    log, reader = logging.getLogger(_LOG), _BugReader(on_bug)
    before = log.level, log.propagate
    log.setLevel(logging.ERROR)
    log.propagate = False
    log.addHandler(reader)
    try:
        yield
    finally:
        log.removeHandler(reader)
        log.level, log.propagate = before


@contextmanager
def _stopped_by_signals(stop: Callable[[], None]) -> Generator[None]:
    """Let signals stop the server; SIGHUP only where nohup or a service manager did not switch it off."""
    loop = asyncio.get_running_loop()
    numbers = [signal.SIGTERM, signal.SIGINT]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    for number in numbers:
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


def _allow_many_files() -> None:
    """Lift the soft limit of open files as far as it may go: each open stream takes two."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _WANTED_FILES if hard == resource.RLIM_INFINITY else min(hard, _WANTED_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
