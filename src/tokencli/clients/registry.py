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


def client_of(program: str) -> Client:
    """Return the client that a program is, by its name or path; `ANY` when it is none that is known."""
    name = PurePath(program).name
    return next((each for each in CLIENTS.values() if name in each.executables), ANY)
