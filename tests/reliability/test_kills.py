"""A running `tokencli serve` is killed again and again; what its clients and its provider saw is held to the ledger.

`kill -9` comes at random moments of a random load: while requests are planned, on their way, answered, settled, and
while the next run takes in what the last one left. Afterwards, call by call:

- 0 acknowledged lost: a client that saw the end of an answer has one row, ok, with the provider's own figures;
- 0 sent without a row: each request that the provider received has exactly one;
- 0 duplicates: no call has two rows;
- 0 invented: no row says ok that the provider never got.
"""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from collections import Counter
from itertools import count
from os import environ
from typing import TYPE_CHECKING

import pytest

from tests.async_runs import async_test
from tests.e2e.serving import serving
from tests.proxy.calls import Client
from tests.proxy.fake_provider import FakeProvider
from tests.reliability.protocols import INPUT, OUTPUT, SPEECHES, whole_answer
from tests.reliability.rig import CALL, IS_LONG, KILLS, call_of, calls_at, check_whole, config, place_of, rows_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.serving import Proxy
    from tests.proxy.fake_provider import Received, Scripted
    from tests.reliability.rig import Row

CLIENTS = 12
MOST_MOMENTS = 220
LONGEST_START_S = 0.7
STREAMED = {"chat": b"[DONE]", "messages": b"message_stop", "responses": b"response.completed"}
KINDS = (*STREAMED, "body")


class Load:
    """Clients that call one after the other; `seen` are the calls whose answers they saw to the end."""

    def __init__(self, dice: random.Random) -> None:
        self.seen: set[str] = set()
        self.received: list[str] = []
        self._dice = dice
        self._numbers = count(1)
        self._moments = 0
        self._wanted = 0
        self._reached = asyncio.Event()

    def choose(self, request: Received) -> Scripted:
        """Answer as the provider."""
        self._moment()
        call = call_of(request)
        kind = request.path.split("/")[1] if call else "body"
        answer = whole_answer(call) if kind == "body" else SPEECHES[kind](call).answer()
        return answer if request.method == "POST" else whole_answer("")

    async def moments(self, wanted: int) -> None:
        """Wait until so many things have happened: a request came to the provider, a piece or an end to a client."""
        self._moments, self._wanted = 0, wanted
        self._reached.clear()
        await self._reached.wait()

    async def client(self, proxy: Proxy) -> None:
        """Call until the proxy is gone; a client that was hurried away comes back as another one."""
        while True:
            try:
                client = Client(*await asyncio.open_connection(*place_of(proxy.url)))
            except ConnectionError:
                return
            try:
                while await self._call(client):
                    pass
            except (asyncio.IncompleteReadError, ConnectionError):
                pass
            finally:
                client.leave()

    async def _call(self, client: Client) -> bool:
        kind = self._dice.choice(KINDS)
        call = f"call-{next(self._numbers)}"
        speech = SPEECHES["chat" if kind == "body" else kind](call)
        client.ask(f"/p/{kind}{speech.path}", speech.body, "POST", CALL + b": " + call.encode())
        if self._dice.randrange(20) == 0:
            await client.head()
            self._moment()
            return False
        reply = await client.reply()
        self._moment()
        assert reply.status == 200, reply
        if STREAMED[kind] in reply.body if kind in STREAMED else reply.is_whole:
            self.seen.add(call)
        return reply.is_whole

    def _moment(self) -> None:
        self._moments += 1
        if self._moments >= self._wanted:
            self._reached.set()


async def one_round(load: Load, proxy: Proxy, moments: int) -> None:
    async with asyncio.TaskGroup() as group:
        reached = group.create_task(load.moments(moments))
        for _ in range(CLIENTS):
            group.create_task(load.client(proxy))
        await reached
        proxy.kill()


def kill_while_it_starts(place: Path, after_s: float) -> None:
    """Start a proxy on the ledger and kill it while it takes in what the last one left."""
    command = [sys.executable, "-m", "tokencli", "serve", "--port", "0", "--db", str(place / "ledger.db")]
    env = {**environ, "TOKENCLI_HOME": str(place), "TOKENCLI_CONFIG": str(place / "config.toml")}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env)
    try:
        process.wait(after_s)
    except subprocess.TimeoutExpired:
        process.kill()
    process.wait()


