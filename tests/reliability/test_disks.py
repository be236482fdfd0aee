"""Full, read-only and broken disks: a call that cannot be recorded is not sent, and what was sent is not forgotten."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from tests.async_runs import async_test
from tests.e2e.serving import serving
from tests.proxy.fake_provider import FakeProvider, Received, Scripted
from tests.reliability.disks import fill, frail_disk, run, small_disk
from tests.reliability.protocols import INPUT, OUTPUT, SPEECHES, whole_answer
from tests.reliability.rig import (
    call,
    call_of,
    calls_at,
    check_whole,
    config,
    get,
    rows_of,
    until,
)

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from tests.e2e.serving import Proxy
    from tests.proxy.calls import Reply

STREAMS = 5
MOST_CALLS = 400


class Disk(Protocol):
    """A disk that can be full."""

    place: Path

    def full(self, proxy: Proxy) -> None:
        """Leave no room."""
        ...

    def free(self, proxy: Proxy) -> None:
        """Make room again."""
        ...


class SmallDisk:
    """A disk of its own."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def full(self, proxy: Proxy) -> None:
        del proxy
        fill(self.place)

    def free(self, proxy: Proxy) -> None:
        del proxy
        (self.place / "filler").unlink()


class Quota:
    """A process whose files may not grow any more: to them the disk is full, and no root is needed."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def full(self, proxy: Proxy) -> None:
        size = proxy.ledger.with_name("ledger.db-wal").stat().st_size
        resource.prlimit(proxy.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def free(self, proxy: Proxy) -> None:
        unbound = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(proxy.process.pid, resource.RLIMIT_FSIZE, unbound)


@contextmanager
def disk_of(kind: str, place: Path) -> Generator[Disk]:
    with ExitStack() as stack:
        if kind == "disk":
            yield SmallDisk(stack.enter_context(small_disk(place / "disk", 24)))
        else:
            yield Quota(place)


class House:
    """A provider that holds streams back until they are let go, and answers everything else at once."""

    def __init__(self, provider: FakeProvider) -> None:
        self.provider = provider
        self.release = asyncio.Event()
        provider.choose = self._choose

    @property
    def config(self) -> str:
        tables = [(name, make("").kind, f"{self.provider.url}{make('').base}") for name, make in SPEECHES.items()]
        return config(tables)

    def _choose(self, request: Received) -> Scripted:
        name = call_of(request)
        return SPEECHES["chat"](name).held(3, self.release) if name.startswith("held") else whole_answer(name)

    async def hold(self, group: asyncio.TaskGroup, proxy: Proxy) -> list[asyncio.Task[Reply]]:
        """Open streams, and return them once all are under way."""
        names = [f"held-{number}" for number in range(STREAMS)]
        streams = [group.create_task(ask(proxy, "chat", name)) for name in names]
        await until(lambda: set(names) <= set(calls_at(self.provider)), "the streams at the provider")
        return streams


async def ask(proxy: Proxy, protocol: str, name: str) -> Reply:
    speech = SPEECHES[protocol](name)
    return await call(proxy, f"/p/{protocol}{speech.path}", speech.body, name)


async def health(proxy: Proxy) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((await get(proxy, "/health")).body)
    return found


async def ask_until_refused(proxy: Proxy) -> tuple[list[str], list[str]]:
    """Make calls until the ledger refuses one; return those that went through and those that did not."""
    through: list[str] = []
    for number in range(MOST_CALLS):
        name = f"plain-{number}"
        reply = await ask(proxy, "chat", name)
        if reply.status == 503:
            return through, [name]
        assert reply.status == 200, reply
        through.append(name)
    pytest.fail("the ledger never refused a call")


async def refusals_in_every_shape(proxy: Proxy) -> list[str]:
    """See that each API is refused in its own words; return the calls."""
    names = [f"refused-{protocol}" for protocol in SPEECHES]
    for protocol, name in zip(SPEECHES, names, strict=True):
        reply = await ask(proxy, protocol, name)
        assert (reply.status, reply.is_whole) == (503, True), reply
        told = json.loads(reply.body)
        error = told["error"]
        assert "was not sent" in error["message"]
        assert b"no_record" in reply.body
        if protocol == "messages":
            assert told["type"] == "error"
        if protocol.startswith("gemini"):
            assert (error["code"], error["status"]) == (503, "UNAVAILABLE")
    return names


def check_rows(ledger: Path, through: list[str], refused: list[str]) -> None:
    check_whole(ledger)
    rows = {row.call: row for row in rows_of(ledger)}
    assert len(rows) == len(rows_of(ledger))
    assert not rows.keys() & set(refused)
    for name in through:
        told = ("ok", "reported", INPUT, OUTPUT)
        assert (rows[name].finish, rows[name].basis, rows[name].input_tokens, rows[name].output_tokens) == told


@pytest.mark.parametrize("kind", ["disk", "quota"])
@async_test
async def test_a_full_disk_refuses_calls_before_they_are_sent_and_keeps_those_that_end(
    tmp_path: Path, kind: str
) -> None:
    async with FakeProvider() as provider:
        house = House(provider)
        with disk_of(kind, tmp_path) as disk, serving(disk.place / "home", house.config) as proxy:
            async with asyncio.TaskGroup() as group:
                streams = await house.hold(group, proxy)
                disk.full(proxy)
                through, refused = await ask_until_refused(proxy)
                refused += await refusals_in_every_shape(proxy)
                house.release.set()
            assert all(stream.result().is_whole for stream in streams)
            full = await health(proxy)
            assert full["spooled"] >= STREAMS
            assert (full["unsaved"], full["lost"], full["open_calls"]) == (0, 0, 0)
            assert "no space left" in full["last_error"]
            assert not set(refused) & set(calls_at(provider))
            disk.free(proxy)
            for _ in range(MOST_CALLS):
                if not (await health(proxy))["spooled"]:
                    break
                await asyncio.sleep(0.05)
            mended = await health(proxy)
            assert (mended["spooled"], mended["last_error"]) == (0, None)
            through += [f"held-{number}" for number in range(STREAMS)]
            assert (await ask(proxy, "chat", "afterwards")).status == 200
            assert proxy.stop() == 0
            check_rows(proxy.ledger, [*through, "afterwards"], refused)


@async_test
async def test_what_a_full_disk_kept_out_survives_a_kill(tmp_path: Path) -> None:
    async with FakeProvider() as provider:
        house = House(provider)
        with disk_of("quota", tmp_path) as disk:
            with serving(disk.place, house.config) as proxy:
                async with asyncio.TaskGroup() as group:
                    await house.hold(group, proxy)
                    disk.full(proxy)
                    through, refused = await ask_until_refused(proxy)
                    house.release.set()
                assert (await health(proxy))["spooled"] >= STREAMS
                proxy.kill()
            with serving(disk.place, house.config) as proxy:
                assert proxy.greeting["recovered"]["spooled"] >= STREAMS
                assert proxy.greeting["recovered"]["broken"] == 0
                assert proxy.stop() == 0
            check_rows(proxy.ledger, [*through, *(f"held-{number}" for number in range(STREAMS))], refused)


@async_test
async def test_a_disk_that_breaks_sends_nothing_more_and_every_call_that_left_has_its_row(tmp_path: Path) -> None:
    async with FakeProvider() as provider:
        house = House(provider)
        with frail_disk(tmp_path) as disk:
            home = disk.place / "home"
            with serving(home, house.config) as proxy:
                async with asyncio.TaskGroup() as group:
                    streams = await house.hold(group, proxy)
                    disk.break_down()
                    through, refused = await ask_until_refused(proxy)
                    house.release.set()
                assert all(stream.result().is_whole for stream in streams)
                broken = await health(proxy)
                assert broken["spooled"] + broken["unsaved"] >= STREAMS
                assert broken["last_error"], broken
                assert not set(refused) & set(calls_at(provider))
                proxy.kill()
            disk.mend()
            with serving(home, house.config) as proxy:
                assert proxy.stop() == 0
            check_whole(proxy.ledger)
            rows = {row.call: row for row in rows_of(proxy.ledger)}
            assert set(calls_at(provider)) == rows.keys()
            assert set(through) <= rows.keys()


def test_a_ledger_on_a_read_only_disk_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 24) as place:
        setting = config([("chat", "openai", "http://127.0.0.1:9/v1")])
        with serving(place / "home", setting) as proxy:
            assert proxy.stop() == 0
        assert run("mount", "-o", "remount,ro", str(place))
        command = [sys.executable, "-m", "tokencli", "serve", "--port", "0", "--db", str(place / "home" / "ledger.db")]
        env = {**os.environ, "TOKENCLI_CONFIG": str(place / "home" / "config.toml")}
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=env, check=False)
        assert done.returncode == 4, done
        assert done.stdout == ""
        (told,) = [line for line in done.stderr.rstrip().split("\n") if "config.toml" not in line]
        assert "ledger.db cannot be used" in told
