"""One value of a TOML file -> one checked value; what cannot be is an error with its line."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tokencli.config.document import as_table

if TYPE_CHECKING:
    from urllib.parse import SplitResult

    from tokencli.config.document import Document

_SCHEMES = ("http", "https")
_EXAMPLE = "https://api.mistral.ai/v1"


def text_of(document: Document, path: tuple[str, ...], value: Any) -> str | None:
    """Return text, or None where nothing is written."""
    if value is not None and not isinstance(value, str):
        raise document.wrong(path, value, "it is text, in quotes")
    return value


def whole_of(document: Document, path: tuple[str, ...], value: Any, most: int, *, least: int = 1) -> int | None:
    """Return a whole number between `least` and `most`, both included; None where nothing is written."""
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise document.wrong(path, value, f"it should be a whole number between {least} and {most}")
    return value


def claim_of(document: Document, path: tuple[str, ...], value: Any) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise document.wrong(path, value, "it is true or false")
    return value


def one_of(document: Document, path: tuple[str, ...], value: Any, choices: tuple[str, ...]) -> str:
    """Return one of these words; the error names the nearest."""
    if isinstance(value, str) and value in choices:
        return value
    near = get_close_matches(str(value).lower(), choices, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    names = ", ".join(choices) or "none yet"
    raise document.wrong(path, value, f"it is one of {names}{hint}")


def section_of(document: Document, name: str, keys: tuple[str, ...]) -> dict[str, Any]:
    """Return a section that has these keys and no others."""
    entry = as_table(document.values.get(name, {}))
    if entry is None:
        raise document.wrong((name,), document.values[name], f"it is a section: [{name}]")
    has = f"it has {', '.join(keys)}" if keys else "it has none"
    for key in document.unknown_keys((name,), entry, keys):
        raise document.wrong((name, key), entry[key], f"[{name}] has no such key: {has}")
    return entry


def base_url_of(document: Document, path: tuple[str, ...], value: Any) -> str | None:
    """Return a provider's address without a slash at its end: http or https, a host, and no more than a path."""
    written = text_of(document, path, value)
    if written is None:
        return None
    wanted = _fault_of(written)
    if wanted is not None:
        shown = "..." if "@" in written else written
        raise document.wrong(path, shown, wanted)
    return written.rstrip("/")


def _fault_of(url: str) -> str | None:
    """Say what is wrong with an address; None when nothing is."""
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        return f"an address has plain letters, digits and signs only, such as {_EXAMPLE}"
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return f"it is no address: write it like {_EXAMPLE}"
    if parts.scheme not in _SCHEMES:
        return _about_scheme(url, parts.scheme)
    return _fault_of_rest(url, parts) if has_host else f"it names no host: write it like {_EXAMPLE}"


def _fault_of_rest(url: str, parts: SplitResult) -> str | None:
    if "@" in parts.netloc:
        return "a base URL holds no user and no password: give the key as api_key"
    if "?" in url or "#" in url:
        return f"a base URL ends with its path: did you mean {url.partition('?')[0].partition('#')[0]!r}?"
    if {".", ".."} & set(parts.path.split("/")):
        return "a path has no . or .. between its slashes"
    return None


def _about_scheme(url: str, scheme: str) -> str:
    if "://" in url:
        near = get_close_matches(scheme, _SCHEMES, n=1, cutoff=0.5)
        rest = url.partition("://")[2]
        return f"did you mean {f'{near[0]}://{rest}'!r}?" if near else "it begins with http:// or https://"
    if "." in url or ":" in url:
        is_local = url.lower().startswith(("localhost", "127.", "[::1]"))
        return f"did you mean {f'{_SCHEMES[0 if is_local else 1]}://' + url.lstrip('/')!r}?"
    return f"it is a URL such as {_EXAMPLE}"
