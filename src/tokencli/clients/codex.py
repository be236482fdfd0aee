"""Codex CLI: it reads no variable for its base URL, so a provider is put in by `-c`. Settings of 0.169, 2026-11.

A provider of our own rather than openai_base_url: that one first tries a WebSocket, which is refused, and says so.
"""

from __future__ import annotations

from tokencli.clients.client import Client, Ground, Launch, Place, Setting, Wanted

_MOVED = "CODEX_HOME"
CONFIG = Place(".codex", "config.toml", _MOVED)
LOGIN = Place(".codex", "auth.json", _MOVED)
_KEY = "OPENAI_API_KEY"
_PLAN = "chatgpt"
_ADVICE = (
    "to pass its calls on, add a provider to config.toml: [providers.chatgpt] with base_url = "
    '"https://chatgpt.com/backend-api/codex".'
)
_CHARGED = f"Codex is logged in with ChatGPT, but this run is charged to {_KEY}; {_ADVICE}"
_REFUSED = f"Codex is logged in with ChatGPT, and without an {_KEY} its calls will be refused; {_ADVICE}"


def launch(ground: Ground) -> Launch:
    """Put the provider in; it takes the key from the variable, else from Codex's own login.

    A login with ChatGPT is for another service than the API; it passes where config.toml has a provider for that.
    """
    is_plan = '"access_token"' in ground.texts.get(LOGIN, "")
    if is_plan and _PLAN in ground.providers:
        return Launch(arguments=_flags(ground.at(_PLAN), by_key=False))
    given = ground.key("openai", _KEY)
    by_key = bool(given) or ground.has(_KEY)
    remark = _CHARGED if by_key else _REFUSED
    return Launch(environ=given, arguments=_flags(ground.openai, by_key=by_key), remarks=(remark,) if is_plan else ())


def _flags(base_url: str, *, by_key: bool) -> tuple[str, ...]:
    manner = f'env_key="{_KEY}"' if by_key else "requires_openai_auth=true"
    provider = f'{{name="tokencli",base_url="{base_url}",wire_api="responses",{manner}}}'
    return ("-c", 'model_provider="tokencli"', "-c", f"model_providers.tokencli={provider}")


def connect(ground: Ground) -> Wanted:
    """Put the provider in and choose it; its key is read from the variable."""
    provider = ("model_providers", "tokencli")
    return Wanted(
        CONFIG,
        (
            Setting(("model_provider",), "tokencli"),
            Setting((*provider, "name"), "tokencli"),
            Setting((*provider, "base_url"), ground.openai),
            Setting((*provider, "env_key"), _KEY),
            Setting((*provider, "wire_api"), "responses"),
        ),
    )


CLIENT = Client(
    name="codex",
    title="Codex CLI",
    executables=("codex",),
    package="npm:@openai/codex",
    launch=launch,
    connect=connect,
    configs=(CONFIG,),
    reads=(LOGIN,),
)
