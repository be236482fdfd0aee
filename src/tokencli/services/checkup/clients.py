"""Clients: which are installed, and which of them lead to the proxy, by a variable or by a file of their own."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tokencli.clients.client import WORD, Ground
from tokencli.clients.connecting import CONNECTABLE
from tokencli.clients.registry import CLIENTS
from tokencli.domain.checkup import Alike, CheckLine, Part, State

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tokencli.clients.client import Client

_ADDRESSES = ("BASE_URL", "API_BASE")
_LOCAL = ("127.0.0.1", "localhost", "[::1]")
_MOST_BYTES = 2**20
_COUNTED, _DEAD_END = "lead to tokencli", "lead to tokencli, where no proxy runs"


def client_lines(environ: Mapping[str, str], home: Path, proxy_url: str, *, is_running: bool) -> list[CheckLine]:
    """Return a line for each client that is installed and set to some address, and one for the rest of each kind.

    A client that leads to a proxy which does not run is a problem: none of its calls gets anywhere.
    """
    here = [each for each in CLIENTS.values() if _is_installed(each, environ)]
    told: list[CheckLine] = []
    straight: list[str] = []
    for client in here:
        line = _pointed(client, environ, home, proxy_url, is_running=is_running)
        if line is None:
            straight.append(client.name)
        else:
            told.append(line)
    absent = [name for name, each in CLIENTS.items() if each not in here]
    return [*told, *_rest(straight, absent)]


def _is_installed(client: Client, environ: Mapping[str, str]) -> bool:
    path = environ.get("PATH", os.defpath)
    return any(shutil.which(each, path=path) for each in client.executables)


def _pointed(
    client: Client, environ: Mapping[str, str], home: Path, proxy_url: str, *, is_running: bool
) -> CheckLine | None:
    """Return where a client goes; None when neither a variable nor a file of its own says it."""
    hosts = names_of(proxy_url)
    found = [(name, environ[name]) for name in _variables(client, environ, home) if environ.get(name)]
    by = next((name for name, value in found if _leads(value, hosts)), None) or _file(client, environ, home, hosts)
    if by is not None and not is_running:
        words = f"leads to tokencli, by {by}, and no proxy runs: its calls fail"
        return _line(client.name, State.PROBLEM, words, "tokencli serve", Alike(_DEAD_END, next_step="tokencli serve"))
    elsewhere = [(name, url) for name, url in found if name.endswith(_ADDRESSES) and not _leads(url, hosts)]
    if elsewhere:
        name, url = elsewhere[0]
        also, whose = ("", "its") if by is None else (f"leads to tokencli, by {by}, but ", "those")
        where = f"{name} leads to {urlsplit(url).hostname or 'another host'}"
        words = f"{also}{where}: {whose} calls are not counted"
        return _line(client.name, State.WARNING, words, f"tokencli run -- {client.name}")
    return None if by is None else _line(client.name, State.OK, f"leads to tokencli, by {by}", alike=Alike(_COUNTED))


def names_of(proxy_url: str) -> tuple[str, ...]:
    """Return host and port of the proxy in the ways in which this machine is called; nothing where there is none."""
    parts = urlsplit(proxy_url)
    if not parts.netloc:
        return ()
    return (parts.netloc, *(f"{name}:{parts.port}" for name in _LOCAL))


def _variables(client: Client, environ: Mapping[str, str], home: Path) -> list[str]:
    """Return the variables that a run of the client would be given; the word for a key brings out all of them."""
    ground = Ground(base="http://127.0.0.1", environ=environ, home=home, folder=Path("run"), token=WORD)
    return list(client.launch(ground).environ)


def _leads(text: str, hosts: tuple[str, ...]) -> bool:
    """Say whether one of these hosts stands in a text, with nothing behind it that makes it another."""
    return any(re.search(rf"//{re.escape(each)}(?!\d)", text) for each in hosts)


def _file(client: Client, environ: Mapping[str, str], home: Path, hosts: tuple[str, ...]) -> str | None:
    """Return the first of a client's own files in which the proxy's address stands."""
    for place in client.configs:
        path = place.path(environ, home)
        try:
            with path.open("rb") as file:
                text = file.read(_MOST_BYTES).decode(errors="replace")
        except OSError:
            continue
        if _leads(text, hosts):
            return str(path)
    return None


def _rest(straight: list[str], absent: list[str]) -> Iterator[CheckLine]:
    if straight:
        words = f"straight to their providers: {', '.join(straight)}"
        ways = [f"tokencli run -- {straight[0]}"]
        ways += [f"tokencli connect {name}" for name in straight if name in CONNECTABLE][:1]
        yield _line("clients", State.SKIPPED, words, ", or ".join(ways))
    if absent:
        yield _line("clients", State.SKIPPED, f"not installed: {', '.join(absent)}")


def _line(name: str, state: State, message: str, next_step: str = "", alike: Alike | None = None) -> CheckLine:
    return CheckLine(part=Part.CLIENT, name=name, state=state, message=message, next_step=next_step, alike=alike)
