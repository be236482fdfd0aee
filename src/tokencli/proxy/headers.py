"""Headers of a forwarded call: which of them pass.

A request's names are lower case, as ASGI has them; order and repeated headers are kept. Left out is what is meant
for one connection (RFC 9110, section 7.6.1), what is said anew for the next one, and what is said to tokencli itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

Headers = list[tuple[bytes, bytes]]

OWN_PREFIX = b"x-tokencli-"
VIA = b"x-tokencli-via"
_CONNECTION = b"connection"
_NAMES_NONE = frozenset({b"keep-alive", b"close", b"Keep-Alive"})
_HOP_BY_HOP = frozenset(
    {
        _CONNECTION,
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
_SAID_ANEW = frozenset({b"host", b"content-length", b"expect"})


def first(headers: Headers, name: bytes) -> str | None:
    """Return the first header of a name, in any case, as text; None when there is none or it is empty."""
    found = next((value for each, value in headers if each.lower() == name), b"")
    return found.decode("utf-8", "replace").strip() or None


def text_of(headers: Mapping[bytes, bytes], name: bytes) -> str | None:
    """Return one of a request's headers, told apart by name, as text; None when there is none or it is empty."""
    value = headers.get(name)
    return value.decode("utf-8", "replace").strip() or None if value else None


def without_hop_by_hop(headers: Headers) -> Headers:
    """Return the headers that are not for one connection alone, names in any case; for requests and answers."""
    named: set[bytes] = set()
    for name, value in headers:
        if len(name) == len(_CONNECTION) and name.lower() == _CONNECTION and value not in _NAMES_NONE:
            named.update(part.strip().lower() for part in value.split(b","))
    dropped = _HOP_BY_HOP | named if named else _HOP_BY_HOP
    return [pair for pair in headers if pair[0].lower() not in dropped]


def forwardable(headers: Headers) -> Headers:
    """Return the headers of a request that pass to a provider; its credentials are among them."""
    return [
        pair for pair in without_hop_by_hop(headers) if pair[0] not in _SAID_ANEW and not pair[0].startswith(OWN_PREFIX)
    ]


def without(headers: Headers, *names: bytes) -> Headers:
    """Return the headers but for those of these names."""
    return [pair for pair in headers if pair[0] not in names]
