"""Continue's cn: a copy of its config in which every model has the proxy's address. Settings of 1.5, 2026-11.

Without a config of the user's own, the copy offers the models of config.toml.
"""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from tokencli.clients.client import Client, Ground, Launch, NothingToConnectError, Place, Setting, Wanted, table
from tokencli.clients.editing import yaml
from tokencli.clients.editing.splices import UneditableError, Where

if TYPE_CHECKING:
    from collections.abc import Iterator

CONFIG = Place(".continue", "config.yaml", "CONTINUE_GLOBAL_DIR")
STARTED = Place(".continue", ".onboarding_complete", "CONTINUE_GLOBAL_DIR")
_OPTION = "--config"
_FILE = "continue.yaml"
_AGENT = {"X-Tokencli-Agent": "continue"}
# Continue's name of a provider: ours. Others are left alone, and so is a model that has another address of its own.
_NAMES = {
    "openai": "openai",
    "anthropic": "anthropic",
    "gemini": "gemini",
    "mistral": "mistral",
    "groq": "groq",
    "cerebras": "cerebras",
    "openrouter": "openrouter",
}
_HOSTS = ("api.openai.com", "api.anthropic.com", "generativelanguage.googleapis.com", "api.mistral.ai", "api.groq.com")
_KEPT = "the models {} of Continue's config keep their own addresses, so their calls do not pass through tokencli."
_UNREAD = "Continue's config cannot be read as YAML, so cn is given one with the models of config.toml."
_CHOSEN = "cn uses the config that its own --config names: calls of models that have other addresses are not seen."
_NO_FILE = (
    "there is no config.yaml in Continue's folder, ~/.continue, and a config of its hub is not changed from here; "
    "docs/how-to/clients.md has one to begin with, and 'tokencli run -- cn' does without"
)
_NO_MODELS = (
    "Continue's config has no model that can be pointed at tokencli, one with a name of its own, a provider that "
    "tokencli knows, and no address elsewhere; docs/how-to/clients.md has some"
)
_UNREADABLE = "Continue's config cannot be read: {}"
_FIRST_START = (
    "cn was never started at a terminal: until then, while ANTHROPIC_API_KEY is set, each start writes models of "
    "Anthropic's into its config, whose calls go straight to them; 'tokencli run -- cn' points those at tokencli, too."
)


def launch(ground: Ground) -> Launch:
    """Write the copy and name it to cn; a config that the user names is left alone."""
    if ground.says(_OPTION):
        return Launch(remarks=(_CHOSEN,))
    text = ground.texts.get(CONFIG)
    config = None if text is None else _read(text)
    if config is None:
        config = {"name": "tokencli", "version": "0.0.1", "schema": "v1", "models": list(_offered(ground))}
    kept = _pointed(config, ground)
    remarks = [_UNREAD] if text is not None and config.get("name") == "tokencli" else []
    if kept:
        remarks.append(_KEPT.format(", ".join(kept)))
    return Launch(
        arguments=(_OPTION, str(ground.folder / _FILE)), files={_FILE: _written(config)}, remarks=tuple(remarks)
    )


def connect(ground: Ground) -> Wanted:
    """Set the address of each model of the config whose provider the proxy carries, and the name of the client.

    Raises:
        NothingToConnectError: there is no config, or no such model in it.
    """
    text = ground.texts.get(CONFIG)
    if text is None:
        raise NothingToConnectError(_NO_FILE)
    try:
        written = _models(table(yaml.load(text)))
    except UneditableError as error:
        raise NothingToConnectError(_UNREADABLE.format(error.why)) from None
    named = [model.get("name") for model in written]
    settings: list[Setting] = []
    kept: list[str] = []
    for own, model in zip(written, _models(_read(text) or {}), strict=True):
        address = _address(model, ground)
        if address is None or not isinstance(own.get("name"), str) or named.count(own["name"]) > 1:
            kept.append(str(model.get("name") or model.get("uses")))
        else:
            settings += _settings(
                own, address, ground.word(_NAMES[str(model["provider"])], has_own=bool(model.get("apiKey")))
            )
    if not settings:
        raise NothingToConnectError(_NO_MODELS)
    remarks = [_KEPT.format(", ".join(kept))] if kept else []
    if ground.has("ANTHROPIC_API_KEY") and STARTED not in ground.texts:
        remarks.append(_FIRST_START)
    return Wanted(CONFIG, tuple(settings), tuple(remarks))


def _settings(own: dict[str, Any], address: str, word: str | None) -> Iterator[Setting]:
    """Return what a model is to have, of which `own` is what it does not take over from elsewhere."""
    path = ("models", Where("name", own["name"]))
    yield Setting((*path, "apiBase"), address)
    if word is not None:
        yield Setting((*path, "apiKey"), word)
    if "<<" not in own or "requestOptions" in own:
        ((header, name),) = _AGENT.items()
        yield Setting((*path, "requestOptions", "headers", header), name)


def _offered(ground: Ground) -> Iterator[dict[str, Any]]:
    for model in ground.models:
        yield {"name": model.key, "provider": "openai", "model": model.key}


def _pointed(config: dict[str, Any], ground: Ground) -> list[str]:
    """Give the models of a config the proxy's address, and return the names of those that keep their own."""
    kept: list[str] = []
    for model in _models(config):
        address = _address(model, ground)
        if address is None:
            kept.append(str(model.get("name")))
            continue
        model["apiBase"] = address
        word = ground.word(_NAMES[str(model["provider"])], has_own=bool(model.get("apiKey")))
        if word is not None or "apiKey" not in model:
            model["apiKey"] = word or "none"
        options = table(model.setdefault("requestOptions", {}))
        options["headers"] = {**_AGENT, **table(options.get("headers"))}
    return kept


def _models(config: dict[str, Any]) -> list[dict[str, Any]]:
    models: object = config.get("models")
    return [table(each) for each in cast("list[object]", models)] if isinstance(models, list) else []


def _address(model: dict[str, Any], ground: Ground) -> str | None:
    """Return the base URL for a model; None when it is to keep what it has."""
    name = _NAMES.get(str(model.get("provider")))
    if name is None or _is_elsewhere(model.get("apiBase"), ground):
        return None
    return ground.versioned(name)


def _is_elsewhere(address: object, ground: Ground) -> bool:
    """Say whether a model's address is neither the provider's usual one nor this proxy."""
    if not address or ground.leads_here(str(address)):
        return False
    return urlsplit(str(address)).netloc not in _HOSTS


def _read(text: str) -> dict[str, Any] | None:
    """Return a config as dictionaries and lists; None when it is no YAML, or no config."""
    from ruamel.yaml.error import YAMLError

    try:
        return table(_yaml().load(text)) or None
    except YAMLError:
        return None


def _written(config: dict[str, Any]) -> str:
    out = StringIO()
    _yaml().dump(config, out)
    return out.getvalue()


def _yaml() -> Any:
    """Return what reads and writes YAML and keeps comments; its own types are not complete."""
    from ruamel.yaml import YAML

    return YAML()


CLIENT = Client(
    name="cn",
    title="Continue's cn",
    executables=("cn",),
    package="npm:@continuedev/cli",
    launch=launch,
    connect=connect,
    configs=(CONFIG,),
    reads=(CONFIG, STARTED),
)
