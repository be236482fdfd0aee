import _socket
import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator

import pytest

from tokencli.proxy.beacon import lit
from tokencli.proxy.loops import LoopError, LoopGuard, PassedBeforeError, is_own

PORT = 18_123
NAMES = {"box.test": "127.0.0.1", "elsewhere.test": "8.8.8.8"}
SPELLINGS = [
    "http://127.0.0.1:18123/v1",
    "http://localhost:18123",
    "http://LOCALHOST:18123/v1/",
    "http://[::1]:18123/v1",
    "http://0.0.0.0:18123/v1",
    "http://[::]:18123/v1",
    "http://[::ffff:127.0.0.1]:18123/v1",
    "http://[::ffff:7f00:1]:18123/v1",
    "http://127.1:18123/v1",
    "http://2130706433:18123/v1",
    "http://0x7f000001:18123/v1",
    "http://127.0.0.2:18123/v1",
    "http://box.test:18123/v1",
    "http://user:sk-test-canary@127.0.0.1:18123/v1",
]


@pytest.fixture(autouse=True)
def own_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let datagram sockets connect, which sends nothing, and look up addresses and two made-up names alone."""
    guarded = socket.socket.connect

    def connect(self: socket.socket, address: tuple[str, int]) -> None:
        if self.type == socket.SOCK_DGRAM:
            _socket.socket.connect(self, address)
        else:
            guarded(self, address)

    def look_up(host: str, port: int, *_: object, **__: object) -> list[object]:
        if host == "\u2603.test":
            raise UnicodeError
        named = NAMES.get(host, host)
        flags = 0 if named == "localhost" else socket.AI_NUMERICHOST
        return list(_socket.getaddrinfo(named, port, 0, socket.SOCK_STREAM, 0, flags))

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket, "getaddrinfo", look_up)


class Prober:
    """Answers probes from a table and keeps which URLs were asked."""

    def __init__(self, tokenclis: tuple[str, ...] = ()) -> None:
        self.tokenclis = tokenclis
        self.asked: list[str] = []

    async def __call__(self, url: str) -> str | None:
        self.asked.append(url)
        await asyncio.sleep(0)
        return "other" if url in self.tokenclis else None


def clock(*, at: float = 0.0) -> Callable[[], float]:
    return lambda: at


def checked(url: str, probe: Callable[[str], Awaitable[str | None]] | None = None) -> str | None:
    async def check() -> str | None:
        try:
            await LoopGuard([PORT], probe or Prober(), clock(), lambda _: None).check(url)
        except LoopError as refusal:
            return refusal.sentence
        return None

    return asyncio.run(check())


@pytest.mark.parametrize("url", SPELLINGS)
def test_this_proxy_is_known_in_every_spelling(url: str) -> None:
    sentence = checked(url)
    assert sentence is not None
    assert "is this tokencli itself" in sentence
    assert "sk-test" not in sentence


def lan_addresses() -> Iterator[str]:
    """Give the addresses of this machine that are no loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nobody:
        try:
            nobody.connect(("192.0.2.1", 9))
        except OSError:
            return
        yield nobody.getsockname()[0]


def test_a_network_address_of_this_machine_is_its_own() -> None:
    found = list(lan_addresses())
    if not found:
        pytest.skip("this machine has no network address but its loopback")
    assert all(is_own(address) for address in found)
    assert checked(f"http://{found[0]}:{PORT}/v1") is not None


@pytest.mark.parametrize("address", ["192.0.2.1", "198.51.100.7", "2001:db8::1", "fe80::1%lo", "8.8.8.8"])
def test_a_foreign_address_is_not_this_machines(address: str) -> None:
    assert not is_own(address)


