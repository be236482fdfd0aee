"""Where each client goes: to the proxy, to another address, or straight to its providers, and what says so.

An address is shown without what may be secret in it: no user, no password, no query, and of somebody else's path no
part that looks like a key.
"""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from tokencli.clients.client import WORD, Ground, NothingToConnectError
from tokencli.clients.editing.splices import ABSENT, UneditableError, shown, value_at
from tokencli.clients.registry import CLIENTS
from tokencli.services.client_files import format_of
from tokencli.services.run_setup import texts_of
from tokencli.services.whole_files import head_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tokencli.clients.client import Client, Wanted

_ADDRESSES = ("BASE_URL", "API_BASE")
_LOCAL = ("127.0.0.1", "localhost", "[::1]")
_MOST_BYTES = 2**20
_URL = re.compile(r"https?://(?:\[[0-9A-Fa-f:.]+\]:)?[^\s\"'<>\\,;{}\[\]()]+")
_LIKE_A_KEY = re.compile(r"(?=[^/]*\d)(?=[^/]*[A-Za-z])[A-Za-z0-9_.~-]{20,}|(?:sk|pk|key)-[^/]+", re.IGNORECASE)
_HIDDEN = "***"
# Who is named by these goes straight: they are the providers' own.
_OWN_HOSTS = frozenset(
    {
        "api.openai.com",
        "api.anthropic.com",
        "generativelanguage.googleapis.com",
        "api.kimi.com",
        "api.mistral.ai",
        "api.groq.com",
        "api.cerebras.ai",
        "openrouter.ai",
    }
)


class Goes(StrEnum):
    """Where a client's calls go."""

    HERE = "here"
    ELSEWHERE = "elsewhere"
    STRAIGHT = "straight"


