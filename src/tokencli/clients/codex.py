"""Codex CLI: it reads no variable for its base URL, so a provider is put in by `-c`. Settings of 0.169, 2026-11.

A provider of our own rather than openai_base_url: that one first tries a WebSocket, which is refused, and says so.
"""

from __future__ import annotations

from tokencli.clients.client import Client, Ground, Launch, Place

_MOVED = "CODEX_HOME"
CONFIG = Place(".codex", "config.toml", _MOVED)
LOGIN = Place(".codex", "auth.json", _MOVED)
_KEY = "OPENAI_API_KEY"
_CHATGPT = (
    "Codex is logged in with ChatGPT, and that login is not for the API: without an OPENAI_API_KEY, where tokencli "
    "runs or here, its calls will be refused."
)


def launch(ground: Ground) -> Launch:
    """Put the provider in; it takes the key from the variable, else from Codex's own login."""
    login = ground.texts.get(LOGIN, "")
    given = ground.key("openai", _KEY)
    has_key = bool(given) or ground.has(_KEY)
    manner = f'env_key="{_KEY}"' if has_key else "requires_openai_auth=true"
    provider = f'{{name="tokencli",base_url="{ground.openai}",wire_api="responses",{manner}}}'
    is_chatgpt = not has_key and '"access_token"' in login
    return Launch(
        environ=given,
        arguments=("-c", 'model_provider="tokencli"', "-c", f"model_providers.tokencli={provider}"),
        remarks=(_CHATGPT,) if is_chatgpt else (),
    )


CLIENT = Client(
    name="codex",
    title="Codex CLI",
    executables=("codex",),
    package="npm:@openai/codex",
    launch=launch,
    configs=(CONFIG,),
    reads=(LOGIN,),
)
