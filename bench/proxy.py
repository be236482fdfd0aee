"""The proxy beside others: requests per CPU second, added time, memory; recording on, and checked after each load.

All proxies run at the same time and are measured in turns, so that a busy machine slows each of them. The rows of a
load are the medians of its rounds.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import sys
import tempfile
import time
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING, Final, NamedTuple

from bench.logs import MIB
from bench.proxy_load import PLAIN, STREAMED, LoadFailedError, latencies, loaded, main_cpu_of, pss_of, with_open_streams
from bench.proxy_peers import OURS, PEERS, all_peers, provider, running
from bench.proxy_stages import WRITER, sampler, sampling, shares
from bench.row import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from bench.proxy_load import Load, Sample
    from bench.proxy_peers import Origin, Peer, Running
    from bench.workshop import Workshop

_PATH: Final = "/v1/chat/completions"
_ASK_EVERY_S: Final = 0.02
_SETTLE_S: Final = 30
_SYNCS: Final = 300
_SLOW: Final = ("LiteLLM", "Portkey")


class MiscountError(Exception):
    """A ledger that does not hold what was answered."""

    def __init__(self, rows: int, calls: int) -> None:
        """Tell both counts."""
        super().__init__(f"the ledger holds {rows} settled calls, and the provider had {calls}")


class _Kind(NamedTuple):
    """A kind of load: its name, its body, its connections."""

    name: str
    body: str
    connections: int


_KINDS: Final = (_Kind("answers of 1 KB", PLAIN, 16), _Kind("streams of 50 events", STREAMED, 64))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stage:
    """What is measured: the proxies that run, the provider behind them, and room for files."""

    proxies: Sequence[Running]
    origin: Origin
    room: Path


@contextmanager
def _stage(shop: Workshop, *, is_tls: bool, names: Sequence[str] = ()) -> Generator[_Stage]:
    """Run the provider and every proxy there is, or those of these names; what is left out is told."""
    shop.data.mkdir(exist_ok=True)
    room = Path(tempfile.mkdtemp(prefix="serve-", dir=shop.data))
    try:
        with ExitStack() as stack:
            origin = stack.enter_context(provider(room / "provider"))[is_tls]
            peers = [peer for peer in _present(all_peers(shop.data)) if peer.name in (names or (peer.name,))]
            proxies = [stack.enter_context(running(peer, room / peer.name, origin)) for peer in peers]
            yield _Stage(proxies=proxies, origin=origin, room=room)
    finally:
        shutil.rmtree(room)


def _present(peers: Sequence[Peer]) -> list[Peer]:
    for peer in peers:
        if peer.missing is not None:
            print(peer.missing, file=sys.stderr)
    return [peer for peer in peers if peer.missing is None]


def load_plain(shop: Workshop) -> list[Row]:
    """Requests per CPU second, the provider plain."""
    with _stage(shop, is_tls=False) as stage:
        return _loads(stage, shop)


def load_tls(shop: Workshop) -> list[Row]:
    """Requests per CPU second, the provider over TLS."""
    with _stage(shop, is_tls=True) as stage:
        return _loads(stage, shop)


def _loads(stage: _Stage, shop: Workshop) -> list[Row]:
    return [row for kind in _KINDS for row in _load_rows(kind, _measured(kind, stage, shop), stage.origin)]


def _measured(kind: _Kind, stage: _Stage, shop: Workshop) -> dict[str, Load]:
    """Return each proxy's load, that of the round with the median CPU time."""
    rounds: dict[str, list[Load]] = {proxy.name: [] for proxy in stage.proxies}
    for _ in range(shop.sizes.load_rounds):
        for proxy in stage.proxies:
            duration_s = shop.sizes.load_s * (3 if proxy.name in _SLOW else 1)
            with _excused(proxy.name), counted(proxy, stage.origin):
                load = loaded(proxy, kind.body, connections=kind.connections, duration_s=duration_s, room=stage.room)
                rounds[proxy.name].append(load)
    return {
        name: sorted(loads, key=lambda each: each.cpu_us)[len(loads) // 2] for name, loads in rounds.items() if loads
    }


@contextmanager
def _excused(name: str) -> Generator[None]:
    """Go on without another maker's proxy where it fails, and tell it."""
    try:
        yield
    except LoadFailedError as error:
        if name == OURS:
            raise
        print(f"left out here: {error}", file=sys.stderr)


@contextmanager
def counted(proxy: Running, origin: Origin) -> Generator[None]:
    """See that a ledger holds, after this block, as many more rows as the provider had calls, all of them settled.

    Raises:
        MiscountError: it does not.
    """
    if proxy.ledger is None:
        yield
        return
    rows, calls = _rows(proxy.ledger), origin.calls(proxy.name)
    yield
    deadline = time.monotonic() + _SETTLE_S
    while (found := _rows(proxy.ledger) - rows) != (told := origin.calls(proxy.name) - calls):
        if time.monotonic() > deadline:
            raise MiscountError(found, told)
        time.sleep(_ASK_EVERY_S)


def _rows(ledger: Path) -> int:
    """Return how many calls are settled; while any is open, none can be told for sure, and the count is short."""
    with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as connection:
        found: int = connection.execute(
            "SELECT (SELECT count(*) FROM event) - (SELECT count(*) FROM intent)"
        ).fetchone()[0]
    return found


def _load_rows(kind: _Kind, loads: dict[str, Load], origin: Origin) -> list[Row]:
    ours = loads[OURS]
    beside = _beside({name: _speed(load) for name, load in loads.items()})
    what = f"{kind.name}, {kind.connections} connections, provider {origin.side}"
    rows: list[Row] = []
    if "LiteLLM" in loads:
        rows.append(
            Row(
                what=f"requests a CPU second beside LiteLLM's: {what}",
                measured=_speed(ours),
                reference=beside,
                value=loads["LiteLLM"].cpu_us / ours.cpu_us,
                unit="x",
                aim=25,
                is_least=True,
            )
        )
    rows.append(
        Row(
            what=f"CPU time of a request: {what}",
            measured=f"{ours.cpu_us:.0f} us",
            reference=beside if not rows else _times_nginx(loads),
            value=ours.cpu_us,
            unit="us",
            aim=180 if kind.body == PLAIN else None,
        )
    )
    return rows


def _beside(told: dict[str, str]) -> str:
    """Return what is told of the others; one that is missing could not do this."""
    lacking = [f"{name}: could not" for name in (*_SLOW, "nginx") if name not in told]
    return "; ".join((*(f"{name} {what}" for name, what in told.items() if name != OURS), *lacking))


def _speed(load: Load) -> str:
    return f"{load.per_s:,.0f}/s, {load.cpu_us:,.0f} us CPU"


def _times_nginx(loads: dict[str, Load]) -> str:
    return f"{loads[OURS].cpu_us / loads['nginx'].cpu_us:.0f} x nginx" if "nginx" in loads else ""


def latency(shop: Workshop) -> list[Row]:
    """Time that a proxy adds at one connection, the provider plain."""
    with _stage(shop, is_tls=False) as stage:
        return [
            _added_row("added to an answer of 1 KB", _taken(PLAIN, stage, shop), lambda one: one.whole_s, aim=0.6),
            _added_row("added until a stream's first event", _taken(STREAMED, stage, shop), lambda one: one.first_s),
            _disk_row(stage.room),
        ]


def latency_tls(shop: Workshop) -> list[Row]:
    """Time that a proxy adds at one connection, the provider over TLS."""
    with _stage(shop, is_tls=True) as stage:
        what = "added to an answer of 1 KB, provider TLS"
        return [_added_row(what, _taken(PLAIN, stage, shop), lambda one: one.whole_s)]


def _disk_row(room: Path) -> Row:
    """What the disk alone takes for the two durable writes of a call: its intent and its row."""
    with (room / "sync").open("wb", buffering=0) as file:
        taken: list[float] = []
        for _ in range(_SYNCS):
            file.write(bytes(4096))
            begin = time.perf_counter()
            os.fdatasync(file.fileno())
            taken.append(2000 * (time.perf_counter() - begin))
    told = f"p50 {median(taken):.2f} ms, p99 {quantiles(taken, n=100)[98]:.2f} ms"
    what = "of that, the disk alone: two times 4 KiB and fdatasync"
    return Row(what=what, measured=told, reference="", value=median(taken), unit="ms")


def _taken(body: str, stage: _Stage, shop: Workshop) -> dict[str, list[Sample]]:
    calls = {"direct": (f"{stage.origin.url}{_PATH}", dict[str, str]())}
    samples: dict[str, list[Sample]] = {}
    # A proxy that needs its 10 ms would leave the caches of the others cold: it has its own turns.
    for slow in ((), *((name,) for name in _SLOW)):
        names = [proxy for proxy in stage.proxies if proxy.name in slow or (not slow and proxy.name not in _SLOW)]
        if not names:
            continue
        asked = {**calls, **{proxy.name: (proxy.url, dict(proxy.headers)) for proxy in names}}
        rounds = shop.sizes.calls // (10 if slow else 1)
        with _excused(slow[0] if slow else OURS):
            found = latencies(asked, body, rounds=rounds, trust=stage.origin.authority)
            direct = found.pop("direct")
            samples |= found | {f"direct of {name}": direct for name in found}
    return samples


def _added_row(
    what: str, samples: dict[str, list[Sample]], time_of: Callable[[Sample], float], aim: float | None = None
) -> Row:
    names = [name for name in samples if f"direct of {name}" in samples]
    added = {name: _added(samples[name], samples[f"direct of {name}"], time_of) for name in names}
    p50, _ = added[OURS]
    beside = _beside({name: _points(*points) for name, points in added.items()})
    return Row(what=what, measured=_points(*added[OURS]), reference=beside, value=p50, unit="ms", aim=aim)


def _added(
    taken: Sequence[Sample], direct: Sequence[Sample], time_of: Callable[[Sample], float]
) -> tuple[float, float]:
    """Return by how many milliseconds the median and the 99th percentile lie above those of direct calls."""
    ours, theirs = [[time_of(one) * 1000 for one in some] for some in (taken, direct)]
    return median(ours) - median(theirs), quantiles(ours, n=100)[98] - quantiles(theirs, n=100)[98]


def _points(p50: float, p99: float) -> str:
    return f"p50 {p50:.2f} ms, p99 {p99:.2f} ms"


def memory(shop: Workshop) -> list[Row]:
    """Memory of a proxy that has just started, and while it has many streams open."""
    count = shop.sizes.streams
    with _stage(shop, is_tls=False) as stage:
        idle = {proxy.name: pss_of(proxy.session) for proxy in stage.proxies}
        streaming: dict[str, int] = {}
        for proxy in stage.proxies:
            with _excused(proxy.name), counted(proxy, stage.origin):
                streaming[proxy.name] = asyncio.run(with_open_streams(proxy, count))
    return [
        _memory_row("memory of a proxy that has just started", idle, aim=60),
        _memory_row(f"memory with {count:,} open streams", streaming, aim=150),
    ]


def _memory_row(what: str, sizes: dict[str, int], aim: float) -> Row:
    told = {name: f"{size / MIB:.0f} MiB" for name, size in sizes.items()}
    beside = _beside(told)
    return Row(what=what, measured=told[OURS], reference=beside, value=sizes[OURS] / MIB, unit="MiB", aim=aim)


def stages(shop: Workshop) -> list[Row]:
    """Where the CPU time of a request goes, by samples; none where the sampler cannot be installed."""
    program = sampler(shop.data / PEERS / "sampler")
    if program is None:
        return []
    duration_s = shop.sizes.load_s
    with _stage(shop, is_tls=False, names=(OURS,)) as stage:
        (ours,) = stage.proxies
        rows: list[Row] = []
        for kind in _KINDS:
            file = stage.room / f"{kind.connections}.stacks"
            before = main_cpu_of(ours.session)
            load = loaded(ours, kind.body, connections=kind.connections, duration_s=duration_s, room=stage.room)
            main = (main_cpu_of(ours.session) - before) / load.cpu_s
            with sampling(program, ours.session, duration_s, file):
                loaded(ours, kind.body, connections=kind.connections, duration_s=duration_s + 1, room=stage.room)
            found = shares(file.read_text(encoding="utf-8").splitlines())
            parts = {name: share * main for name, share in found.items()} | {WRITER: 1 - main}
            rows += [_stage_row(kind, name, share, load) for name, share in parts.items()]
    return rows


def _stage_row(kind: _Kind, name: str, share: float, load: Load) -> Row:
    what = f"{kind.name}: {name}"
    return Row(what=what, measured=f"{share:.0%} of the CPU time", reference="", value=share * load.cpu_us, unit="us")


PROXY_SECTIONS: dict[str, Callable[[Workshop], list[Row]]] = {
    "serve-load": load_plain,
    "serve-load-tls": load_tls,
    "serve-latency": latency,
    "serve-latency-tls": latency_tls,
    "serve-memory": memory,
    "serve-stages": stages,
}
