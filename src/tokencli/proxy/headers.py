"""Headers of a forwarded call: which pass, and whose credentials go with them.

A request's names are lower case, as ASGI has them; order and repeated headers are kept. Left out is what is meant
for one connection (RFC 9110, section 7.6.1), what is said anew for the next one, and what is said to tokencli itself.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from tokencli.domain.text import visible
from tokencli.proxy.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

Headers = list[tuple[bytes, bytes]]

OWN_PREFIX = b"x-tokencli-"
VIA = b"x-tokencli-via"
_CONNECTION = b"connection"
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
_CREDENTIALS = frozenset({b"authorization", b"x-api-key", b"x-goog-api-key", b"api-key"})
_KEY_PARAMETER = b"key"
_SENDABLE = re.compile(r"[\x21-\x7e]+")


class UnsendableKeyError(Refusal):
    """A key that no header can carry; it is not shown."""

    status = 500
    code = "unsendable_key"

    def __init__(self, provider: str, place: str) -> None:
        """Name the provider and where its key is read."""
        super().__init__(
            f"the key of {visible(provider)} in {place} holds a space, a line end or a letter that no key has."
        )


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
    dropped = _HOP_BY_HOP
    for name, value in headers:
        if len(name) == len(_CONNECTION) and name.lower() == _CONNECTION:
            dropped = dropped | {part.strip().lower() for part in value.split(b",")}
    return [pair for pair in headers if pair[0].lower() not in dropped]


def forwardable(headers: Headers) -> Headers:
    """Return the headers of a request that pass to a provider; its credentials are among them."""
    return [
        pair for pair in without_hop_by_hop(headers) if pair[0] not in _SAID_ANEW and not pair[0].startswith(OWN_PREFIX)
    ]


def without(headers: Headers, *names: bytes) -> Headers:
    """Return the headers but for those of these names."""
    return [pair for pair in headers if pair[0] not in names]


def without_credentials(headers: Headers) -> Headers:
    """Return the headers without any that carry a key."""
    return [pair for pair in headers if pair[0] not in _CREDENTIALS]


def query_without_key(query: bytes) -> bytes:
    """Return a query string without `key=`, in which Gemini's clients may send theirs; the rest as it came."""
    if not query:
        return query
    parts = query.split(b"&")
    return b"&".join(part for part in parts if unquote_to_bytes(part.partition(b"=")[0]) != _KEY_PARAMETER)


def has_credentials(headers: Headers, query: bytes) -> bool:
    """Say whether a client sent a key of its own."""
    return any(name in _CREDENTIALS for name, _ in headers) or query_without_key(query) != query


def key_header(provider: str, place: str, key: str, manner: bytes) -> tuple[bytes, bytes]:
    """Return the header that carries a key; `manner` is its name, and authorization takes it as a bearer token.

    Raises:
        UnsendableKeyError: the key holds what no header can carry.
    """
    if not _SENDABLE.fullmatch(key.strip()):
        raise UnsendableKeyError(provider, place)
    value = key.strip().encode("ascii")
    return manner, b"Bearer " + value if manner == b"authorization" else value
