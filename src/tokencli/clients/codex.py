"""Codex CLI: it reads no variable for its base URL, so a provider is put in by `-c`. Settings of 0.169, 2026-11.

A provider of our own rather than openai_base_url: that one first tries a WebSocket, which is refused, and says so.
"""

from __future__ import annotations

import re

from tokencli.clients.client import Client, Ground, Launch, Place, Setting, Wanted
from tokencli.clients.editing import toml
from tokencli.clients.editing.splices import UneditableError

_MOVED = "CODEX_HOME"
CONFIG = Place(".codex", "config.toml", _MOVED)
LOGIN = Place(".codex", "auth.json", _MOVED)
_KEY = "OPENAI_API_KEY"
_PLAN = "chatgpt"
_ITS_OWN = ("openai", "tokencli")
_FROM_ANOTHER = (
    "Codex CLI went to its provider {0} until now. Connected, it goes to OpenAI: where you want {0}, "
    "'tokencli disconnect codex' brings it back."
)
_OWN_KEY = re.compile(rf'"{_KEY}"\s*:\s*"')


def launch(ground: Ground) -> Launch:
    """Put the provider in; it takes the key from the variable, else from Codex's own login.

    A login with ChatGPT is for another service than the API, and passes on to that.
    """
    if _is_plan(ground):
        return Launch(arguments=_flags(ground.at(_PLAN), by_key=False))
    given = ground.key("openai", _KEY)
    return Launch(environ=given, arguments=_flags(ground.openai, by_key=bool(given) or ground.has(_KEY)))


def _is_plan(ground: Ground) -> bool:
    return '"access_token"' in ground.texts.get(LOGIN, "")


def _flags(base_url: str, *, by_key: bool) -> tuple[str, ...]:
    manner = f'env_key="{_KEY}"' if by_key else "requires_openai_auth=true"
    provider = f'{{name="tokencli",base_url="{base_url}",wire_api="responses",{manner}}}'
    return ("-c", 'model_provider="tokencli"', "-c", f"model_providers.tokencli={provider}")


def connect(ground: Ground) -> Wanted:
    """Put the provider in and choose it; a login of its own stays in force, else the key is read from the variable."""
    provider = ("model_providers", "tokencli")
    by_login = _is_plan(ground) or _OWN_KEY.search(ground.texts.get(LOGIN, "")) is not None
    manner = {"requires_openai_auth": True} if by_login else {"env_key": _KEY}
    return Wanted(
        CONFIG,
        (
            Setting(("model_provider",), "tokencli"),
            Setting((*provider, "name"), "tokencli"),
            Setting((*provider, "base_url"), ground.at(_PLAN) if _is_plan(ground) else ground.openai),
            *(Setting((*provider, name), value) for name, value in manner.items()),
            Setting((*provider, "wire_api"), "responses"),
        ),
        _from_another(ground),
    )


def _from_another(ground: Ground) -> tuple[str, ...]:
    try:
        chosen = toml.load(ground.texts.get(CONFIG, "")).get("model_provider")
    except UneditableError:
        return ()
    return (_FROM_ANOTHER.format(chosen),) if isinstance(chosen, str) and chosen not in _ITS_OWN else ()


CLIENT = Client(
    name="codex",
    title="Codex CLI",
    executables=("codex",),
    package="npm:@openai/codex",
    launch=launch,
    connect=connect,
    configs=(CONFIG,),
    reads=(LOGIN, CONFIG),
)
