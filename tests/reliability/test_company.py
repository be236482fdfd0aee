"""Others at the ledger: a program that locks it for long, a second proxy, and an `ingest` beside a running one."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from tests.async_runs import async_test
from tests.cost_logs import cost
from tests.e2e.serving import serving
from tests.proxy.fake_provider import FakeProvider
from tests.reliability.rig import IS_LONG, calls_at, check_whole, get, rows_of, until
from tests.reliability.test_disks import STREAMS, House, ask, health

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

LINES = 20_000 if IS_LONG else 3_000
HELD_S = 10.0
HOLDER = """
import fcntl, os, sqlite3, sys
place = sys.argv[1]
lock = os.open(place + ".lock", os.O_RDWR | os.O_CREAT, 0o600)
fcntl.flock(lock, fcntl.LOCK_EX)
connection = sqlite3.connect(place, isolation_level=None, timeout=30)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
connection.execute("ROLLBACK")
"""


@contextmanager
def foreign_lock(ledger: Path) -> Generator[None]:
    """Let another program hold the ledger: its lock file, and a transaction in it."""
    command = [sys.executable, "-c", HOLDER, str(ledger)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        try:
            yield
        finally:
            holder.communicate()


@async_test
async def test_a_ledger_locked_for_ten_seconds_loses_no_call_that_ends_and_lets_none_begin(tmp_path: Path) -> None:
    async with FakeProvider() as provider:
        house = House(provider)
        with serving(tmp_path, house.config) as proxy:
            async with asyncio.TaskGroup() as group:
                streams = await house.hold(group, proxy)
                began = asyncio.get_running_loop().time()
                with foreign_lock(proxy.ledger):
                    house.release.set()
                    late = [await stream for stream in streams]
                    early = [group.create_task(ask(proxy, "messages", f"refused-{number}")) for number in range(4)]
                    refused = [await reply for reply in early]
                    locked = await health(proxy)
                    while asyncio.get_running_loop().time() - began < HELD_S:
                        assert (await get(proxy, "/health")).status == 200
                        await asyncio.sleep(0.25)
            assert [reply.status for reply in refused] == [503] * 4
            assert all(reply.is_whole for reply in [*late, *refused])
            assert json.loads(refused[0].body)["type"] == "error"
            assert (locked["spooled"], locked["unsaved"], locked["lost"]) == (STREAMS, 0, 0)
            assert sorted(calls_at(provider)) == [f"held-{number}" for number in range(STREAMS)]
            assert (await ask(proxy, "chat", "afterwards")).status == 200
            assert proxy.stop() == 0
        check_whole(proxy.ledger)
        rows = rows_of(proxy.ledger)
        assert sorted(row.call or "" for row in rows) == ["afterwards", *sorted(calls_at(provider))[1:]]
        assert {(row.finish, row.basis) for row in rows} == {("ok", "reported")}


@async_test
async def test_a_lock_of_a_second_is_waited_for(tmp_path: Path) -> None:
    async with FakeProvider() as provider:
        house = House(provider)
        with serving(tmp_path, house.config) as proxy:
            async with asyncio.TaskGroup() as group:
                with foreign_lock(proxy.ledger):
                    waiting = group.create_task(ask(proxy, "chat", "patient"))
                    await asyncio.wait([waiting], timeout=1)
                    assert not waiting.done()
                    assert calls_at(provider) == []
            assert waiting.result().status == 200
            assert proxy.stop() == 0
        check_whole(proxy.ledger)


def cost_log(place: Path) -> Path:
    """Write a log of many calls."""
    path = place / "tracker.log"
    path.write_bytes(b"".join(cost(number, tokens=(100 + number, 75)) for number in range(LINES)))
    return path


@async_test
async def test_an_ingest_beside_a_running_proxy_hurts_neither(tmp_path: Path) -> None:
    log = cost_log(tmp_path)
    async with FakeProvider() as provider:
        house = House(provider)
        with serving(tmp_path, house.config) as proxy:
            command = [sys.executable, "-m", "tokencli", "ingest", str(log), "--json", "--db", str(proxy.ledger)]
            ingest = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, env={**os.environ})
            done = asyncio.ensure_future(ingest.communicate())
            statuses: list[int] = []
            while not done.done() or len(statuses) < 50:
                statuses.append((await ask(proxy, "chat", f"beside-{len(statuses)}")).status)
            told = json.loads((await done)[0])["totals"]
            assert set(statuses) == {200}
            assert told["recorded"] == told["lines"] == LINES
            assert proxy.stop() == 0
        check_whole(proxy.ledger)
        rows = rows_of(proxy.ledger)
        assert sorted(row.call or "" for row in rows) == sorted(f"beside-{number}" for number in range(len(statuses)))
        assert {row.finish for row in rows} == {"ok"}
        with closing(sqlite3.connect(proxy.ledger)) as connection:
            assert connection.execute("SELECT count(*) FROM event").fetchone() == (LINES + len(rows),)


@async_test
async def test_a_second_proxy_leaves_the_calls_of_the_first_alone(tmp_path: Path) -> None:
    async with FakeProvider() as provider:
        house = House(provider)
        with serving(tmp_path, house.config) as first:
            async with asyncio.TaskGroup() as group:
                streams = await house.hold(group, first)
                with serving(tmp_path, house.config) as second:
                    assert second.greeting["recovered"] == {"unknown": 0, "spooled": 0, "broken": 0}
                    assert (await ask(second, "chat", "second")).status == 200
                    second.kill()
                with serving(tmp_path, house.config) as third:
                    assert third.greeting["recovered"]["unknown"] == 0
                    assert third.stop() == 0
                house.release.set()
            assert all(stream.result().is_whole for stream in streams)
            await until(lambda: len(rows_of(first.ledger)) == STREAMS + 1, "the rows of both")
            assert first.stop() == 0
        check_whole(first.ledger)
        assert {row.finish for row in rows_of(first.ledger)} == {"ok"}
