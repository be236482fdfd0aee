"""Address: what a URL says of where a request goes. Path and query stay as they are, byte for byte."""

from __future__ import annotations

from base64 import b64encode
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import unquote_to_bytes, urlsplit

from tokencli.proxy.faults import UnsendableRequestError

_PORTS: Final = {"http": 80, "https": 443}
_LONGEST_REMEMBERED: Final = 300
_NO_HOST: Final = "its URL has no host"


class Origin(NamedTuple):
    """Whom a connection leads to."""

    is_tls: bool
    host: str
    port: int


class Address(NamedTuple):
    """What a URL says: where to connect to, how it is named in a Host header and in sentences, and what to ask for.

    `login` is a name and a password that stand in the URL itself.
    """

    origin: Origin
    host: bytes
    shown: str
    target: bytes
    login: bytes = b""


def address_of(url: str) -> Address:
    """Return what a URL says; its path and query stay as they are.

    Raises:
        UnsendableRequestError: it is no URL that a request can be sent to.
    """
    place, mark, query = url.partition("?")
    address = _remembered(place) if len(place) <= _LONGEST_REMEMBERED else _address(place)
    return address._replace(target=b"%b?%b" % (address.target, query.encode())) if mark else address


def _address(place: str) -> Address:
    try:
        parts = urlsplit(place)
        host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        name = host if host.isascii() else host.encode("idna").decode("ascii")
        target = (parts.path or "/").encode()
    except (ValueError, KeyError) as fault:
        raise UnsendableRequestError(str(fault)) from fault
    if not name:
        raise UnsendableRequestError(_NO_HOST)
    login, _, shown = parts.netloc.rpartition("@")
    named = f"[{name}]" if ":" in name else name
    is_told = port != _PORTS[parts.scheme]
    return Address(
        origin=Origin(is_tls=parts.scheme == "https", host=name, port=port),
        host=(f"{named}:{port}" if is_told else named).encode("ascii"),
        shown=shown,
        target=target,
        login=b"Basic " + b64encode(unquote_to_bytes(login)) if login else b"",
    )


_remembered = lru_cache(maxsize=256)(_address)
