"""config.toml and prices.toml -> settings and own prices, checked once, at the edge.

A wrong key or value is an error that names its line and the nearest right one; a key of a later version, or of
another program that reads the same file, is a warning.
"""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tokencli.config.document import Document, UnreadableConfigError, as_list, as_table, parse
from tokencli.config.fields import base_url_of, claim_of, one_of, section_of, text_of, whole_of
from tokencli.config.keys import (
    BUILTIN_PLACE,
    LIMIT_KEYS,
    MODEL_KEYS,
    MOST_SECONDS,
    MOST_TOKENS,
    MOST_USD,
    ON_DISCONNECT,
    OTHER_TYPES,
    PROVIDER_KEYS,
    PROVIDER_TYPES,
    REPORT_KEYS,
    SECTIONS,
    SERVER_NUMBERS,
    WEEKDAYS,
)
from tokencli.config.places import BUILTIN, is_there
from tokencli.config.prices import prices_of
from tokencli.config.values import (
    LimitSettings,
    ModelSettings,
    ProviderSettings,
    ReportSettings,
    ServerSettings,
    Settings,
)
from tokencli.config.wellknown import WELLKNOWN, defaults_of
from tokencli.domain.errors import UnknownZoneError
from tokencli.domain.money import Usd
from tokencli.domain.period import zone_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tokencli.domain.price import OwnPrice

__all__ = ["Settings", "load_prices", "load_settings", "read_document", "settings_of"]

# Keys that Kimi's programs keep in such a file and that look like misspelt ones of ours.
_OF_OTHERS = ("services", "max_input_size", "max_output_size")
_PROVIDER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:@+-]*")
_OTHERS_MAY_READ = 0o077


def load_settings(path: Path) -> Settings:
    """Read a configuration file.

    Raises:
        ConfigError: the file cannot be read, is no TOML, or holds a wrong key or value.
    """
    document = read_document(path)
    settings = settings_of(document)
    secret = next((name for name, each in settings.providers.items() if _is_secret(each.api_key)), None)
    if secret is None or not _others_may_read(path):
        return settings
    warning = (
        f"{document.where('providers', secret, 'api_key')}: the key stands in a file that others may read: "
        f'write "${{NAME}}" instead, or run chmod 600 {path}.'
    )
    return replace(settings, warnings=(*settings.warnings, warning))


def load_prices(path: Path) -> tuple[OwnPrice, ...]:
    """Read the user's own price list, in which a model's key is "provider/model" or a bare model name.

    Nothing when there is no such file.

    Raises:
        ConfigError: the file cannot be read, is no TOML, or holds a wrong key or value.
    """
    if not is_there(path):
        return ()
    document = read_document(path)
    for key in document.unknown_keys((), document.values, ("models",)):
        raise document.wrong((key,), document.values[key], 'a price list holds [models."provider/model"] tables only')
    found: list[OwnPrice] = []
    for key, entry in _tables(document, "models").items():
        where = ("models", key)
        for name in document.unknown_keys(where, entry, ("provider", "model", "price")):
            raise document.wrong((*where, name), entry[name], "a model in a price list has provider, model and price")
        if "price" not in entry:
            raise document.wrong(where, entry, "it needs a price")
        provider, model = _whose(document, where, entry)
        found += prices_of(document, (*where, "price"), provider, model)
    return tuple(found)


def read_document(path: Path) -> Document:
    """Return a TOML file; raise ConfigError when it cannot be read or is no TOML."""
    place = BUILTIN_PLACE if path == BUILTIN else str(path)
    try:
        return parse(path.read_bytes(), place)
    except OSError as error:
        raise UnreadableConfigError(place, (error.strerror or "unknown reason").lower()) from None


