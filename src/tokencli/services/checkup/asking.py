"""Asking hosts whether they answer: one GET each, all at once, with a deadline for all of them.

A question follows no redirect, so that its headers go to the host it names and to no other; certificates are checked
against the system's own. Of an answer only the head is read, and a little of a refusal. A host that is not on the open
internet may be another tokencli: it is asked for its health first, and gets a key only when it is none.
"""

from __future__ import annotations

import socket
import ssl
import time
import urllib.request
from base64 import b64encode
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ipaddress import ip_address
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, unquote_to_bytes, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

WAIT_S: Final = 5.0
_BODY = 8192
_BAD_REQUEST = 400
_OURS = "x-tokencli-"
_MOST_PREFIXES = 4
_HTTP_PORT, _TLS_PORT = 80, 443
_ANSWERED_NOT = "does not answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A URL and the headers to send with it; `has_key` says that they are not for everybody."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    has_key: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of a question: a status, or the reason why there is none, as the end of a sentence.

    `is_tokencli` says that another tokencli answered; `body` is the beginning of what a 400 says.
    """

    status: int | None = None
    fault: str = ""
    is_tokencli: bool = False
    body: bytes = b""


def ask_all(
    questions: Sequence[Question],
    environ: Mapping[str, str],
    *,
    wait_s: float = WAIT_S,
    heard: Callable[[int], None] = lambda _: None,
    clock: Callable[[], float] = time.monotonic,
) -> list[Answer]:
    """Ask all questions at once; return their answers in the same order, after `wait_s` seconds at the latest.

    `heard` is told how many have answered. A look-up of a name cannot be broken off: its thread is left behind.
    """
    came: SimpleQueue[tuple[int, Answer]] = SimpleQueue()
    tls = ssl.create_default_context() if questions else None
    for number, question in enumerate(questions):
        asker = Thread(target=_answer_to, args=(came, number, question, environ, tls, wait_s), daemon=True)
        asker.start()
    silent = Answer(fault=f"{_ANSWERED_NOT} within {wait_s:g} s")
    answers, until = [silent] * len(questions), clock() + wait_s
    for count in range(1, len(questions) + 1):
        try:
            number, answers_it = came.get(timeout=max(0.0, until - clock()))
        except Empty:
            break
        answers[number] = answers_it
        heard(count)
    return answers


def _answer_to(
    came: SimpleQueue[tuple[int, Answer]],
    number: int,
    question: Question,
    environ: Mapping[str, str],
    tls: ssl.SSLContext | None,
    wait_s: float,
) -> None:
    try:
        answer = _asked(question, environ, tls, wait_s)
    except (OSError, HTTPException, ValueError) as error:
        by = ", by way of HTTPS_PROXY" if _way(urlsplit(question.url), environ) else ""
        answer = Answer(fault=f"{_words(error, wait_s)}{by}")
    came.put((number, answer))


def _asked(question: Question, environ: Mapping[str, str], tls: ssl.SSLContext | None, wait_s: float) -> Answer:
    parts = urlsplit(question.url)
    if question.has_key and _is_near(parts, environ):
        for path in _health_paths(parts.path):
            answer = _got(parts, path, {}, environ, tls, wait_s)
            if answer.is_tokencli:
                return answer
    return _got(parts, parts.path or "/", question.headers, environ, tls, wait_s)


def _got(
    parts: SplitResult,
    path: str,
    headers: Mapping[str, str],
    environ: Mapping[str, str],
    tls: ssl.SSLContext | None,
    wait_s: float,
) -> Answer:
    connection = _connection(parts, environ, tls, wait_s)
    try:
        connection.request("GET", path, headers=dict(headers))
        found = connection.getresponse()
        is_tokencli = any(name.lower().startswith(_OURS) for name, _ in found.getheaders())
        body = found.read(_BODY) if found.status == _BAD_REQUEST else b""
        return Answer(status=found.status, is_tokencli=is_tokencli, body=body)
    finally:
        connection.close()


def _is_near(parts: SplitResult, environ: Mapping[str, str]) -> bool:
    """Say whether a host is on this machine or in its own network; what a proxy of the network reaches is not."""
    if _way(parts, environ) is not None:
        return False
    found = socket.getaddrinfo(parts.hostname, parts.port or _TLS_PORT, type=socket.SOCK_STREAM)
    return not all(ip_address(str(address[0]).partition("%")[0]).is_global for *_, address in found)


def _health_paths(path: str) -> list[str]:
    """Return where a tokencli would say how it is: at the root, or below each part of the path before the last."""
    parts = [each for each in path.split("/")[:-1] if each][:_MOST_PREFIXES]
    return ["/".join(("", *parts[:length], "health")) for length in range(len(parts) + 1)]


def _connection(
    parts: SplitResult, environ: Mapping[str, str], tls: ssl.SSLContext | None, wait_s: float
) -> HTTPConnection:
    """Return a connection that is not open yet; with TLS it may lead through the proxy that the environment names."""
    host = parts.hostname or ""
    if parts.scheme != "https":
        return HTTPConnection(host, parts.port, timeout=wait_s)
    port, way = parts.port or _TLS_PORT, _way(parts, environ)
    if way is None:
        return HTTPSConnection(host, port, timeout=wait_s, context=tls)
    forward = urlsplit(way if "://" in way else f"http://{way}")
    connection = HTTPSConnection(forward.hostname or "", forward.port or _HTTP_PORT, timeout=wait_s, context=tls)
    login, _, _ = forward.netloc.rpartition("@")
    words = {"Proxy-Authorization": f"Basic {b64encode(unquote_to_bytes(login)).decode()}"} if login else {}
    connection.set_tunnel(host, port, words)
    return connection


def _way(parts: SplitResult, environ: Mapping[str, str]) -> str | None:
    """Return the proxy by which the environment wants a host to be called; None without TLS, as in `serve`."""
    way = environ.get("https_proxy") or environ.get("HTTPS_PROXY")
    if parts.scheme != "https" or not way:
        return None
    exempt = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    host = parts.hostname or ""
    named = f"[{host}]:{parts.port or _TLS_PORT}" if ":" in host else f"{host}:{parts.port or _TLS_PORT}"
    is_exempt = urllib.request.proxy_bypass_environment(named, {"no": exempt})  # type: ignore[attr-defined]
    return None if is_exempt else way


def _words(error: Exception, wait_s: float) -> str:
    """Return what went wrong as the end of a sentence; nothing of the question stands in it."""
    told = (
        (socket.gaierror, "its name is not resolved"),
        (TimeoutError, f"{_ANSWERED_NOT} within {wait_s:g} s"),
        (ConnectionRefusedError, "the connection is refused"),
        (ConnectionError, "the connection was broken off"),
        (ssl.SSLCertVerificationError, f"its certificate is not valid ({getattr(error, 'verify_message', '')})"),
        (ssl.SSLError, "it does not speak TLS as it should"),
        (HTTPException, "it does not speak HTTP"),
        (ValueError, "its address cannot be asked"),
    )
    if str(error).startswith("Tunnel connection failed"):
        return "the connection is refused"
    words = next((words for kind, words in told if isinstance(error, kind)), "")
    return words or (getattr(error, "strerror", None) or type(error).__name__).lower()
