"""SIGTERM while answers are open: they may end, and when they may not, every row is settled all the same."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import pytest

from tests.async_runs import async_test
from tests.e2e.serving import serving
from tests.proxy.fake_provider import FakeProvider
from tests.reliability.protocols import INPUT, OUTPUT, SPEECHES
from tests.reliability.rig import check_whole, client_of, place_of, rows_of
from tests.reliability.test_disks import STREAMS, House

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.serving import Proxy


async def refuses_connections(proxy: Proxy) -> bool:
    try:
        _, writer = await asyncio.open_connection(*place_of(proxy.url))
    except ConnectionError:
        return True
    writer.transport.abort()
    return False


async def stopping(proxy: Proxy) -> None:
    """Tell it to stop, and wait until it takes no new connection."""
    proxy.process.send_signal(signal.SIGTERM)
    for _ in range(2000):
        if await refuses_connections(proxy):
            return
        await asyncio.sleep(0.01)
    pytest.fail("it still takes connections")


@async_test
async def test_open_streams_come_to_their_end_when_the_proxy_is_told_to_stop(tmp_path: Path) -> None:
    async with FakeProvider() as provider:
        house = House(provider)
        with serving(tmp_path, house.config) as proxy:
            async with asyncio.TaskGroup() as group:
                streams = await house.hold(group, proxy)
                await stopping(proxy)
                assert proxy.process.poll() is None
                house.release.set()
            assert all(stream.result().is_whole for stream in streams)
            assert await asyncio.to_thread(proxy.process.wait, 30) == 0
    check_whole(proxy.ledger)
    rows = rows_of(proxy.ledger)
    assert len(rows) == STREAMS
    told = {(row.finish, row.basis, row.input_tokens, row.output_tokens) for row in rows}
    assert told == {("ok", "reported", INPUT, OUTPUT)}


@async_test
async def test_a_second_signal_breaks_open_streams_off_and_settles_their_rows(tmp_path: Path) -> None:
    async with FakeProvider() as provider:
        house = House(provider)
        with serving(tmp_path, house.config) as proxy:
            async with asyncio.TaskGroup() as group:
                streams = await house.hold(group, proxy)
                await stopping(proxy)
                proxy.process.send_signal(signal.SIGTERM)
            assert not any(stream.result().is_whole for stream in streams)
            assert await asyncio.to_thread(proxy.process.wait, 30) == 0
    check_whole(proxy.ledger)
    rows = rows_of(proxy.ledger)
    assert len(rows) == STREAMS
    assert {(row.finish, row.error_type) for row in rows} == {("cancelled", "shutdown")}
    assert {row.basis for row in rows} <= {"estimated", "partial"}


@async_test
async def test_answers_that_never_end_are_broken_off_when_the_time_to_stop_is_over(tmp_path: Path) -> None:
    async with FakeProvider() as provider:
        house = House(provider)
        setting = house.config.replace("[server]\n", "[server]\ndrain_s = 1\n", 1)
        with serving(tmp_path, setting) as proxy:
            async with asyncio.TaskGroup() as group:
                streams = await house.hold(group, proxy)
                await stopping(proxy)
            assert not any(stream.result().is_whole for stream in streams)
            assert await asyncio.to_thread(proxy.process.wait, 30) == 0
    check_whole(proxy.ledger)
    assert {(row.finish, row.error_type) for row in rows_of(proxy.ledger)} == {("cancelled", "shutdown")}


@async_test
async def test_a_drained_call_whose_client_left_does_not_hold_up_a_second_signal(tmp_path: Path) -> None:
    async with FakeProvider() as provider:
        house = House(provider)
        setting = house.config.replace("timeout_s = 60\n", 'timeout_s = 60\non_disconnect = "drain"\n')
        speech = SPEECHES["chat"]("held-drain")
        with serving(tmp_path, setting) as proxy:
            async with client_of(proxy.url) as client:
                client.ask(f"/p/chat{speech.path}", speech.body, "POST", b"X-Session-Id: held-drain")
                assert (await client.head()).status == 200
            await stopping(proxy)
            proxy.process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(proxy.process.wait, 30) == 0
    check_whole(proxy.ledger)
    (row,) = rows_of(proxy.ledger)
    assert row.finish == "cancelled", row