def settings_of(document: Document) -> Settings:
    """Return the settings in a document; raise ConfigError for a wrong key or value."""
    ignored = _ignored(document, (), document.values, SECTIONS)
    section_of(document, "privacy", ())
    providers: dict[str, ProviderSettings] = {}
    for name, entry in _tables(document, "providers").items():
        ignored += _ignored(document, ("providers", name), entry, PROVIDER_KEYS)
        provider = _provider(document, name, entry)
        if provider.name in providers:
            raise document.wrong(("providers", name), entry, f"there is a provider {provider.name!r} already")
        providers[provider.name] = provider
    for name in WELLKNOWN:
        providers.setdefault(name, replace(_provider(document, name, {}), is_wellknown=True))
    models: dict[str, ModelSettings] = {}
    prices: list[OwnPrice] = []
    for key, entry in _tables(document, "models").items():
        ignored += _ignored(document, ("models", key), entry, MODEL_KEYS)
        models[key] = _model(document, key, entry, providers)
        if "price" in entry:
            prices += _own_prices(document, models[key])
    return Settings(
        place=document.place,
        providers=providers,
        models=models,
        report=_report(document),
        limits=_limits(document),
        server=_server(document),
        own_prices=tuple(prices),
        warnings=_warnings(document, ignored),
    )


def _ignored(
    document: Document, path: tuple[str, ...], entry: dict[str, Any], known: tuple[str, ...]
) -> list[tuple[str, ...]]:
    """Return the paths of keys that are another program's or a later version's; raise for a misspelt one."""
    unknown = document.unknown_keys(path, [key for key in entry if key not in _OF_OTHERS], known)
    return [(*path, key) for key in entry if key in unknown or key in _OF_OTHERS]


def _warnings(document: Document, ignored: list[tuple[str, ...]]) -> tuple[str, ...]:
    """Return a sentence for each key that is not used; one for all models or providers that have the same."""
    places: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for path in ignored:
        places.setdefault((path[0], path[-1]), []).append(path)
    sentences: list[str] = []
    for first, *others in places.values():
        more = f", here and in {len(others)} more" if others else ""
        sentences.append(f"{document.where(*first)}: tokencli does not use {'.'.join(first)}{more}.")
    return tuple(sentences)


def _tables(document: Document, section: str) -> dict[str, dict[str, Any]]:
    """Return the tables of a section by name; nothing when the file has no such section."""
    found = as_table(document.values.get(section, {}))
    if found is None:
        raise document.wrong((section,), document.values[section], f"it is a section: [{section}.NAME]")
    tables: dict[str, dict[str, Any]] = {}
    for name, value in found.items():
        entry = as_table(value)
        if entry is None:
            raise document.wrong((section, name), value, f'it is a table: [{section}."{name}"]')
        tables[name] = entry
    return tables


def _provider(document: Document, name: str, entry: dict[str, Any]) -> ProviderSettings:
    """Return a provider as its table says it, with what is known of it by its name where the table is silent.

    Its name is in lower case, as calls and reports have it, and can stand in a path.
    """
    path = ("providers", name)
    if not _PROVIDER_NAME.fullmatch(name):
        raise document.wrong(path, entry, "a provider's name is made of letters, digits and the signs - _ . : @ +")
    written = entry.get("type", defaults_of(name).type)
    kind = one_of(document, (*path, "type"), OTHER_TYPES.get(str(written), written), PROVIDER_TYPES)
    ending = one_of(document, (*path, "on_disconnect"), entry.get("on_disconnect", "cancel"), ON_DISCONNECT)
    known = defaults_of(name, kind)
    api_key = text_of(document, (*path, "api_key"), entry.get("api_key"))
    return ProviderSettings(
        name=name.lower(),
        type=kind,
        base_url=base_url_of(document, (*path, "base_url"), entry.get("base_url", known.base_url)),
        api_key=api_key,
        api_key_env=text_of(
            document, (*path, "api_key_env"), entry.get("api_key_env", known.api_key_env if api_key is None else None)
        ),
        on_disconnect=ending,
        drain_max_s=whole_of(document, (*path, "drain_max_s"), entry.get("drain_max_s"), MOST_SECONDS),
        timeout_s=whole_of(document, (*path, "timeout_s"), entry.get("timeout_s"), MOST_SECONDS),
        rpm=whole_of(document, (*path, "rpm"), entry.get("rpm"), MOST_TOKENS, least=0),
        asks_for_usage=claim_of(document, (*path, "include_usage"), entry.get("include_usage", known.asks_for_usage)),
        rewrite_model=claim_of(document, (*path, "rewrite_model"), entry.get("rewrite_model", True)),
        set_key=claim_of(document, (*path, "set_key"), entry.get("set_key", True)),
    )


