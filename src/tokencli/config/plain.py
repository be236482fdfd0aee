"""config.toml as it mostly is, a key and a plain value on each line -> what the status needs to know of it.

What it accepts, `settings` reads without an error, without a warning and to the same values; a test changes files
in hundreds of ways to hold that. Keys of others, keys that stand in the file in clear and the like are not plain.
"""

from __future__ import annotations

from tokencli.config import keys
from tokencli.config.plain_lines import BARE, Number, tables_of
from tokencli.domain.plain import NotPlainError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tokencli.config.plain_lines import Value

_WELLKNOWN = ("openai", "anthropic", "gemini", "chatgpt")
_KEYS = {
    "providers": keys.PROVIDER_KEYS,
    "models": keys.MODEL_KEYS,
    "report": keys.REPORT_KEYS,
    "limits": keys.LIMIT_KEYS,
    "server": ("host", *keys.SERVER_NUMBERS),
    "privacy": (),
}
_CLAIMS = ("include_usage", "rewrite_model", "set_key")
_NUMBERS = {
    "drain_max_s": (1, keys.MOST_SECONDS),
    "timeout_s": (1, keys.MOST_SECONDS),
    "rpm": (0, keys.MOST_TOKENS),
}
_PICO = 10**12
_HIGHEST_PORT, _PORT_DIGITS = 65_535, 5
_IN_PROVIDER_NAMES = BARE | frozenset(".:@+")
_IN_ADDRESSES = BARE | frozenset("./~")


class PlainModel:
    """One model, with the fields of ModelSettings that a context limit depends on, and its price as it is written."""

    __slots__ = ("context_limit_tokens", "key", "model", "price", "provider")

    def __init__(
        self, key: str, provider: str, model: str, context_limit_tokens: int | None, price: Value | None = None
    ) -> None:
        """Take what config.toml says."""
        self.key = key
        self.provider = provider
        self.model = model
        self.context_limit_tokens = context_limit_tokens
        self.price = price


class PlainSettings:
    """What the status needs of config.toml: the limits are picodollars by their keys, `time_zone` None for local."""

    __slots__ = ("limits", "models", "time_zone", "week_start")

    def __init__(
        self, limits: dict[str, int], models: dict[str, PlainModel], week_start: int, time_zone: str | None
    ) -> None:
        """Take what config.toml says."""
        self.limits = limits
        self.models = models
        self.week_start = week_start
        self.time_zone = time_zone


def plain_settings(data: bytes) -> PlainSettings:
    """Return what is in these bytes of a config.toml; raise NotPlainError when they hold anything unusual."""
    tables = tables_of(data)
    sections: dict[str, dict[str, dict[str, Value]]] = {name: {} for name in _KEYS}
    for (section, name), table in tables.items():
        _check(section in sections and all(key in _KEYS[section] for key in table))
        sections[section][name] = table
    for name, table in sections["providers"].items():
        _check_provider(name, table)
    names = [name.lower() for name in sections["providers"]]
    _check(len(set(names)) == len(names))
    known = {*_WELLKNOWN, *names}
    _check_server(sections["server"].get("", {}))
    report = sections["report"].get("", {})
    zone = _text(report.get("time_zone", "local"))
    return PlainSettings(
        limits={key: _most(value, keys.MOST_USD) for key, value in sections["limits"].get("", {}).items()},
        models={key: _model(key, table, known) for key, table in sections["models"].items()},
        week_start=keys.WEEKDAYS.index(_one_of(_text(report.get("week_start", "monday")).lower(), keys.WEEKDAYS)),
        time_zone=None if zone == "local" else zone,
    )


def _check(claim: object) -> None:
    if not claim:
        raise NotPlainError


def _text(value: Value) -> str:
    if not isinstance(value, str):
        raise NotPlainError
    return value


def _one_of(word: str, choices: tuple[str, ...]) -> str:
    _check(word in choices)
    return word


def _whole(value: Value, most: int, *, least: int = 1) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise NotPlainError
    return value


def _most(value: Value, most: int) -> int:
    """Return a number of dollars as picodollars; refuse one above `most` dollars."""
    pico = value.pico if isinstance(value, Number) else _whole(value, most, least=0) * _PICO
    _check(pico <= most * _PICO)
    return pico


def _check_provider(name: str, table: dict[str, Value]) -> None:
    _check(name and name[0].isalnum() and _IN_PROVIDER_NAMES.issuperset(name))
    for key, value in table.items():
        if key in _CLAIMS:
            _check(isinstance(value, bool))
        elif key in _NUMBERS:
            least, most = _NUMBERS[key]
            _whole(value, most, least=least)
        else:
            _check_words(key, _text(value))


def _check_words(key: str, words: str) -> None:
    if key == "type":
        _one_of(keys.OTHER_TYPES.get(words, words), keys.PROVIDER_TYPES)
    elif key == "base_url":
        _check_address(words)
    elif key == "api_key":
        _check(words.startswith("${"))
    elif key == "on_disconnect":
        _one_of(words, keys.ON_DISCONNECT)


def _check_address(url: str) -> None:
    scheme, _, rest = url.partition("://")
    host, _, path = rest.partition("/")
    name, colon, port = host.partition(":")
    _check(scheme in {"http", "https"} and name and _IN_ADDRESSES.issuperset(name + path))
    _check(
        not colon
        or (port.isascii() and port.isdigit() and len(port) <= _PORT_DIGITS and 0 < int(port) <= _HIGHEST_PORT)
    )
    _check(not {".", ".."} & set(path.split("/")))


def _check_server(table: dict[str, Value]) -> None:
    for key, value in table.items():
        if key == "host":
            _check(_text(value))
        else:
            _whole(value, keys.SERVER_NUMBERS[key][1])


def _model(key: str, table: dict[str, Value], providers: set[str]) -> PlainModel:
    provider = _text(table.get("provider", 0)).lower()
    _check(provider in providers)
    abilities = table.get("capabilities", [])
    _check(isinstance(abilities, list))
    _check_price(table.get("price", "free"))
    limit = table.get("max_context_size")
    most = None if limit is None else _whole(limit, keys.MOST_TOKENS)
    return PlainModel(key, provider, _text(table.get("model", "")) or key, most, table.get("price"))


def _check_price(value: Value) -> None:
    if isinstance(value, dict):
        _check("input" in value)
        for name, amount in value.items():
            _check(name in keys.AMOUNTS)
            _most(amount, keys.MOST_USD)
    else:
        _one_of(_text(value).strip().lower(), keys.PRICE_WORDS)
