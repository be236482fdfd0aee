"""Where clients are started in tests: a proxy with a session, and a user who has set little."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tokencli.clients.client import Ground

BASE = "http://127.0.0.1:8000/s/fix-42"
HOME = Path("/home/user")
FOLDER = Path("/run/tokencli-x")
PROVIDERS = ("openai", "anthropic", "gemini", "mistral", "managed:kimi-code")


def ground(*arguments: str, keyed: str = "", **more: Any) -> Ground:
    """Return a ground; `keyed` names the providers for which tokencli has a key, of those that it knows."""
    return Ground(
        base=BASE,
        environ=more.pop("environ", {}),
        home=HOME,
        folder=FOLDER,
        arguments=arguments,
        keyed=frozenset(keyed.split()),
        providers=frozenset(more.pop("providers", PROVIDERS)),
        **more,
    )
