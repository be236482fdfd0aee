"""Hosts on 127.0.0.1 that answer as told, or not at all, and remember what they were asked."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

CANARY = "sk-canary-that-nobody-may-see"


@dataclass
class Host:
    """One host; `asked` holds path and headers of each request, the headers' names in lower case.

    `greeted` holds those that ask how it is, which says whether it is a tokencli.
    """

    url: str = ""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list[tuple[str, dict[str, str]]])
    greeted: list[tuple[str, dict[str, str]]] = field(default_factory=list[tuple[str, dict[str, str]]])


@contextmanager
def host(status: int = 200, *, headers: dict[str, str] | None = None, body: bytes = b"{}") -> Generator[Host]:
    """Answer every GET with a status until the block ends."""
    told = Host()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard = told.greeted if self.path.endswith("/health") else told.asked
            heard.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's name
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        told.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield told
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def silent_host() -> Generator[str]:
    """Take connections and say nothing until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def closed_port() -> str:
    """Return an address at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"
