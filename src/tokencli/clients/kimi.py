"""Kimi Code and kimi-cli, which have the same command: variables for both. Settings of 2.1 and 1.52, 2026-11.

Kimi Code's login is kept under a name made of the provider's address: at any other address it counts as not logged in.
Its token goes to whatever address a model has, so that a login is pointed here by its models.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tokencli.clients.client import Client, Ground, Launch, Mirror, NothingToConnectError, Place, Setting, Wanted, table
from tokencli.clients.editing import toml
from tokencli.clients.editing.splices import UneditableError

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOVED, _FOLDER = "KIMI_CODE_HOME", ".kimi-code"
CODE_CONFIG = Place(_FOLDER, "config.toml", _MOVED)
CLI_CONFIG = Place(".kimi", "config.toml", "KIMI_SHARE_DIR")
_PROVIDER = "managed:kimi-code"
_MODEL = "kimi-for-coding"
_ALIAS = f"kimi-code/{_MODEL}"
_CONTEXT_TOKENS = 262_144
_HOST = "api.kimi.com"
_LOGIN = "oauth"
_BY_KEY = "Kimi Code is logged in, but this run goes by the key that tokencli has."
_AROUND = "Kimi Code's login cannot be pointed at tokencli, so its calls do not pass through it: {}."
_UNKNOWN = "tokencli's config.toml has no provider managed:kimi-code, which 'tokencli config init' writes"
_NO_PROVIDER = "Kimi Code has no provider yet, and tokencli no KIMI_API_KEY: log in by its /login, then connect it"
_NO_MODEL = "Kimi Code's login has no model yet: start it once, then connect it"
_OTHERS = "the providers {} of its config.toml keep their own addresses: their calls do not pass through tokencli."
_LATER = "Kimi Code keeps its login: each model has tokencli's address. Connect it again when it gets a new model."
_CHARGED = (
    "tokencli has a key for managed:kimi-code, and sends that one instead of the login's token: with set_key = false "
    "at that provider in its config.toml, the login stays in force."
)


def launch(ground: Ground) -> Launch:
    """Name the model and its address: the provider's own path, which takes tokencli's key as well as a key of yours.

    Without a key on either side it goes by its login, in a mirror of its folder, or nothing is set.
    """
    address = f"{ground.at(_PROVIDER)}/v1"
    is_login = _LOGIN in ground.texts.get(CODE_CONFIG, "")
    own = ground.environ.get("KIMI_MODEL_API_KEY") or ground.environ.get("KIMI_API_KEY")
    key = ground.word(_PROVIDER, has_own=bool(own)) or own
    if not key:
        return _by_login(ground) if is_login else Launch()
    return Launch(
        environ={
            "KIMI_MODEL_BASE_URL": address,
            "KIMI_MODEL_API_KEY": key,
            "KIMI_MODEL_NAME": ground.environ.get("KIMI_MODEL_NAME") or _MODEL,
            "KIMI_BASE_URL": address,
            "KIMI_API_KEY": key,
        },
        remarks=(_BY_KEY,) if is_login and not own else (),
    )


def _by_login(ground: Ground) -> Launch:
    """Show it its folder with a config in which its models have the address; all else is the client's own."""
    try:
        settings = connect(ground).settings
    except NothingToConnectError as error:
        return Launch(remarks=(_AROUND.format(error.why),))
    text = ground.texts[CODE_CONFIG]
    try:
        for path, value in settings:
            text = toml.put(text, path, value)
    except UneditableError as error:
        return Launch(remarks=(_AROUND.format(error.why),))
    return Launch(
        environ={_MOVED: str(ground.folder / _FOLDER)},
        files={f"{_FOLDER}/config.toml": text},
        mirrors=(Mirror(_FOLDER, CODE_CONFIG.path(ground.environ, ground.home).parent),),
    )


def connect(ground: Ground) -> Wanted:
    """Change the address where it stands: at the provider, or, for a login, at the provider's models."""
    if _PROVIDER not in ground.providers:
        raise NothingToConnectError(_UNKNOWN)
    place = next((each for each in (CODE_CONFIG, CLI_CONFIG) if each in ground.texts), CODE_CONFIG)
    config = _read(ground.texts.get(place, ""))
    providers = {name: table(each) for name, each in table(config.get("providers")).items()}
    ours = {name: each for name, each in providers.items() if _is_kimis(name, each, ground)}
    if not ours:
        return Wanted(place, tuple(_new(ground, config)), _kept(providers, ours))
    logins = frozenset(name for name, each in ours.items() if _LOGIN in each and place == CODE_CONFIG)
    settings = tuple(_addressed(f"{ground.at(_PROVIDER)}/v1", ours, logins, table(config.get("models"))))
    if not settings:
        raise NothingToConnectError(_NO_MODEL)
    remarks = (_LATER, *((_CHARGED,) if _PROVIDER in ground.keyed else ())) if logins else ()
    return Wanted(place, settings, (*remarks, *_kept(providers, ours)))


def _read(text: str) -> dict[str, Any]:
    """Return a config; nothing of one that is no TOML, which is told of when it is to be changed."""
    try:
        return toml.load(text)
    except UneditableError:
        return {}


def _is_kimis(name: str, provider: dict[str, Any], ground: Ground) -> bool:
    address = str(provider.get("base_url", ""))
    return name == _PROVIDER or urlsplit(address).hostname == _HOST or ground.leads_here(address)


def _addressed(
    address: str, ours: dict[str, dict[str, Any]], logins: frozenset[str], models: dict[str, Any]
) -> Iterator[Setting]:
    for name in ours:
        if name not in logins:
            yield Setting(("providers", name, "base_url"), address)
    for name, model in models.items():
        if str(table(model).get("provider")) in logins:
            yield Setting(("models", name, "base_url"), address)


def _new(ground: Ground, config: dict[str, Any]) -> Iterator[Setting]:
    """Give a provider, and a model of it, which is chosen where none is."""
    word = ground.word(_PROVIDER, has_own=False)
    if word is None:
        raise NothingToConnectError(_NO_PROVIDER)
    provider, model = ("providers", "tokencli"), ("models", _ALIAS)
    if not config.get("default_model"):
        yield Setting(("default_model",), _ALIAS)
    yield Setting((*provider, "type"), "kimi")
    yield Setting((*provider, "base_url"), f"{ground.at(_PROVIDER)}/v1")
    yield Setting((*provider, "api_key"), word)
    yield Setting((*model, "provider"), "tokencli")
    yield Setting((*model, "model"), _MODEL)
    yield Setting((*model, "max_context_size"), _CONTEXT_TOKENS)


def _kept(providers: dict[str, dict[str, Any]], ours: dict[str, dict[str, Any]]) -> tuple[str, ...]:
    others = [name for name in providers if name not in ours]
    return (_OTHERS.format(", ".join(others)),) if others else ()


CLIENT = Client(
    name="kimi",
    title="Kimi Code",
    executables=("kimi", "kimi-cli", "kimi-code"),
    package="npm:@moonshot-ai/kimi-code",
    launch=launch,
    connect=connect,
    configs=(CODE_CONFIG, CLI_CONFIG),
    reads=(CODE_CONFIG, CLI_CONFIG),
)
