"""Settings: all that config.toml says, as frozen values. `settings` reads and checks them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tokencli.config.wellknown import defaults_of
from tokencli.domain.providers import canonical_provider

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tokencli.domain.money import Usd
    from tokencli.domain.price import OwnPrice

_MEGABYTE = 2**20
_DRAIN_S = 300
_FROM_ENVIRONMENT = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSettings:
    """One provider; `timeout_s` and `drain_max_s` in seconds, `rpm` in requests a minute, None for the default.

    `asks_for_usage`, `rewrite_model` and `set_key` switch the three rewrites of a request; `is_wellknown` says that
    config.toml does not name the provider. What is in force stands in `limit_rpm`, `wait_s` and `drain_s`.
    """

    name: str
    type: str = "openai"
    base_url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    api_key_env: str | None = None
    on_disconnect: str = "cancel"
    drain_max_s: int | None = None
    timeout_s: int | None = None
    rpm: int | None = None
    asks_for_usage: bool = True
    rewrite_model: bool = True
    set_key: bool = True
    is_wellknown: bool = False

    @property
    def limit_rpm(self) -> int | None:
        """Return the requests a minute that are let through; None for no limit, which rpm = 0 says."""
        return (defaults_of(self.name, self.type).rpm if self.rpm is None else self.rpm) or None

    @property
    def wait_s(self) -> int:
        """Return how many seconds an answer may stay silent."""
        return self.timeout_s or defaults_of(self.name, self.type).wait_s

    @property
    def drain_s(self) -> int:
        """Return how many seconds an answer is read on after its client has gone, where on_disconnect is "drain"."""
        return self.drain_max_s or _DRAIN_S

    @property
    def host(self) -> str:
        """Return the host of the base URL in lower case; empty when there is no base URL."""
        return urlsplit(self.base_url or "").hostname or ""

    @property
    def icon(self) -> str:
        """Return the sign that stands for the provider on pages; terminals may lack it."""
        return defaults_of(self.name, self.type).icon

    @property
    def color(self) -> str:
        """Return the name of the provider's colour, as CSS knows it."""
        return defaults_of(self.name, self.type).color

    @property
    def key_source(self) -> str | None:
        """Return the environment variable that the key is read from; None when it stands in the file, or is not set."""
        if self.api_key_env:
            return self.api_key_env
        found = _FROM_ENVIRONMENT.search(self.api_key or "")
        return found[1] if found else None

    def key(self, environ: Mapping[str, str]) -> str | None:
        """Return the API key, with "${NAME}" read from the environment; None when there is none."""
        if self.api_key_env:
            return environ.get(self.api_key_env) or None
        if self.api_key is None:
            return None
        return _FROM_ENVIRONMENT.sub(lambda match: environ.get(match[1], ""), self.api_key) or None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSettings:
    """One model: the key that users type, its provider, and its name there; the context limit in tokens."""

    key: str
    provider: str
    model: str
    context_limit_tokens: int | None = None
    capabilities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSettings:
    """How periods are counted: `week_start` 0 for Monday to 6 for Sunday; `time_zone` None for the machine's own."""

    week_start: int = 0
    time_zone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitSettings:
    """What may be spent, in dollars; None for no limit."""

    daily_usd: Usd | None = None
    weekly_usd: Usd | None = None
    monthly_usd: Usd | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """How `tokencli serve` listens: seconds end in _s, sizes are bytes.

    `body_timeout_s` is how long a request's body may stand still; `drain_s` how long open answers may take when the
    server is told to stop; `measured_bytes` how much of an unpacked answer is read for its counts. The token is read
    from the environment, never from a file.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    max_request_bytes: int = 64 * _MEGABYTE
    measured_bytes: int = 64 * _MEGABYTE
    header_timeout_s: int = 10
    body_timeout_s: int = 30
    drain_s: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that config.toml says; `place` names the file, `warnings` are sentences for the user."""

    place: str
    providers: Mapping[str, ProviderSettings] = field(default_factory=dict[str, ProviderSettings])
    models: Mapping[str, ModelSettings] = field(default_factory=dict[str, ModelSettings])
    report: ReportSettings = field(default_factory=ReportSettings)
    limits: LimitSettings = field(default_factory=LimitSettings)
    server: ServerSettings = field(default_factory=ServerSettings)
    own_prices: tuple[OwnPrice, ...] = ()
    warnings: tuple[str, ...] = ()

    def resolve_model(self, name: str) -> ModelSettings | None:
        """Return the model that a request names; None when nothing here has that name.

        A name is a key of config.toml, else the name of a model at the one provider that has it there, else
        "provider/model" with a provider of these settings; for that last one the model may stand in no file.
        """
        if name in self.models:
            return self.models[name]
        found = [each for each in self.models.values() if each.model == name]
        if len({each.provider for each in found}) == 1:
            return found[0]
        provider, slash, rest = name.partition("/")
        known = next((each for each in (provider, canonical_provider(provider)) if each in self.providers), None)
        if not (slash and rest) or known is None:
            return None
        entry = next((each for each in self.models.values() if (each.provider, each.model) == (known, rest)), None)
        return entry or ModelSettings(key=name, provider=known, model=rest)

    def smallest_context(self, provider: str) -> int | None:
        """Return the smallest context limit among a provider's models, in tokens; None when none is known."""
        limits = (each.context_limit_tokens for each in self.models.values() if each.provider == provider)
        return min((limit for limit in limits if limit is not None), default=None)
