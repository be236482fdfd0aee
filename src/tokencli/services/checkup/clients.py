"""Clients: which are installed, and which of them lead to the proxy, by a variable or by a file of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokencli.clients.connecting import CONNECTABLE
from tokencli.clients.registry import CLIENTS
from tokencli.domain.checkup import Alike, CheckLine, Part, State
from tokencli.services.pointing import Goes, pointed_clients

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokencli.services.pointing import Here, Pointed

_COUNTED, _DEAD_END = "lead to tokencli", "lead to tokencli, where no proxy runs"


def client_lines(here: Here, *, is_running: bool) -> list[CheckLine]:
    """Return a line for each client that is installed and set to some address, and one for the rest of each kind.

    A client that leads to a proxy which does not run is a problem: none of its calls gets anywhere.
    """
    clients = pointed_clients(here)
    told = [_told(each, is_running=is_running) for each in clients if each.goes is not Goes.STRAIGHT]
    straight = [each.name for each in clients if each.goes is Goes.STRAIGHT]
    absent = [name for name in CLIENTS if name not in {each.name for each in clients}]
    return [*told, *_rest(straight, absent)]


def _told(client: Pointed, *, is_running: bool) -> CheckLine:
    by = next((each.by for each in client.leads if each.goes is Goes.HERE), None)
    if by is not None and not is_running:
        words = f"leads to tokencli, by {by}, and no proxy runs: its calls fail"
        return _line(client.name, State.PROBLEM, words, "tokencli serve", Alike(_DEAD_END, next_step="tokencli serve"))
    elsewhere = next((each for each in client.leads if each.goes is Goes.ELSEWHERE), None)
    if elsewhere is not None:
        also, whose = ("", "its") if by is None else (f"leads to tokencli, by {by}, but ", "those")
        words = f"{also}{elsewhere.by} leads to {elsewhere.host}: {whose} calls are not counted"
        return _line(client.name, State.WARNING, words, f"tokencli run -- {client.name}")
    return _line(client.name, State.OK, f"leads to tokencli, by {by}", alike=Alike(_COUNTED))


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