def test_a_tokencli_on_another_port_of_this_machine_is_known_without_asking_and_other_servers_are_left_alone() -> None:
    probe = Prober()
    with socket.create_server(("127.0.0.1", 0)) as other, lit(other.getsockname()[1]):
        port = other.getsockname()[1]
        with pytest.raises(LoopError, match="leads to another tokencli"):
            asyncio.run(LoopGuard([PORT], probe, clock()).check(f"http://localhost:{port}/v1"))
    asyncio.run(LoopGuard([PORT], probe, clock()).check(f"http://localhost:{port}/v1"))
    assert probe.asked == []


def test_where_there_are_no_beacons_another_port_of_this_machine_is_asked() -> None:
    probe = Prober()
    assert checked("http://127.0.0.1:18124/llm/v1?key=sk-test-canary", probe) is None
    assert probe.asked == [
        "http://127.0.0.1:18124/health",
        "http://127.0.0.1:18124/llm/health",
        "http://127.0.0.1:18124/llm/v1/health",
    ]


def test_another_tokencli_is_refused() -> None:
    sentence = checked("http://127.0.0.1:18124/llm/v1", Prober(("http://127.0.0.1:18124/llm/health",)))
    assert sentence is not None
    assert "127.0.0.1:18124 leads to another tokencli" in sentence


def test_a_host_on_the_internet_is_not_asked() -> None:
    probe = Prober()
    assert checked("https://elsewhere.test/v1", probe) is None
    assert probe.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "http://no-such-host.invalid/v1",
        "http://:0/v1",
        "http://a:99999/v1",
        "http://[::1",
        "http://\u2603.test",
        "x",
        "",
    ],
)
def test_what_cannot_be_reached_is_left_to_the_connection(url: str) -> None:
    assert checked(url) is None


def test_a_host_is_asked_once_a_minute_however_many_ask() -> None:
    async def run() -> tuple[int, int, int]:
        probe, now = Prober(), [0.0]
        guard = LoopGuard([PORT], probe, lambda: now[0], lambda _: None)
        async with asyncio.TaskGroup() as group:
            for _ in range(20):
                group.create_task(guard.check("http://127.0.0.1:18124"))
        at_once = len(probe.asked)
        now[0] = 59.0
        await guard.check("http://127.0.0.1:18124")
        within = len(probe.asked)
        now[0] = 61.0
        await guard.check("http://127.0.0.1:18124")
        return at_once, within, len(probe.asked)

    assert asyncio.run(run()) == (1, 1, 2)


def test_a_name_without_an_address_is_looked_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    guard = LoopGuard([PORT], lambda _: asyncio.sleep(0), clock())
    asyncio.run(guard.check(f"http://late.test:{PORT}/v1"))
    monkeypatch.setitem(NAMES, "late.test", "127.0.0.1")
    with pytest.raises(LoopError):
        asyncio.run(guard.check(f"http://late.test:{PORT}/v1"))


def test_a_probe_without_an_answer_does_not_hold_up_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    async def silent(_: str) -> str | None:
        await asyncio.Event().wait()
        return None

    monkeypatch.setattr("tokencli.proxy.loops._PROBE_S", 0.01)
    assert checked("http://127.0.0.1:18124/v1", silent) is None


def test_a_real_tokencli_in_between_is_found_without_a_key() -> None:
    seen: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nx-tokencli-instance: b\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async def probe(url: str) -> str | None:
        host, _, port = url.removeprefix("http://").partition("/")[0].partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(f"GET /health HTTP/1.1\r\nhost: {host}\r\nx-tokencli-via: a\r\n\r\n".encode())
        told = await reader.read()
        writer.close()
        await writer.wait_closed()
        return "b" if b"x-tokencli-instance" in told else None

    async def run() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            with pytest.raises(LoopError):
                await LoopGuard([PORT], probe, clock(), lambda _: None).check(f"http://127.0.0.1:{port}")

    asyncio.run(run())
    assert len(seen) == 1
    assert b"authorization" not in seen[0].lower()


def test_both_refusals_are_loops() -> None:
    for refusal in (LoopError("a:1", "is this tokencli itself"), PassedBeforeError()):
        assert (refusal.status, refusal.code) == (508, "loop")