def providers_at(provider: FakeProvider) -> list[tuple[str, str, str]]:
    speeches = {kind: SPEECHES["chat" if kind == "body" else kind]("") for kind in KINDS}
    return [(kind, each.kind, f"{provider.url}/{kind}{each.base}") for kind, each in speeches.items()]


@pytest.mark.timeout(240 if KILLS <= 50 else 30 * KILLS)
def test_no_call_is_lost_doubled_or_invented_however_often_the_proxy_is_killed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = asyncio.run(_killed_again_and_again(tmp_path, KILLS, seed=random.randrange(1 << 32)))  # noqa: S311  moments, no secrets
    if IS_LONG:
        with capsys.disabled():
            sys.stdout.write(f"\n{told}\n")


async def _killed_again_and_again(place: Path, kills: int, seed: int) -> str:
    dice = random.Random(seed)  # noqa: S311  moments, no secrets
    load = Load(dice)
    recovered = 0
    async with FakeProvider() as provider:
        provider.choose = load.choose
        setting = config(providers_at(provider))
        for number in range(1, kills + 1):
            if number % 10 == 0:
                kill_while_it_starts(place, dice.uniform(0, LONGEST_START_S))
                continue
            with serving(place, setting) as proxy:
                recovered += proxy.greeting["recovered"]["unknown"]
                await one_round(load, proxy, dice.randrange(1, MOST_MOMENTS))
            load.received += calls_at(provider)
            provider.requests.clear()
        with serving(place, setting) as proxy:
            recovered += proxy.greeting["recovered"]["unknown"]
            assert proxy.stop() == 0
    return _held_to_the_ledger(load, place, kills, recovered, seed)


def _held_to_the_ledger(load: Load, place: Path, kills: int, recovered: int, seed: int) -> str:
    check_whole(place / "ledger.db")
    rows = rows_of(place / "ledger.db")
    counted = Counter(row.call for row in rows)
    found = {row.call: row for row in rows}
    received = Counter(load.received)
    settled = {call for call, row in found.items() if row.finish == "ok"}
    said = {call: row for call, row in found.items() if call in load.seen}
    wrong: dict[str, list[str] | list[Row]] = {
        "lost": [call for call in load.seen if call not in settled],
        "doubled": [str(call) for call, number in counted.items() if number != 1],
        "sent twice": [call for call, number in received.items() if number != 1],
        "sent without a row": [call for call in received if call not in found],
        "invented": [str(call) for call in settled if call not in received],
        "not the provider's figures": [
            str(call)
            for call, row in said.items()
            if (row.basis, row.input_tokens, row.output_tokens, row.response_id)
            != ("reported", INPUT, OUTPUT, f"r-{call}")
        ],
        "without an end": [row for row in rows if row.finish not in {"ok", "cancelled", "unknown"}],
    }
    assert {what: calls[:5] for what, calls in wrong.items() if calls} == {}, f"seed {seed}"
    unknown = sum(row.finish == "unknown" for row in rows)
    assert load.seen
    return (
        f"{kills} kills: {len(rows)} rows, {len(load.seen)} answers seen whole, {len(received)} requests at the "
        f"provider, {unknown} rows settled as unknown ({recovered} at starts that were not killed), "
        "0 lost, 0 doubled, 0 sent without a row, 0 invented"
    )


@async_test
async def test_two_proxies_on_one_ledger_are_killed_and_lose_nothing(tmp_path: Path) -> None:
    load = Load(random.Random())  # noqa: S311  moments, no secrets
    async with FakeProvider() as provider:
        provider.choose = load.choose
        setting = config(providers_at(provider))
        for _ in range(20 if IS_LONG else 2):
            with serving(tmp_path, setting) as one, serving(tmp_path, setting) as other:
                async with asyncio.TaskGroup() as group:
                    reached = group.create_task(load.moments(300))
                    for proxy in (one, other):
                        for _ in range(6):
                            group.create_task(load.client(proxy))
                    await reached
                    one.kill()
                    await load.moments(50)
                    other.kill()
            load.received += calls_at(provider)
            provider.requests.clear()
        with serving(tmp_path, setting) as one, serving(tmp_path, setting) as other:
            assert (one.stop(), other.stop()) == (0, 0)
    _held_to_the_ledger(load, tmp_path, 2, 0, 0)
