"""The guard: who may call. It stands before every path, those of providers and our own alike.

Bound to this machine alone, tokencli needs no password, so web pages must be kept out by what their browser says of
them: a Host that is no name of this machine (DNS rebinding), an Origin of another site, a Sec-Fetch-Site that says
so. Bound elsewhere, every request needs the token. No answer carries CORS headers.
"""

from __future__ import annotations

import hmac
import re
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from tokencli.domain.errors import UsageError
from tokencli.proxy.refusals import ForeignHostError, ForeignOriginError, TokenMissingError, UpgradeRefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable

Headers = list[tuple[bytes, bytes]]

_LOCAL_NAMES = (b"127.0.0.1", b"localhost", b"[::1]")
_BEARER = b"bearer "
_TOKEN_HEADERS = {b"x-tokencli-token", b"x-api-key", b"x-goog-api-key"}
_TOKEN_PARAMETERS = {b"token", b"key"}
_OWN_SITES = {b"none", b"same-origin"}
_SHORTEST_TOKEN = 16
_HTTP_PORT = 80
_PORT_DIGITS = 5
_WEBSOCKET = b"websocket"
_VISIBLE = re.compile(r"[!-~]+")


class TokenNeededError(UsageError):
    """A bind beyond this machine without a token."""

    def __init__(self, host: str) -> None:
        """Name the host and the two ways out."""
        super().__init__(
            f"{host} can be reached from other machines: say --token T (or set TOKENCLI_TOKEN), or bind to 127.0.0.1."
        )


class ShortTokenError(UsageError):
    """A token that can be found by trying, on a bind that others can reach."""

    def __init__(self) -> None:
        """Say how long one is, why, and how to get it."""
        super().__init__(
            f"a token of fewer than {_SHORTEST_TOKEN} characters can be found by trying, and others may try: "
            "make one with 'openssl rand -hex 16' and give it to --token or TOKENCLI_TOKEN."
        )


class UnusableTokenError(UsageError):
    """A token that is empty, or that no header can carry."""

    def __init__(self) -> None:
        """Say what a token is made of."""
        super().__init__(
            "a token is made of ASCII letters, digits and signs, without spaces: choose another for --token."
        )


def is_local(address: str) -> bool:
    """Return whether an IP address can be reached from this machine alone."""
    return ip_address(address.partition("%")[0]).is_loopback


class Guard:
    """The rules of one bind.

    Raises:
        TokenNeededError, ShortTokenError: an address that others can reach, and no token or one that is soon guessed.
        UnusableTokenError: a token that is empty or cannot be sent.
    """

    def __init__(self, addresses: Iterable[str], port: int, token: str | None = None) -> None:
        """Take the addresses that are listened on and the port that clients use."""
        bound = list(addresses)
        others = [address for address in bound if not is_local(address)]
        if others and token is None:
            raise TokenNeededError(others[0])
        if token is not None and not _VISIBLE.fullmatch(token):
            raise UnusableTokenError
        if others and token is not None and len(token) < _SHORTEST_TOKEN:
            raise ShortTokenError
        self._token = None if token is None else token.encode()
        own = (f"[{address}]" if ":" in address else address for address in bound)
        self._hosts = None if others else frozenset((*_LOCAL_NAMES, *(name.encode() for name in own)))
        self._port = port

    def check(self, headers: Headers, query: bytes) -> tuple[Headers, bytes]:
        """Return headers and query without our token; names are lower case, as ASGI has them.

        Raises:
            ForeignHostError: no Host, several, or one that is not this machine's.
            ForeignOriginError: a web page of another site asks.
            TokenMissingError: no token, or a wrong one.
            UpgradeRefusedError: a WebSocket handshake.
        """
        if self._hosts is not None:
            self._check_names(headers, self._hosts)
        if self._token is not None:
            headers, query = _without_token(headers, query, self._token)
        if any(name == b"upgrade" and value.strip().lower() == _WEBSOCKET for name, value in headers):
            raise UpgradeRefusedError
        return headers, query

    def _check_names(self, headers: Headers, local: frozenset[bytes]) -> None:
        hosts: list[bytes] = []
        for name, value in headers:
            if name == b"host":
                hosts.append(value)
            elif name == b"origin":
                self._check_origin(value, local)
            elif name == b"sec-fetch-site" and value.strip().lower() not in _OWN_SITES:
                raise ForeignOriginError(None)
        if len(hosts) != 1 or _host_and_port(hosts[0])[0] not in local:
            raise ForeignHostError([host.decode("latin-1") for host in hosts])

    def _check_origin(self, origin: bytes, local: frozenset[bytes]) -> None:
        scheme, _, rest = origin.strip().lower().partition(b"://")
        if scheme == b"http":
            host, port = _host_and_port(rest)
            if host in local and port == self._port:
                return
        raise ForeignOriginError(origin.decode("latin-1"))


def _host_and_port(authority: bytes) -> tuple[bytes, int | None]:
    """Return host in lower case and port, 80 where none is told; the port is None when it is no port."""
    host, colon, port = authority.strip().lower().rpartition(b":")
    if not colon or port.endswith(b"]"):
        return authority.strip().lower(), _HTTP_PORT
    if not port.isdigit() or len(port) > _PORT_DIGITS:
        return b"", None
    return host, int(port)


def _without_token(headers: Headers, query: bytes, token: bytes) -> tuple[Headers, bytes]:
    """Return what is left when every place that holds the token is taken out; a client's own keys stay."""
    kept = [(name, value) for name, value in headers if not _is_token(_said(name, value), token)]
    parts = [part for part in query.split(b"&") if not _is_token(_parameter(part), token)]
    left = b"&".join(parts)
    if len(kept) == len(headers) and left == query:
        raise TokenMissingError
    return kept, left


def _is_token(said: bytes | None, token: bytes) -> bool:
    return said is not None and hmac.compare_digest(said, token)


def _said(name: bytes, value: bytes) -> bytes | None:
    if name in _TOKEN_HEADERS:
        return value.strip()
    if name == b"authorization" and value[: len(_BEARER)].lower() == _BEARER:
        return value[len(_BEARER) :].strip()
    return None


def _parameter(part: bytes) -> bytes | None:
    name, _, value = part.partition(b"=")
    return unquote_to_bytes(value) if name in _TOKEN_PARAMETERS else None
