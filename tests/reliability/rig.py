"""What the reliability tests share: a running `tokencli serve` before the fake provider, and the ledger as it is.

Each call carries an id of its own in `x-session-id`, which the provider sees and which the row keeps as its
conversation, also when nothing but the call's beginning was written down. So requests, answers and rows are held to
each other one by one.

The short form runs in `make test`; `make torture` runs the long one (TOKENCLI_TORTURE=1), TOKENCLI_KILLS says how many
kills.
"""

from __future__ import annotations

import asyncio
import os
import re
import sqlite3
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.cost_logs import check_sums
from tests.proxy.calls import Client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from tests.e2e.serving import Proxy
    from tests.proxy.calls import Reply
    from tests.proxy.fake_provider import FakeProvider, Received

IS_LONG = os.environ.get("TOKENCLI_TORTURE") == "1"
KILLS = int(os.environ.get("TOKENCLI_KILLS") or (1000 if IS_LONG else 50))
PATIENCE_S = 30.0
CALL = b"x-session-id"
KEY = "sk-test-reliability"
_ROWS = """
SELECT o.key || '.' || (e.id & 1099511627775), d.conversation_id, f.provider_name, f.finish, f.basis, f.error_type,
       e.input_tokens, e.output_tokens, d.response_id
FROM event AS e JOIN origin AS o ON o.id = e.id >> 40 JOIN facet AS f ON f.id = e.facet_id
LEFT JOIN event_detail AS d ON d.event_id = e.id WHERE f.source = 'proxy' ORDER BY e.id"""


class Row(NamedTuple):
    """One call as the ledger tells it; `call` is the id that its client gave it."""

    event_id: str
    call: str | None
    provider_name: str
    finish: str
    basis: str
    error_type: str | None
    input_tokens: int | None
    output_tokens: int | None
    response_id: str | None


def config(
    providers: Iterable[tuple[str, str, str]], *, server: str = "", extra: str = "timeout_s = 60", key: str = KEY
) -> str:
    """Return a config.toml for providers as (name, type, base URL); `extra` stands in each of their tables."""
    tables = [
        f'[providers."{name}"]\ntype = "{kind}"\nbase_url = "{url}"\napi_key = "{key}"\nrpm = 0\n{extra}\n'
        for name, kind, url in providers
    ]
    return f"[server]\n{server}\n" + "".join(tables)


def rows_of(ledger: Path) -> list[Row]:
    """Return the calls in a ledger, as another process sees them."""
    with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as connection:
        return [Row(*row) for row in connection.execute(_ROWS)]


def check_whole(ledger: Path) -> None:
    """Hold a ledger that nobody writes to to what is always true: sound, summed up, and nothing left on its way."""
    with closing(sqlite3.connect(ledger)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        check_sums(connection)
        assert connection.execute("SELECT count(*) FROM intent").fetchone() == (0,)
    assert [path.name for folder in ("runs", "spool") for path in Path(f"{ledger}.{folder}").glob("*")] == []


async def until(told: Callable[[], object], what: str, patience_s: float = PATIENCE_S) -> None:
    """Wait until something is true; the pauses only space the questions."""
    deadline = asyncio.get_running_loop().time() + patience_s
    while not told():
        assert asyncio.get_running_loop().time() < deadline, f"not within {patience_s:g} s: {what}"
        await asyncio.sleep(0.01)


async def row_of(ledger: Path, call: str) -> Row:
    """Wait for the row of a call, and see that it is the only one."""
    found: list[Row] = []

    def told() -> bool:
        found[:] = [row for row in rows_of(ledger) if row.call == call]
        return bool(found)

    await until(told, f"a row of {call}")
    (row,) = found
    return row


@asynccontextmanager
async def client_of(url: str) -> AsyncIterator[Client]:
    """Open a connection to a proxy; it is broken off at the end."""
    reader, writer = await asyncio.open_connection(*place_of(url))
    try:
        yield Client(reader, writer)
    finally:
        writer.transport.abort()


def place_of(url: str) -> tuple[str, int]:
    """Return the host and port of a URL of 127.0.0.1."""
    found = re.fullmatch(r"http://(127\.0\.0\.1):(\d+)", url)
    assert found, url
    return found[1], int(found[2])


async def call(proxy: Proxy, path: str, body: bytes, name: str, *headers: bytes) -> Reply:
    """Make one call under an id, on a connection of its own."""
    async with client_of(proxy.url) as client:
        client.ask(path, body, "POST", CALL + b": " + name.encode(), b"Content-Type: application/json", *headers)
        return await client.reply()


async def get(proxy: Proxy, path: str, method: str = "GET", body: bytes = b"") -> Reply:
    """Ask the proxy itself."""
    async with client_of(proxy.url) as client:
        client.ask(path, body, method, *([b"Content-Type: application/json"] if body else []))
        return await client.reply()


def call_of(request: Received) -> str:
    """Return the id of the call that a provider received."""
    return (request.one(CALL) or b"").decode()


def calls_at(provider: FakeProvider) -> list[str]:
    """Return the ids of the calls that a provider received; questions whether it is a tokencli are none."""
    return [call_of(request) for request in provider.requests if request.method == "POST"]


def memory_kib(pid: int, name: str = "VmHWM") -> int:
    """Return a figure of a process in KiB: VmHWM, the most it ever held; VmRSS; or Pss, its share of shared pages."""
    place = Path(f"/proc/{pid}/{'smaps_rollup' if name == 'Pss' else 'status'}")
    found = re.search(rf"^{name}:\s+(\d+) kB", place.read_text(encoding="ascii"), re.MULTILINE)
    assert found
    return int(found[1])
