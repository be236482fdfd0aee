"""All clients, and which one a program is."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from tokencli.clients import aider, claude, cn, codex, gemini, kimi, llm, opencode, qwen, sdk

if TYPE_CHECKING:
    from tokencli.clients.client import Client

CLIENTS: Final[dict[str, Client]] = {
    module.CLIENT.name: module.CLIENT for module in (claude, codex, gemini, kimi, opencode, qwen, aider, llm, cn)
}
"""Those that tokencli knows by name."""

ANY: Final = sdk.CLIENT
"""What every other program is taken for."""


_SPOKEN: Final = {"continue": "cn"}


def named(word: str) -> Client | None:
    """Return the client that people mean by a word: its name, its command or its title, such as Claude-Code."""
    plain = word.lower().replace(" ", "-").replace("_", "-")
    plain = _SPOKEN.get(plain, plain)
    return next((each for each in CLIENTS.values() if plain in _words_for(each)), None)


def _words_for(client: Client) -> set[str]:
    return {client.name, *client.executables, client.title.lower().replace(" ", "-")}


def client_of(program: str) -> Client:
    """Return the client that a program is, by its name or path; `ANY` when it is none that is known."""
    name = PurePath(program).name
    return next((each for each in CLIENTS.values() if name in each.executables), ANY)
