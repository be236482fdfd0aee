"""Load for a proxy: many requests at once by wrk, one at a time by a small client, and streams that stay open."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import ssl
import subprocess
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from bench.measure import session_pids, sizes_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.proxy_peers import Running

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_DONE: Final = re.compile(r"(\d+) requests in ([\d.]+)(s|m)\b")
_FAILED: Final = re.compile(r"Non-2xx or 3xx responses: \d+|Socket errors: .*")
_FIRST_S: Final = 30
_READ_BYTES: Final = 1 << 16
_LAST_CHUNK: Final = b"0\r\n\r\n"
_MOST_OPENING: Final = 64
_WARM: Final = 50
PLAIN: Final = '{"model":"gpt-4o-mini","messages":[{"role":"user","content":"hi"}]}'
STREAMED: Final = f'{PLAIN[:-1]},"stream":true,"stream_options":{{"include_usage":true}}}}'
HELD: Final = STREAMED.replace("gpt-4o-mini", "held")


class LoadFailedError(Exception):
    """A load that was not answered as it should be: it measures nothing."""

    def __init__(self, name: str, said: str) -> None:
        """Name the proxy and what was said."""
        super().__init__(f"{name}: {said[-500:]}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Requests that were answered in some seconds, and the CPU seconds of the proxy's processes.

    `begun` counts those under way at the end as well: they cost CPU time too.
    """

    answered: int
    begun: int
    wall_s: float
    cpu_s: float

    @property
    def per_s(self) -> float:
        """Return answered requests per second."""
        return self.answered / self.wall_s

    @property
    def cpu_us(self) -> float:
        """Return the CPU time of a request in microseconds."""
        return self.cpu_s / self.begun * 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One request's times in seconds: until the first byte of the answer's body, and until its last."""

    first_s: float
    whole_s: float


def cpu_of(session: int) -> float:
    """Return the CPU seconds of all living processes of a session, their threads included."""
    return sum(_cpu(pid) for pid in session_pids(session))


def _cpu(pid: str) -> float:
    try:
        after_name = Path("/proc", pid, "stat").read_bytes().rpartition(b")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return (int(after_name[11]) + int(after_name[12])) / _TICKS


def main_cpu_of(pid: int) -> float:
    """Return the CPU seconds of a process's main thread."""
    return _cpu(f"{pid}/task/{pid}")


def loaded(proxy: Running, body: str, *, connections: int, duration_s: int, room: Path) -> Load:
    """Let wrk ask a proxy as fast as it can.

    Raises:
        LoadFailedError: an answer was an error, or none.
    """
    script = room / "wrk.lua"
    script.write_text(wrk_script(body, proxy.headers), encoding="utf-8")
    command = ("wrk", "-t1", f"-c{connections}", f"-d{duration_s}s", "--timeout", "120s", "-s", str(script), proxy.url)
    before = cpu_of(proxy.session)
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    cpu_s = cpu_of(proxy.session) - before
    done = _DONE.search(said)
    if done is None or _FAILED.search(said):
        raise LoadFailedError(proxy.name, said)
    answered, wall_s = int(done[1]), float(done[2]) * (60 if done[3] == "m" else 1)
    return Load(answered=answered, begun=answered + connections, wall_s=wall_s, cpu_s=cpu_s)


def wrk_script(body: str, headers: Mapping[str, str]) -> str:
    """Return the Lua script that makes wrk send this body."""
    told = {"Content-Type": "application/json", "Authorization": "Bearer sk-bench", **headers}
    lines = [f"wrk.headers[{name!r}] = {value!r}" for name, value in told.items()]
    return "\n".join(('wrk.method = "POST"', f"wrk.body = [[{body}]]", *lines, ""))


def request_bytes(url: str, body: str, headers: Mapping[str, str]) -> bytes:
    """Return a whole request as it goes over the wire."""
    parts = urlsplit(url)
    told = {
        "Host": parts.netloc,
        "Content-Type": "application/json",
        "Authorization": "Bearer sk-bench",
        "Content-Length": str(len(body)),
        **headers,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    return f"POST {parts.path} HTTP/1.1\r\n{lines}\r\n{body}".encode()


class Caller:
    """A client with one connection, on which it asks again and again."""

    def __init__(self, url: str, body: str, headers: Mapping[str, str], trust: Path | None = None) -> None:
        """Connect; `trust` is the file that a certificate is checked against."""
        parts = urlsplit(url)
        self._request = request_bytes(url, body, headers)
        connection = socket.create_connection((parts.hostname or "", parts.port or 80), timeout=_FIRST_S)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if parts.scheme == "https":
            context = ssl.create_default_context(cafile=trust)
            connection = context.wrap_socket(connection, server_hostname=parts.hostname)
        self._socket = connection
        self._place = parts.netloc

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def call(self) -> Sample:
        """Send one request and read its answer.

        Raises:
            LoadFailedError: it is an error, or none.
        """
        begin = time.perf_counter()
        self._socket.sendall(self._request)
        received, first = b"", 0.0
        while not _is_whole(received):
            piece = self._socket.recv(_READ_BYTES)
            if not piece or (not received and not piece.startswith(b"HTTP/1.1 200")):
                raise LoadFailedError(self._place, (received + piece).decode(errors="replace"))
            received += piece
            if not first and received.partition(b"\r\n\r\n")[2]:
                first = time.perf_counter()
        return Sample(first_s=first - begin, whole_s=time.perf_counter() - begin)


def _is_whole(received: bytes) -> bool:
    head, end, body = received.partition(b"\r\n\r\n")
    if not end:
        return False
    told = re.search(rb"(?i)content-length: *(\d+)", head)
    return len(body) >= int(told[1]) if told else body.endswith(_LAST_CHUNK)


def pss_of(session: int) -> int:
    """Return the memory of all processes of a session in bytes, shared pages divided among those that share them."""
    return sum(sizes_of(session))


async def with_open_streams(proxy: Running, count: int) -> int:
    """Return the proxy's memory in bytes while so many streams have begun and none has ended.

    Raises:
        LoadFailedError: a stream did not begin.
    """
    request = request_bytes(proxy.url, HELD, proxy.headers)
    parts = urlsplit(proxy.url)
    writers: list[asyncio.StreamWriter] = []
    gate = asyncio.Semaphore(_MOST_OPENING)

    async def begin() -> None:
        async with gate, asyncio.timeout(_FIRST_S):
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            writers.append(writer)
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise LoadFailedError(proxy.name, head.decode(errors="replace"))
            await reader.readuntil(b"data: ")

    try:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(count):
                tasks.create_task(begin())
        return pss_of(proxy.session)
    except* (LoadFailedError, OSError, EOFError) as errors:
        raise LoadFailedError(proxy.name, f"{count} open streams: {errors.exceptions[0]!r}") from None
    finally:
        for writer in writers:
            writer.close()


def latencies(
    calls: Mapping[str, tuple[str, Mapping[str, str]]], body: str, *, rounds: int, trust: Path | None = None
) -> dict[str, list[Sample]]:
    """Return samples of each address, with the headers it wants, taken one after the other, over and over."""
    with ExitStack() as stack:
        callers = {
            name: stack.enter_context(closing(Caller(url, body, headers, trust)))
            for name, (url, headers) in calls.items()
        }
        samples: dict[str, list[Sample]] = {name: [] for name in callers}
        for each in range(_WARM + rounds):
            for name, caller in callers.items():
                sample = caller.call()
                if each >= _WARM:
                    samples[name].append(sample)
    return samples
