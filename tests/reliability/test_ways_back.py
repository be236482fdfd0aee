"""Base URLs that lead back to tokencli, by any name or address, at once or over another one: refused, no key sent."""

from __future__ import annotations

import json
import socket
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.async_runs import async_test
from tests.e2e.serving import serving
from tests.proxy.fake_provider import FakeProvider, Scripted, in_thread
from tests.reliability.protocols import SPEECHES, whole_answer
from tests.reliability.rig import KEY, call, call_of, calls_at, check_whole, config, rows_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.serving import Proxy
    from tests.proxy.calls import Reply

SPEECH = SPEECHES["chat"]("")
NAMES = ("127.0.0.1", "localhost", "LOCALHOST", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "127.1", "2130706433")  # noqa: S104
PATHS = ("", "/v1", "/p/back/v1", "/s/work/v1")


def own_names() -> list[str]:
    """Return this machine's own names and addresses beside the loopback ones."""
    told = subprocess.run(["hostname", "-I"], capture_output=True, text=True, check=False).stdout.split()
    return [socket.gethostname(), *(f"[{each}]" if ":" in each else each for each in told)]


def free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


async def ask(proxy: Proxy, provider: str, name: str) -> Reply:
    return await call(proxy, f"/p/{provider}{SPEECH.path}", SPEECH.body, name)


def check_refused(reply: Reply) -> None:
    assert (reply.status, reply.is_whole) == (508, True), reply
    error = json.loads(reply.body)["error"]
    assert b"loop" in reply.body
    assert error["message"].rstrip().endswith((".", "sent."))
    assert "\n" not in error["message"]
    assert KEY not in reply.body.decode()


@async_test
async def test_every_name_of_this_proxy_is_refused_at_once(tmp_path: Path) -> None:
    port = free_port()
    urls = [f"http://{name}:{port}{path}" for name in (*NAMES, *own_names()) for path in PATHS]
    setting = config([(f"back-{number}", "openai", url) for number, url in enumerate(urls)])
    # A later --port takes the place of the free one that serving asks for.
    with serving(tmp_path, setting, None, "--port", str(port)) as proxy:
        assert proxy.url == f"http://127.0.0.1:{port}"
        replies = [await ask(proxy, f"back-{number}", f"call-{number}") for number in range(len(urls))]
        led_back = [url for url, reply in zip(urls, replies, strict=True) if reply.status != 508]
        assert led_back == []
        for reply in replies:
            check_refused(reply)
        assert proxy.stop() == 0
    check_whole(proxy.ledger)
    assert rows_of(proxy.ledger) == []


@async_test
async def test_a_second_tokencli_in_between_is_refused_without_a_key(tmp_path: Path) -> None:
    with in_thread() as provider:
        provider.choose = lambda request: whole_answer(call_of(request))
        first_port, second_port = free_port(), free_port()
        names = ("127.0.0.1", "localhost", "127.1")
        to_second = [(f"back-{name}", "openai", f"http://{name}:{second_port}/p/back/v1") for name in names]
        to_first = [("back", "openai", f"http://127.0.0.1:{first_port}/p/back-127.0.0.1/v1")]
        with (
            serving(tmp_path / "1", config(to_second), None, "--port", str(first_port)) as first,
            serving(tmp_path / "2", config(to_first), None, "--port", str(second_port)) as second,
        ):
            for name in names:
                check_refused(await ask(first, f"back-{name}", f"over-{name}"))
            check_refused(await ask(second, "back", "over-the-other"))
            assert (first.stop(), second.stop()) == (0, 0)
        for proxy in (first, second):
            check_whole(proxy.ledger)
            assert rows_of(proxy.ledger) == []


@async_test
async def test_a_request_that_has_passed_a_tokencli_is_not_sent_on(tmp_path: Path) -> None:
    async with FakeProvider() as provider:
        provider.choose = lambda request: whole_answer(call_of(request))
        with serving(tmp_path, config([("chat", "openai", f"{provider.url}/v1")])) as proxy:
            reply = await call(proxy, f"/p/chat{SPEECH.path}", SPEECH.body, "passed", b"X-Tokencli-Via: 0123456789ab")
            check_refused(reply)
            assert calls_at(provider) == []
            assert proxy.stop() == 0
        assert rows_of(proxy.ledger) == []
        check_whole(proxy.ledger)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@async_test
async def test_a_redirect_to_the_proxy_is_handed_on_and_not_followed(tmp_path: Path, status: int) -> None:
    async with FakeProvider() as provider:
        target = [b""]
        provider.choose = lambda request: (
            Scripted(status=status, reason=b"Moved", headers=((b"Location", target[0]),))
            if request.method == "POST"
            else whole_answer("")
        )
        with serving(tmp_path, config([("chat", "openai", f"{provider.url}/v1")])) as proxy:
            target[0] = f"{proxy.url}/p/chat/v1/chat/completions".encode()
            reply = await ask(proxy, "chat", "moved")
            assert (reply.status, reply.one(b"location")) == (status, target[0])
            assert calls_at(provider) == ["moved"]
            assert proxy.stop() == 0
        (row,) = rows_of(proxy.ledger)
        assert row.call == "moved"
        check_whole(proxy.ledger)