def _model(
    document: Document, key: str, entry: dict[str, Any], providers: Mapping[str, ProviderSettings]
) -> ModelSettings:
    path = ("models", key)
    provider = text_of(document, (*path, "provider"), entry.get("provider"))
    if provider is None:
        inner = next((name for name, value in entry.items() if as_table(value) is not None and name != "price"), None)
        hint = "" if inner is None else f': a name with a point is written in quotes, [models."{key}.{inner}"]'
        raise document.wrong(path, entry, f"it needs a provider{hint}")
    provider = provider.lower()
    if provider not in providers:
        provider = one_of(document, (*path, "provider"), provider, tuple(providers))
    capabilities = as_list(entry.get("capabilities", []))
    if capabilities is None or not all(isinstance(each, str) for each in capabilities):
        wanted = 'it is a list of words such as ["tool_use"]'
        raise document.wrong((*path, "capabilities"), entry["capabilities"], wanted)
    return ModelSettings(
        key=key,
        provider=provider,
        model=text_of(document, (*path, "model"), entry.get("model")) or key,
        context_limit_tokens=whole_of(
            document, (*path, "max_context_size"), entry.get("max_context_size"), MOST_TOKENS
        ),
        capabilities=tuple(capabilities),
    )


def _own_prices(document: Document, model: ModelSettings) -> list[OwnPrice]:
    """Return a model's prices under its provider's name for it, and under its key when that is another one."""
    found = list(prices_of(document, ("models", model.key, "price"), model.provider, model.model))
    if model.key != model.model:
        found += [replace(price, model=model.key) for price in found]
    return found


def _report(document: Document) -> ReportSettings:
    entry = section_of(document, "report", REPORT_KEYS)
    zone = text_of(document, ("report", "time_zone"), entry.get("time_zone"))
    if zone == "local":
        zone = None
    if zone is not None:
        try:
            zone_of(zone)
        except UnknownZoneError:
            wanted = "it should be a name such as Europe/Paris, UTC or local"
            raise document.wrong(("report", "time_zone"), zone, wanted) from None
    day = text_of(document, ("report", "week_start"), entry.get("week_start", "monday")) or ""
    name = one_of(document, ("report", "week_start"), day.lower(), WEEKDAYS)
    return ReportSettings(week_start=WEEKDAYS.index(name), time_zone=zone)


def _limits(document: Document) -> LimitSettings:
    entry = section_of(document, "limits", LIMIT_KEYS)
    amounts: dict[str, Usd] = {}
    for key, value in entry.items():
        is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
        if not is_number or not Decimal(value).is_finite() or not 0 <= value <= MOST_USD:
            raise document.wrong(("limits", key), value, "a limit is a number of dollars, 0 or more")
        amounts[key] = Usd(Decimal(value))
    return LimitSettings(**amounts)


def _server(document: Document) -> ServerSettings:
    written = as_table(document.values.get("server")) or {}
    if "token" in written:
        raise document.wrong(
            ("server", "token"), "...", "a token stands in no file: set TOKENCLI_TOKEN, or say --token"
        )
    if written.get("host") == "":
        raise document.wrong(("server", "host"), "", "it is a host name or an address")
    found: dict[str, Any] = {}
    for key, value in section_of(document, "server", ("host", *SERVER_NUMBERS)).items():
        if key == "host":
            found[key] = text_of(document, ("server", key), value)
        else:
            field, most, unit = SERVER_NUMBERS[key]
            found[field] = unit * (whole_of(document, ("server", key), value, most) or 0)
    return ServerSettings(**found)


def _whose(document: Document, where: tuple[str, ...], entry: dict[str, Any]) -> tuple[str | None, str]:
    """Return (provider, model) of a price list's entry: as it says, else as its key "provider/model" says."""
    key = where[-1]
    provider = text_of(document, (*where, "provider"), entry.get("provider"))
    model = text_of(document, (*where, "model"), entry.get("model"))
    before, slash, after = key.partition("/")
    if provider is None and slash:
        return before, model or after
    return provider, model or key


def _others_may_read(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & _OTHERS_MAY_READ)
    except OSError:
        return False


def _is_secret(api_key: str | None) -> bool:
    """Say whether a key is written out instead of "${NAME}"."""
    return bool(api_key) and not str(api_key).startswith("${")
