"""Where a request goes: a provider's base URL and a request's path, joined so that nothing stands there twice.

Clients and configurations cut an address in different places: ".../v1" + "/chat/completions" and "..." +
"/v1/chat/completions" are one. Host and scheme always come from the configuration.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_VERSION = re.compile(r"v\d+(?:(?:alpha|beta)\d*)?", re.IGNORECASE)
_OWN_PREFIX = re.compile(r"(?:/openai)?(?P<version>/v1(?:beta)?)?(?:/openai)?(?=/)")
_HELD = re.compile(rb"[\x21\x22\x24-\x7e]*+")
_FIRST, _LAST, _HASH = 0x21, 0x7E, 0x23


def joined(base_url: str, rest: str) -> str:
    """Return the URL of a path under a base URL.

    The longest end of the base path with which the rest begins stands there once. A base that ends in a version
    (v1, v1beta) gives way to another version at the start of the rest.
    """
    parts = urlsplit(base_url)
    base = [each for each in parts.path.split("/") if each]
    segments = rest.split("/")[1:]
    overlap = _overlap(base, segments)
    if not overlap and base and segments and _is_version(base[-1]) and _is_version(segments[0]):
        base.pop()
    path = "".join(f"/{each}" for each in (*base, *segments[overlap:]))
    return f"{parts.scheme}://{parts.netloc}{path}" + (f"?{parts.query}" if parts.query else "")


def with_query(url: str, query: bytes) -> str:
    """Return a URL with a query as it came, behind one that the base URL has of its own."""
    return f"{url}{'&' if '?' in url else '?'}{printable(query)}" if query else url


def api_path(rest: str, base_url: str, *, kind: str) -> str:
    """Return the path of a known API as a provider of this kind has it under its base URL.

    What stands before the API's own words ("/openai", "/v1") is how the client addresses tokencli; the base URL says
    what stands there at the provider, and only one without any path takes the client's version. `kind` is "gemini"
    for Google's OpenAI-compatible paths, "anthropic" for Anthropic's, whose version is never left out.
    """
    prefix = _OWN_PREFIX.match(rest)
    if prefix is None:
        return rest
    own = rest[prefix.end() :]
    if kind == "gemini":
        return f"/openai{own}"
    base = urlsplit(base_url).path.strip("/")
    if any(_is_version(each) for each in base.split("/")):
        return own
    if kind != "anthropic" and not base:
        return rest
    return f"/v1{own}" if prefix["version"] or kind == "anthropic" else own


def printable(raw: bytes) -> str:
    """Return a path or query as it came, but for bytes that no URL can hold, which are percent-encoded."""
    if _HELD.fullmatch(raw):
        return raw.decode("ascii")
    return "".join(chr(byte) if _FIRST <= byte <= _LAST and byte != _HASH else f"%{byte:02X}" for byte in raw)


def _overlap(base: list[str], segments: list[str]) -> int:
    for length in range(min(len(base), len(segments)), 0, -1):
        if base[-length:] == segments[:length]:
            return length
    return 0


def _is_version(segment: str) -> bool:
    return _VERSION.fullmatch(segment) is not None
