"""What a hostile web page can make a browser send to 127.0.0.1: nothing of it reaches a provider or changes anything.

Each request is written out as a browser, or a name that was bound to another address (DNS rebinding), would send it.
"""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING

from tests.async_runs import async_test
from tests.e2e.serving import serving
from tests.proxy.fake_provider import FakeProvider
from tests.reliability.protocols import SPEECHES, whole_answer
from tests.reliability.rig import call, call_of, check_whole, config, get, place_of, rows_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.serving import Proxy

CHAT = "/v1/chat/completions"
EVIL = "Origin: https://evil.example"
BODY = json.dumps({"model": "m", "messages": []})
SESSION = json.dumps({"name": "stolen"})
UPGRADE = (
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)
HOST = "Host: 127.0.0.1:{port}"
JSON = "Content-Type: application/json"
TEXT = "Content-Type: text/plain;charset=UTF-8"
FORM = "Content-Type: application/x-www-form-urlencoded"
MULTIPART = "Content-Type: multipart/form-data; boundary=x"
CROSS = "Sec-Fetch-Site: cross-site"

# Method and target, headers, body.
REQUESTS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    # Pages of other sites, simple requests that need no preflight.
    (f"POST {CHAT}", (HOST, EVIL, JSON), BODY),
    (f"POST {CHAT}", (HOST, EVIL, TEXT), BODY),
    (f"POST {CHAT}", (HOST, EVIL, FORM), BODY),
    (f"POST {CHAT}", (HOST, EVIL, MULTIPART), BODY),
    (f"POST {CHAT}", (HOST, "Origin: null", TEXT), BODY),
    (f"POST {CHAT}", (HOST, "Origin: file://", TEXT), BODY),
    (f"POST {CHAT}", (HOST, "Origin: http://127.0.0.1.evil.example:{port}", TEXT), BODY),
    (f"POST {CHAT}", (HOST, "Origin: http://localhost:1", TEXT), BODY),
    (f"POST {CHAT}", (HOST, "Origin: https://127.0.0.1:{port}", TEXT), BODY),
    (f"POST {CHAT}", (HOST, "Origin: chrome-extension://abcdefghijklmnop", TEXT), BODY),
    (f"POST {CHAT}", (HOST, EVIL, "Origin: http://127.0.0.1:{port}", TEXT), BODY),
    (f"POST {CHAT}", (HOST, CROSS, "Sec-Fetch-Mode: no-cors", TEXT), BODY),
    (f"POST {CHAT}", (HOST, "Sec-Fetch-Site: same-site", TEXT), BODY),
    ("POST /p/chat/v1/chat/completions", (HOST, EVIL, TEXT), BODY),
    ("POST /s/work/v1/messages", (HOST, EVIL, TEXT), BODY),
    ("POST /v1beta/models/m:generateContent?key=x", (HOST, EVIL, TEXT), BODY),
    ("GET /p/chat/v1/models", (HOST, EVIL), ""),
    ("GET /p/chat/v1/models", (HOST, CROSS), ""),
    # Preflights.
    (f"OPTIONS {CHAT}", (HOST, EVIL, "Access-Control-Request-Method: POST"), ""),
    ("OPTIONS /p/chat/v1/chat/completions", (HOST, EVIL, "Access-Control-Request-Private-Network: true"), ""),
    ("OPTIONS /api/sessions", (HOST, EVIL, "Access-Control-Request-Headers: content-type"), ""),
    # Names that were bound to this machine's address.
    (f"POST {CHAT}", ("Host: evil.example", JSON), BODY),
    (f"POST {CHAT}", ("Host: evil.example:{port}", "Origin: http://evil.example:{port}", JSON), BODY),
    (f"POST {CHAT}", ("Host: localhost.evil.example:{port}", JSON), BODY),
    (f"POST {CHAT}", ("Host: 127.0.0.1.nip.io:{port}", JSON), BODY),
    (f"POST {CHAT}", ("Host: 2130706433:{port}", JSON), BODY),
    (f"POST {CHAT}", ("Host: 0x7f000001:{port}", JSON), BODY),
    (f"POST {CHAT}", ("Host: 0.0.0.0:{port}", JSON), BODY),
    (f"POST {CHAT}", ("Host: [::ffff:127.0.0.1]:{port}", JSON), BODY),
    (f"POST {CHAT}", ("Host: [::]:{port}", JSON), BODY),
    (f"POST {CHAT}", ("Host: 127.0.0.1@evil.example:{port}", JSON), BODY),
    (f"POST {CHAT}", ("Host: localhost., evil.example", JSON), BODY),
    (f"POST {CHAT}", ("Host:", JSON), BODY),
    (f"POST {CHAT}", (JSON,), BODY),
    (f"POST {CHAT}", (HOST, "Host: evil.example", JSON), BODY),
    (f"POST {CHAT}", ("Host: evil.example", HOST, JSON), BODY),
    # Other ways in: a proxy's forms of a target, WebSockets.
    (f"POST http://evil.example{CHAT}", ("Host: evil.example", JSON), BODY),
    ("CONNECT 127.0.0.1:{port}", ("Host: evil.example",), ""),
    ("CONNECT 127.0.0.1:{port}", (HOST, EVIL), ""),
    ("GET /v1/responses", (HOST, EVIL, *UPGRADE), ""),
    ("GET /v1/responses", (HOST, *UPGRADE), ""),
    ("GET /ws", (HOST, EVIL, *UPGRADE), ""),
    # Our own room: reading and changing.
    ("GET /api/report", (HOST, EVIL), ""),
    ("GET /api/sessions", ("Host: evil.example:{port}",), ""),
    ("GET /api/export/csv", (HOST, "Origin: null"), ""),
    ("GET /api/providers", (HOST, CROSS, "Sec-Fetch-Mode: no-cors"), ""),
    ("POST /api/sessions", (HOST, EVIL, JSON), SESSION),
    ("POST /api/sessions", (HOST, EVIL, TEXT), SESSION),
    ("POST /api/sessions", (HOST, FORM), "name=stolen"),
    ("POST /api/sessions", (HOST, TEXT), SESSION),
    ("POST /api/sessions", (HOST, CROSS, TEXT), SESSION),
    ("POST /api/sessions/work/activate", (HOST, EVIL, TEXT), ""),
)


