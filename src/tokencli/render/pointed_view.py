"""Where each client goes, as `connect --list` shows it: here, elsewhere or straight, and the exact addresses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tokencli.clients.registry import CLIENTS
from tokencli.domain.text import visible
from tokencli.render.terminal import ascii_words, make_console
from tokencli.services.pointing import Goes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.table import Table
    from rich.text import Text

    from tokencli.services.pointing import Pointed

_LONGEST = 1000
_IGNORED = "the way it is logged in has no use for that"
_STYLES = {Goes.HERE: "green", Goes.ELSEWHERE: "bold yellow", Goes.STRAIGHT: "dim"}


def print_pointed(
    clients: Sequence[Pointed],
    proxy_url: str,
    *,
    is_running: bool,
    among: Sequence[str] = tuple(CLIENTS),
    no_color: bool = False,
) -> None:
    """Print a line for each installed client, and what to do next; `among` are those that were asked for."""
    console = make_console(no_color=no_color)
    if clients:
        console.print(pointed_table(clients))
    for words in pointed_words(clients, proxy_url, is_running=is_running, among=among):
        console.print(_shown(words))


def pointed_table(clients: Sequence[Pointed]) -> Table:
    """Return a line for each installed client and each of its addresses."""
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for client in clients:
        is_mixed = not client.is_ignored and len({each.goes for each in client.leads}) > 1
        way = client.leads[0].goes if is_mixed else client.goes
        goes = Text(way.value, style=_STYLES[way])
        leads = [f"{each.address}, by {each.by}" for each in client.leads]
        first = leads[0] if leads else "to its providers"
        table.add_row(_shown(client.name), goes, _shown(f"{first}: {_IGNORED}" if client.is_ignored else first))
        for lead, words in zip(client.leads[1:], leads[1:], strict=True):
            table.add_row("", Text(lead.goes.value if is_mixed else "", style=_STYLES[lead.goes]), _shown(words))
    return table


def pointed_words(
    clients: Sequence[Pointed], proxy_url: str, *, is_running: bool, among: Sequence[str] = tuple(CLIENTS)
) -> Iterator[str]:
    """Yield the sentences below: who is not there, whether a proxy runs, and how to connect one that goes straight."""
    absent = _absent(clients, among)
    if absent:
        yield f"not installed: {', '.join(absent)}"
    is_here = any(each.goes is Goes.HERE for each in clients)
    if is_here and not is_running:
        yield f"no proxy runs at {proxy_url}, so the calls that go here fail: tokencli serve"
    others = [each for each in clients if each.goes is not Goes.HERE and not each.is_ignored]
    ways = [each.name for each in sorted(others, key=lambda each: each.goes is Goes.ELSEWHERE)]
    for name in ways[:1]:
        yield f"to have {name}'s calls counted: tokencli connect {name}, or for one run: tokencli run -- {name}"


def pointed_json(
    clients: Sequence[Pointed], proxy_url: str, *, is_running: bool, among: Sequence[str] = tuple(CLIENTS)
) -> str:
    """Return the same as one JSON object, without a line end."""
    values: dict[str, Any] = {
        "proxy_url": proxy_url,
        "is_running": is_running,
        "clients": [
            {
                "client": client.name,
                "goes": client.goes.value,
                "is_ignored": client.is_ignored,
                "addresses": [
                    {"address": each.address, "goes": each.goes.value, "by": each.by} for each in client.leads
                ],
            }
            for client in clients
        ],
        "not_installed": _absent(clients, among),
    }
    return json.dumps(values, indent=2, ensure_ascii=False)


def _absent(clients: Sequence[Pointed], among: Sequence[str]) -> list[str]:
    return [name for name in among if name not in {each.name for each in clients}]


def _shown(text: str) -> Text:
    from rich.text import Text

    return Text(ascii_words(visible(text, limit=_LONGEST)))
