"""The live WebSocket of a running proxy, and who may listen to it."""

from __future__ import annotations

import asyncio
import json
import socket
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import pytest
import websockets
from prometheus_client.parser import text_string_to_metric_families
from websockets.exceptions import InvalidStatus

from tests.async_runs import async_test
from tests.e2e.serving import serving
from tests.proxy.fake_provider import in_thread, json_answer
from tokencli.domain.session import Session
from tokencli.store.database import open_ledger
from tokencli.store.sessions import create

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.serving import Proxy

SERVICE_RESTART = 1012
MANY = 300
USAGE = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}
ANSWER = json_answer({"id": "chatcmpl-live-1", "model": "gpt-4o", "choices": [], "usage": USAGE})


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[Proxy]:
    """Return a proxy whose openai is a local server; it allows a cent a day."""
    with in_thread() as provider:
        provider.script_all(ANSWER)
        config = f"""
[providers.openai]
type = "openai"
base_url = "{provider.url}/v1"
api_key_env = "CANARY"
[limits]
daily_usd = 0.001
"""
        with serving(tmp_path, config, {"CANARY": "sk-test-live"}) as running:
            yield running


def call(proxy: Proxy) -> None:
    """Make one call, in a thread."""
    body = json.dumps({"model": "gpt-4o", "messages": [{"role": "user", "content": "hello"}]}).encode()
    request = Request(f"{proxy.url}/v1/chat/completions", body, {"content-type": "application/json"})  # noqa: S310 - local
    with urlopen(request) as answer:  # noqa: S310 - local
        answer.read()


def address(proxy: Proxy, path: str = "/ws") -> str:
    return proxy.url.replace("http://", "ws://") + path


async def told(socket: websockets.ClientConnection, *kinds: str) -> dict[str, dict[str, Any]]:
    """Return the first event of each kind, as soon as all of them came."""
    found: dict[str, dict[str, Any]] = {}
    async with asyncio.timeout(30):
        while set(kinds) - set(found):
            event = json.loads(await socket.recv())
            found.setdefault(event["type"], event)
    return found


def test_a_listener_hears_the_estimate_the_figures_and_the_limit(proxy: Proxy) -> None:
    @async_test
    async def test() -> None:
        async with websockets.connect(address(proxy)) as first, websockets.connect(address(proxy)) as second:
            init = (await told(first, "init"))["init"]
            assert (init["calls"], init["thresholds"][0]["limit"]) == ([], "0.001")
            await asyncio.to_thread(call, proxy)
            for socket in (first, second):
                events = await told(socket, "metric", "metric_updated", "threshold")
                assert events["metric"]["call"]["estimated_input_tokens"] > 0
                assert events["metric_updated"]["call"]["usage"]["input_tokens"] == 1000
                assert events["metric_updated"]["call"]["event_id"] == events["metric"]["call"]["event_id"]
                assert events["threshold"]["level"] == "over"
        async with websockets.connect(address(proxy)) as late:
            init = (await told(late, "init"))["init"]
            assert [each["usage"]["output_tokens"] for each in init["calls"]] == [100]
            assert init["totals"]["day"]["requests"] == 1

    test()
    assert "the day's limit of $0.001000 is passed" in (proxy.ledger.parent / "stderr.txt").read_text(encoding="utf-8")


def test_what_other_processes_write_is_told(proxy: Proxy) -> None:
    @async_test
    async def test() -> None:
        async with websockets.connect(address(proxy)) as socket:
            await told(socket, "init")
            with open_ledger(proxy.ledger, write=True) as database, database.transaction() as connection:
                create(connection, Session(id="s1", name="work", created_at=datetime(2026, 11, 20, tzinfo=UTC)))
            assert (await told(socket, "new_session"))["new_session"]["name"] == "work"

    test()


@pytest.mark.parametrize(
    ("path", "origin", "status"),
    [
        ("/ws", "http://evil.example", 403),
        ("/ws", "null", 403),
        ("/ws", "https://127.0.0.1", 403),
        ("/v1/responses", None, 426),
        ("/responses", None, 426),
        ("/api/live", None, 426),
        ("/", None, 426),
    ],
)
def test_no_page_of_another_site_and_no_other_path_gets_a_socket(
    proxy: Proxy, path: str, origin: str | None, status: int
) -> None:
    @async_test
    async def test() -> None:
        with pytest.raises(InvalidStatus) as refused:
            await websockets.connect(address(proxy, path), origin=origin).__aenter__()  # type: ignore[arg-type]
        assert refused.value.response.status_code == status

    test()


def test_a_rebound_host_gets_no_socket_and_our_own_page_does(proxy: Proxy) -> None:
    @async_test
    async def test() -> None:
        with pytest.raises(InvalidStatus) as refused:
            await websockets.connect(address(proxy), additional_headers={"Host": "evil.example"}).__aenter__()
        assert refused.value.response.status_code == 403
        async with websockets.connect(address(proxy), origin=proxy.url) as socket:  # type: ignore[arg-type]
            await told(socket, "init")

    test()


def test_listeners_do_not_hold_up_the_end(proxy: Proxy) -> None:
    @async_test
    async def test() -> None:
        async with websockets.connect(address(proxy)) as socket:
            await told(socket, "init")
            assert await asyncio.to_thread(proxy.stop) == 0
            await socket.wait_closed()
            assert socket.close_code == SERVICE_RESTART

    test()


def test_a_listener_that_takes_nothing_holds_no_call_up(proxy: Proxy) -> None:
    host, port = proxy.url.removeprefix("http://").split(":")
    handshake = (
        "GET /ws HTTP/1.1",
        f"Host: {host}:{port}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    )
    with ExitStack() as stack:
        for _ in range(5):
            dead = stack.enter_context(socket.create_connection((host, int(port))))
            dead.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
            dead.sendall("\r\n".join((*handshake, "", "")).encode())
            assert dead.recv(12) == b"HTTP/1.1 101"
        for _ in range(MANY):
            call(proxy)
        assert proxy.rows("SELECT count(*) FROM event") == [(MANY,)]
        with urlopen(f"{proxy.url}/health") as answer:  # noqa: S310 - local
            assert json.load(answer)["status"] == "ok"


def test_a_scrape_equals_the_report(proxy: Proxy) -> None:
    for _ in range(3):
        call(proxy)
    with urlopen(f"{proxy.url}/metrics") as answer:  # noqa: S310 - local
        families = {each.name: each for each in text_string_to_metric_families(answer.read().decode())}
    with urlopen(f"{proxy.url}/api/report?period=all&by=model") as answer:  # noqa: S310 - local
        totals = json.load(answer)["totals"]
    assert sum(each.value for each in families["llm_requests"].samples) == totals["requests"] == 3
    assert sum(each.value for each in families["llm_tokens"].samples) == totals["total_tokens"]
    (cost,) = families["llm_cost_dollars"].samples
    assert cost.value == pytest.approx(float(totals["list_cost"]), rel=1e-12)
    (today,) = families["llm_daily_cost_dollars"].samples
    assert today.value == pytest.approx(float(totals["list_cost"]), rel=1e-12)
