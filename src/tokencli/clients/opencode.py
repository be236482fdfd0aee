"""opencode: its configuration may stand in a variable, which is laid over its files. Settings of 1.18, 2026-11."""

from __future__ import annotations

import json
from typing import Any

from tokencli.clients.client import Client, Ground, Launch, Place, table

CONFIG = Place(".config/opencode", "opencode.json", None)
LOGIN = Place(".local/share/opencode", "auth.json", None)
_CONTENT = "OPENCODE_CONFIG_CONTENT"
# opencode's name of a provider: ours, and the variables in which it looks for a key.
_PROVIDERS = {
    "openai": ("openai", "OPENAI_API_KEY"),
    "anthropic": ("anthropic", "ANTHROPIC_API_KEY"),
    "google": ("gemini", "GOOGLE_GENERATIVE_AI_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY"),
    "mistral": ("mistral", "MISTRAL_API_KEY"),
    "groq": ("groq", "GROQ_API_KEY"),
    "cerebras": ("cerebras", "CEREBRAS_API_KEY"),
    "openrouter": ("openrouter", "OPENROUTER_API_KEY"),
}
_OWN_PATHS = {"openai": "/v1", "anthropic": "/v1", "google": "/v1beta"}
_OURS = "tokencli"


def launch(ground: Ground) -> Launch:
    """Lay the providers' addresses over its configuration, and offer the models of config.toml as "tokencli/KEY"."""
    logins = ground.texts.get(LOGIN, "")
    providers = {name: {"options": _options(ground, name, logins)} for name in _PROVIDERS}
    ours: dict[str, Any] = {
        "npm": "@ai-sdk/openai-compatible",
        "name": _OURS,
        "options": {"baseURL": ground.openai, "apiKey": ground.word("openai", has_own=False) or _OURS},
        "models": {model.key: {} for model in ground.models},
    }
    merged = {**_own(ground), "provider": {**providers, **({_OURS: ours} if ground.models else {})}}
    return Launch(environ={_CONTENT: json.dumps(merged)})


def _options(ground: Ground, name: str, logins: str) -> dict[str, str]:
    provider, *variables = _PROVIDERS[name]
    path = _OWN_PATHS.get(name)
    address = ground.at(provider) if path is None else f"{ground.base}{path}"
    word = ground.word(provider, has_own=ground.has(*variables) or f'"{name}"' in logins)
    return {"baseURL": address} | ({} if word is None else {"apiKey": word})


def _own(ground: Ground) -> dict[str, Any]:
    """Return what the user has put into the variable; what is no JSON is opencode's to complain about elsewhere."""
    try:
        return table(json.loads(ground.environ.get(_CONTENT, "{}")))
    except ValueError:
        return {}


CLIENT = Client(
    name="opencode",
    title="opencode",
    executables=("opencode",),
    package="npm:opencode-ai",
    launch=launch,
    configs=(CONFIG,),
    reads=(LOGIN,),
)
