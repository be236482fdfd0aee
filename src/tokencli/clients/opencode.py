"""opencode: its configuration may stand in a variable, which is laid over its files. Settings of 1.18, 2026-11."""

from __future__ import annotations

import json
from typing import Any

from tokencli.clients.client import Client, Ground, Launch, Place, Setting, Wanted, table
from tokencli.clients.editing import jsonc
from tokencli.clients.editing.splices import UneditableError

_CONFIG = "XDG_CONFIG_HOME"
CONFIG = Place(".config", "opencode/opencode.json", _CONFIG)
WITH_COMMENTS = Place(".config", "opencode/opencode.jsonc", _CONFIG)
LOGIN = Place(".local/share", "opencode/auth.json", "XDG_DATA_HOME")
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
_OURS = "tokencli"
_LATER = (
    "opencode has neither a key nor a login for {}: when it gets one, run 'tokencli connect opencode' again, for the "
    "calls to pass through tokencli."
)


def launch(ground: Ground) -> Launch:
    """Lay the providers' addresses over its configuration, and offer the models of config.toml as "tokencli/KEY"."""
    providers = {name: {"options": _options(ground, name, address)} for name, address in _addresses(ground).items()}
    ours: dict[str, Any] = {
        "npm": "@ai-sdk/openai-compatible",
        "name": _OURS,
        "options": {"baseURL": ground.openai, "apiKey": ground.word("openai", has_own=False) or _OURS},
        "models": {model.key: {} for model in ground.models},
    }
    merged = {**_own(ground), "provider": {**providers, **({_OURS: ours} if ground.models else {})}}
    return Launch(environ={_CONTENT: json.dumps(merged)})


def connect(ground: Ground) -> Wanted:
    """Set the base URLs of the providers that it has a key or a login for, or that its file names already.

    A provider with a base URL is offered in its list of models, so that the others are left out; with none of them in
    use, all are set. Of two files opencode lets the one with comments win.
    """
    place = next((each for each in (WITH_COMMENTS, CONFIG) if each in ground.texts), CONFIG)
    addresses = _addresses(ground)
    used = {name for name in addresses if _has_own(ground, name)} | (_named(ground).keys() & addresses.keys())
    settings = tuple(
        Setting(("provider", name, "options", "baseURL"), address)
        for name, address in addresses.items()
        if name in used or not used
    )
    others = [name for name in addresses if used and name not in used]
    return Wanted(place, settings, (_LATER.format(", ".join(others)),) if others else ())


def _addresses(ground: Ground) -> dict[str, str]:
    """Return the base URL for each of its providers that the proxy carries."""
    return {name: ground.versioned(ours) for name, (ours, *_) in _PROVIDERS.items() if ours in ground.providers}


def _options(ground: Ground, name: str, address: str) -> dict[str, str]:
    word = ground.word(_PROVIDERS[name][0], has_own=_has_own(ground, name))
    return {"baseURL": address} | ({} if word is None else {"apiKey": word})


def _has_own(ground: Ground, name: str) -> bool:
    return ground.has(*_PROVIDERS[name][1:]) or f'"{name}"' in ground.texts.get(LOGIN, "")


def _named(ground: Ground) -> dict[str, Any]:
    """Return the providers that its files name; a file that cannot be read is told of when it is to be changed."""
    named: dict[str, Any] = {}
    for place in (CONFIG, WITH_COMMENTS):
        try:
            named |= table(table(jsonc.load(ground.texts.get(place, ""))).get("provider"))
        except UneditableError:
            continue
    return named


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
    connect=connect,
    configs=(WITH_COMMENTS, CONFIG),
    reads=(LOGIN, CONFIG, WITH_COMMENTS),
)
