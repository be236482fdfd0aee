"""Everything that `serve` is made of, built and put together in one place."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import sys
import time
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import uvloop

from tokencli import __version__
from tokencli.cli import wiring
from tokencli.cli.errors import explain_bug, say
from tokencli.config.live import LiveSettings
from tokencli.domain.charge import unbilled
from tokencli.domain.errors import StoreError, UsageError
from tokencli.metrics.prometheus import Live, exposition
from tokencli.pricing.book import PriceBook
from tokencli.proxy.app import ProxyApp
from tokencli.proxy.beacon import lit
from tokencli.proxy.exchange import Tools
from tokencli.proxy.gate import Gate
from tokencli.proxy.guard import Guard
from tokencli.proxy.listener import bind, port_of
from tokencli.proxy.loops import LoopGuard
from tokencli.proxy.pace import Pace
from tokencli.proxy.plan import Planner
from tokencli.proxy.protocol import Limits
from tokencli.proxy.relay import Slips
from tokencli.proxy.server import Observer, Server
from tokencli.proxy.upstream import Upstream
from tokencli.render import report_json, serve_view
from tokencli.render.threshold_words import threshold_words
from tokencli.services.budgets import limits_of
from tokencli.services.catalogue import list_providers
from tokencli.services.estimate import Estimator
from tokencli.services.feed import Feed
from tokencli.services.recorder import open_recorder
from tokencli.services.sessions import SessionBook
from tokencli.services.told_calls import ToldCalls
from tokencli.services.watch import Watch
from tokencli.services.watching import watching
from tokencli.web.api import base_urls, web_app
from tokencli.web.room import Room

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator

    from tokencli.cli.globals import Globals
    from tokencli.config.values import ModelSettings, Settings
    from tokencli.domain.charge import Charge
    from tokencli.domain.event import EventId, UsageEvent
    from tokencli.domain.intent import Intent
    from tokencli.proxy.listener import Listener
    from tokencli.proxy.pace import ProviderPace
    from tokencli.services.recorder import Recorder
    from tokencli.services.told_calls import Recording

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_PIECE_BYTES = 4096
_GARBAGE_EVERY = 20_000  # objects; the calls in flight alone have more than the 700 that Python looks after


class NoPipeError(UsageError):
    """A standard input of which nobody can hear that it ended."""

    def __init__(self) -> None:
        """Say what is wanted."""
        super().__init__("--until-eof wants a pipe or a terminal as standard input: leave it out.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the options say; None leaves it to config.toml."""

    host: str | None = None
    port: str | None = None
    token: str | None = field(default=None, repr=False)
    is_quiet: bool = False
    until_eof: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a server works with, opened and ready; `guard` stands before everything."""

    given: Globals
    wish: Wish
    settings: Callable[[], Settings]
    book: PriceBook
    listener: Listener
    guard: Guard
    recorder: Recorder
    sessions: SessionBook
    estimator: Estimator
    feed: Feed


class SaidCalls:
    """A recorder that says on the terminal what each settled call was."""

    def __init__(self, recorder: Recording, charge: Callable[[UsageEvent], Charge]) -> None:
        """Take the recorder, and what prices the calls that the lines show."""
        self._recorder = recorder
        self._charge = charge

    async def open(self, intent: Intent) -> EventId:
        """Open a call."""
        return await self._recorder.open(intent)

    async def settle(self, event: UsageEvent) -> None:
        """Settle a call, and say so in one line."""
        await self._recorder.settle(event)
        asyncio.get_running_loop().run_in_executor(None, self._tell, event)

    async def look(self, event: UsageEvent) -> bool:
        """Say whether a later look tells of a known call, whose row then tells it too."""
        return await self._recorder.look(event)

    def _tell(self, event: UsageEvent) -> None:
        """Write the line in a thread: a terminal that stands still must not hold calls up."""
        sys.stderr.write(serve_view.call_line(event, self._charge(event)) + "\n")


class InForce:
    """The settings in force; where prices changed with them, the book gets the new ones. For one thread."""

    def __init__(self, live: LiveSettings, book: PriceBook) -> None:
        """Begin with what the book was made of."""
        self._live = live
        self._book = book
        self._generation = live.generation

    def settings(self) -> Settings:
        """Return the settings as the file says them now."""
        if self._live.generation != self._generation:
            self._generation = self._live.generation
            self._book.renew(self._live.own_prices)
        return self._live.current


def run(given: Globals, wish: Wish) -> None:
    """Serve until a signal comes.

    Raises:
        TokencliError: the server cannot start: the port, the token, the configuration or the ledger.
    """
    wiring.settings_of(given)
    places = wiring.places_of(given)
    live = LiveSettings(places.config_file, places.prices_file, on_error=say)
    asked = live.current.server
    limits_of(live.current.limits, os.environ)
    with ExitStack() as stack:
        for number in _SIGNALS:
            stack.callback(signal.signal, number, signal.getsignal(number))
        host, port = wish.host or asked.host, asked.port if wish.port is None else port_of(wish.port)
        listener = stack.enter_context(closing(bind(host, port)))
        stack.enter_context(lit(listener.port))
        guard = Guard(listener.addresses, listener.port, wish.token)
        stack.enter_context(_slips_told())
        book = PriceBook(live.own_prices, cache_dir=places.cache_dir)
        recorder = stack.enter_context(closing(open_recorder(given.ledger_place, book, now=wiring.now)))
        sessions = stack.enter_context(SessionBook(given.ledger_place, recorder.glance))
        with wiring.reading_ledger(given) as database, database.reading() as connection:
            estimator = Estimator.from_ledger(connection)
        parts = Parts(
            given=given,
            wish=wish,
            settings=InForce(live, book).settings,
            book=book,
            listener=listener,
            guard=guard,
            recorder=recorder,
            sessions=sessions,
            estimator=estimator,
            feed=Feed(recorder.run_key),
        )
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(parts))


async def _serve(parts: Parts) -> None:
    drain_s = parts.settings().server.drain_s
    async with Upstream(os.environ) as upstream:
        room, proxy = _apps(parts, upstream)
        server = Server(Gate(proxy, parts.guard), parts.listener, _limits(parts.settings()), drain_s=drain_s)
        observer = Observer(
            on_ready=lambda: _tell_start(parts, room),
            on_stopping=lambda n_open: say(serve_view.stopping_words(n_open, drain_s)) if n_open else None,
            on_bug=lambda error: explain_bug(type(error), error, error.__traceback__),
        )
        over = asyncio.Event()
        if parts.wish.until_eof:
            _stop_at_eof()
        async with asyncio.TaskGroup() as group:
            group.create_task(_watching(parts, room, over))
            stopped = await server.run(observer)
            over.set()
        _stop_hearing()
        await _keep_lessons(parts)
    if stopped.broken_off:
        say(serve_view.stopped_words(stopped.broken_off))


def _apps(parts: Parts, upstream: Upstream) -> tuple[Room, ProxyApp]:
    instance_id = parts.recorder.run_key
    pace = Pace(time.monotonic, _warn_of_pace)
    slips = Slips()
    room = _room(parts, pace, slips, instance_id)
    planner = Planner(
        settings=parts.settings,
        sessions=parts.sessions,
        environ=os.environ,
        estimator=parts.estimator,
        now=wiring.now,
        instance_id=instance_id,
    )
    charge = charged_by(parts.book)
    recorder = ToldCalls(parts.recorder, parts.feed, charge, parts.settings, room.zone)
    is_told = sys.stderr.isatty() and not parts.wish.is_quiet
    tools = Tools(
        upstream=upstream,
        recorder=SaidCalls(recorder, charge) if is_told else recorder,
        pace=pace,
        loops=LoopGuard([parts.listener.port], upstream.probe, time.monotonic).check,
        estimator=parts.estimator,
        monotonic=time.monotonic,
        slips=slips,
        measured_bytes=parts.settings().server.measured_bytes,
    )
    return room, ProxyApp(planner, tools, web_app(room))


def charged_by(book: PriceBook) -> Callable[[UsageEvent], Charge]:
    """Return what prices a settled call by a book."""

    def charge(event: UsageEvent) -> Charge:
        return unbilled(event) or book.charge(event.usage, event.provider_name, event.model, event.occurred_at)

    return charge


async def _watching(parts: Parts, room: Room, over: asyncio.Event) -> None:
    """See what others write, and the limits that are crossed, until the server is over."""

    def watch() -> Watch:
        return Watch(parts.given.ledger_place, parts.recorder.run_key, room.limits, room.calendar)

    await watching(watch, parts.feed, parts.recorder.call, lambda told: say(threshold_words(told)), over)


def _room(parts: Parts, pace: Pace, slips: Slips, instance_id: str) -> Room:
    return Room(
        settings=parts.settings,
        book=lambda: parts.book,
        sessions=parts.sessions,
        state=lambda: parts.recorder.state,
        write=parts.recorder.call,
        slips=lambda: slips.count,
        rates=lambda: rates(parts.settings(), pace),
        report_json=report_json.report_json,
        exposition=lambda snapshot: exposition(snapshot, _live(parts, pace, slips)),
        feed=parts.feed,
        environ=os.environ,
        now=wiring.now,
        ledger_place=parts.given.ledger_place,
        zone=wiring.zone_name(parts.given, parts.settings()),
        base_url=parts.listener.base_url,
        instance_id=instance_id,
        version=__version__,
    )


def _live(parts: Parts, pace: Pace, slips: Slips) -> Live:
    """Return how the proxy stands at this moment, for monitoring."""
    numbers = parts.recorder.state._asdict()
    del numbers["last_error"]
    return Live(
        version=__version__,
        recorder=numbers,
        measuring_failures=slips.count,
        rates=rates(parts.settings(), pace),
    )


def _limits(settings: Settings) -> Limits:
    server = settings.server
    return Limits(
        header_timeout_s=server.header_timeout_s,
        body_timeout_s=server.body_timeout_s,
        max_request_bytes=server.max_request_bytes,
    )


def rates(settings: Settings, pace: Pace) -> list[dict[str, Any]]:
    """Return where each provider stands; one that was not called yet is at 0."""
    called = {state.provider_name: asdict(state) for state in pace.states()}
    rest = {
        name: {"provider_name": name, "limit": each.limit_rpm, "used": 0, "ratio": 0.0, "state": "ok", "window_s": 60}
        for name, each in settings.providers.items()
        if each.limit_rpm is not None
    }
    return list((rest | called).values())


def _tell_start(parts: Parts, room: Room) -> None:
    view = serve_view.ServeView(
        version=__version__,
        base_urls=base_urls(room),
        needs_token=parts.wish.token is not None,
        providers=list_providers(parts.settings(), os.environ),
        ledger=parts.given.ledger_place,
        config=parts.settings().place,
        session=room.active_session(),
        recovered=parts.recorder.recovered,
        local_url=parts.listener.local_url,
    )
    if parts.given.is_json:
        sys.stdout.write(serve_view.start_json(view) + "\n")
        sys.stdout.flush()
    else:
        sys.stderr.write(serve_view.start_text(view) + "\n")
        sys.stderr.flush()
    asyncio.get_running_loop().run_in_executor(None, _warm, parts.book, parts.settings().models.values())


async def _keep_lessons(parts: Parts) -> None:
    """Keep what estimates have learned for the next run; where that fails, it learns from the newest calls again."""
    if parts.estimator.calibrations:
        with suppress(StoreError):
            await parts.recorder.call(lambda database: parts.estimator.save(database.connection))


def _stop_at_eof() -> None:
    """Stop as by SIGTERM when standard input ends; raise NoPipeError when it is a file."""
    loop = asyncio.get_running_loop()

    def look() -> None:
        if not os.read(sys.stdin.fileno(), _PIECE_BYTES):
            loop.remove_reader(sys.stdin.fileno())
            signal.raise_signal(signal.SIGTERM)

    try:
        loop.add_reader(sys.stdin.fileno(), look)
    except OSError as error:
        raise NoPipeError from error


def _stop_hearing() -> None:
    """Let what remains, writing the last rows and closing the ledger, be done whatever signal comes."""
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def _slips_told() -> Generator[None]:
    """Let stderr say what went wrong while an answer was measured."""
    log, handler = logging.getLogger("tokencli.proxy"), logging.StreamHandler()
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)


def _warm(book: PriceBook, models: Collection[ModelSettings]) -> None:
    """Look the configured models' prices up before the first call does, and leave what lives on to itself."""
    now = wiring.now()
    for each in models:
        book.card(each.provider, each.model, now)
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GARBAGE_EVERY, *gc.get_threshold()[1:])


def _warn_of_pace(pace: ProviderPace) -> None:
    say(f"{pace.provider_name} has had {pace.used} of its {pace.limit} calls a minute.")