async def answer_to(proxy: Proxy, line: str, headers: tuple[str, ...], body: str) -> bytes:
    """Send one request as it stands and return its answer, empty where the connection was closed without one."""
    host, port = place_of(proxy.url)
    text = "\r\n".join([f"{line} HTTP/1.1", *headers, f"Content-Length: {len(body)}"]).replace("{port}", str(port))
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(f"{text}\r\n\r\n{body}".encode())
        async with asyncio.timeout(10):
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"\r\ncontent-length: (\d+)", head, re.IGNORECASE)
            return head + await reader.readexactly(int(length[1]) if length else 0)
    except asyncio.IncompleteReadError as end:
        return end.partial
    finally:
        writer.transport.abort()


@async_test
async def test_no_request_of_a_hostile_page_reaches_a_provider_or_changes_anything(tmp_path: Path) -> None:
    speech = SPEECHES["chat"]("")
    async with FakeProvider() as provider:
        provider.choose = lambda request: whole_answer(call_of(request))
        names = [("chat", "openai", "v1"), ("openai", "openai", "v1"), ("anthropic", "anthropic", "v1")]
        setting = config([(name, kind, f"{provider.url}/{base}") for name, kind, base in names])
        with serving(tmp_path, setting) as proxy:
            assert (await get(proxy, "/api/sessions", "POST", b'{"name": "work"}')).status == 201
            assert (await get(proxy, "/api/sessions", "POST", b'{"name": "active"}')).status == 201
            before = proxy.rows("SELECT * FROM session ORDER BY id"), proxy.rows("SELECT * FROM meta ORDER BY 1")
            for line, headers, body in REQUESTS:
                answer = await answer_to(proxy, line, headers, body)
                status = int(answer.split(b" ", 2)[1]) if answer else 0
                assert status in {0, 400, 403, 404, 405, 415, 421, 426}, (line, headers, answer)
                assert b"access-control" not in answer.lower(), (line, headers, answer)
                assert b"sk-test" not in answer
            assert provider.requests == []
            after = proxy.rows("SELECT * FROM session ORDER BY id"), proxy.rows("SELECT * FROM meta ORDER BY 1")
            assert after == before
            assert rows_of(proxy.ledger) == []
            # The same proxy serves those who may.
            assert (await call(proxy, f"/p/chat{speech.path}", speech.body, "own")).status == 200
            assert proxy.stop() == 0
    check_whole(tmp_path / "ledger.db")


def test_there_are_more_than_forty_of_them() -> None:
    assert len(set(REQUESTS)) == len(REQUESTS) > 40