class Lead(NamedTuple):
    """One address of a client as it may be shown, where it leads, and `by` which variable or file."""

    goes: Goes
    address: str
    host: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointed:
    """One installed client and its addresses, those in variables first; without any it goes straight.

    `is_ignored`: so does one that is logged in in a way that has no use for its addresses.
    """

    name: str
    leads: tuple[Lead, ...] = ()
    is_ignored: bool = False

    @property
    def goes(self) -> Goes:
        """Return where its calls go, as far as one word can say it: here if any of them does."""
        if self.is_ignored:
            return Goes.STRAIGHT
        ways = {each.goes for each in self.leads}
        return next((way for way in (Goes.HERE, Goes.ELSEWHERE) if way in ways), Goes.STRAIGHT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """This machine as clients see it: the proxy's usual address, its providers, the environment, and the home."""

    proxy_url: str
    providers: frozenset[str]
    environ: Mapping[str, str]
    home: Path

    @property
    def ground(self) -> Ground:
        """Return what a client is asked with; the word for a key brings out all that it would be given."""
        return Ground(
            base=self.proxy_url or "http://127.0.0.1",
            environ=self.environ,
            home=self.home,
            folder=Path("run"),
            providers=self.providers,
            token=WORD,
        )


def pointed_clients(here: Here) -> tuple[Pointed, ...]:
    """Return where each client goes that is installed, in the order in which clients are named."""
    return tuple(_pointed(each, here) for each in CLIENTS.values() if _is_installed(each, here.environ))


def names_of(proxy_url: str) -> tuple[str, ...]:
    """Return host and port of the proxy in the ways in which this machine is called; nothing where there is none."""
    parts = urlsplit(proxy_url)
    if not parts.netloc:
        return ()
    return (parts.netloc, *(f"{name}:{parts.port}" for name in _LOCAL))


def shown_address(url: str, hosts: tuple[str, ...] = ()) -> str:
    """Return scheme, host, port and path of an address; `hosts` are this proxy's, whose path holds no keys."""
    try:
        parts = urlsplit(url)
        port = "" if parts.port is None else f":{parts.port}"
    except ValueError:
        return _HIDDEN
    name = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    place = f"{name}{port}"
    path = parts.path if place in hosts else "/".join(map(_without_key, parts.path.split("/")))
    return f"{parts.scheme}://{place}{path}"


def _without_key(part: str) -> str:
    return _HIDDEN if _LIKE_A_KEY.fullmatch(part) else part


def _is_installed(client: Client, environ: Mapping[str, str]) -> bool:
    path = environ.get("PATH", os.defpath)
    return any(shutil.which(each, path=path) for each in client.executables)


def _pointed(client: Client, here: Here) -> Pointed:
    hosts, wanted = names_of(here.proxy_url), _wanted(client, here)
    overruled = frozenset(_overruled(wanted, here))
    found = dict.fromkeys([*_by_variable(client, here), *_by_setting(wanted, here), *_by_text(client, here)])
    leads = [
        Lead(goes, shown_address(url, hosts), urlsplit(url).hostname or "another host", by)
        for by, url in found
        if by not in overruled and (goes := _goes(url, hosts)) is not None
    ]
    is_ignored = bool(leads) and wanted is not None and wanted.is_ignored
    return Pointed(name=client.name, leads=tuple(dict.fromkeys(leads)), is_ignored=is_ignored)


def _wanted(client: Client, here: Here) -> Wanted | None:
    """Return what a client's file would be changed to; None for one that cannot be connected."""
    texts = texts_of(client, here.environ, here.home)
    try:
        return None if client.connect is None else client.connect(replace(here.ground, texts=texts))
    except NothingToConnectError:
        return None


def _goes(url: str, hosts: tuple[str, ...]) -> Goes | None:
    """Return where an address leads, None for a provider's own and for what is no address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    place = parts.netloc.rpartition("@")[2].lower()
    if place in hosts:
        return Goes.HERE
    return None if parts.hostname in _OWN_HOSTS or not parts.scheme.startswith("http") else Goes.ELSEWHERE


def _by_variable(client: Client, here: Here) -> Iterator[tuple[str, str]]:
    """Yield the addresses in the variables that a run of the client would be given; of a whole configuration ours."""
    hosts = names_of(here.proxy_url)
    for name in client.launch(here.ground).environ:
        value = here.environ.get(name, "")
        if value and name.endswith(_ADDRESSES):
            yield name, value
        elif value.startswith("{"):
            yield from ((name, url) for url in _URL.findall(value) if _goes(url, hosts) is Goes.HERE)


def _by_setting(wanted: Wanted | None, here: Here) -> Iterator[tuple[str, str]]:
    """Yield the addresses that stand in a client's file where its connection would be."""
    if wanted is None:
        return
    file, values = _values(wanted, here)
    for setting in wanted.settings:
        value = value_at(values, setting.path)
        if isinstance(value, str) and isinstance(setting.value, str) and _URL.match(setting.value):
            yield str(file), value


def _values(wanted: Wanted, here: Here) -> tuple[Path, Any]:
    file = wanted.place.path(here.environ, here.home)
    try:
        return file, format_of(file).load(_text(file) or "")
    except UneditableError:
        return file, {}


def _overruled(wanted: Wanted | None, here: Here) -> Iterator[str]:
    """Yield what has no say: a file of variables one of which is set, and a variable that settings set anew."""
    if wanted is None:
        return
    file, values = _values(wanted, here)
    for path, _ in wanted.settings:
        if wanted.place.is_variables and path[-1] in here.environ:
            yield str(file)
        elif path[:-1] == ("env",) and value_at(values, path) is not ABSENT:
            yield shown(path[-1:])


def _by_text(client: Client, here: Here) -> Iterator[tuple[str, str]]:
    """Yield the proxy's addresses wherever they stand in a client's files: people set things by hand."""
    hosts = names_of(here.proxy_url)
    for place in client.configs:
        file = place.path(here.environ, here.home)
        yield from ((str(file), url) for url in _URL.findall(_text(file) or "") if _goes(url, hosts) is Goes.HERE)


def _text(file: Path) -> str | None:
    head = head_of(file, _MOST_BYTES)
    return None if head is None else head.decode("utf-8-sig", errors="replace")
