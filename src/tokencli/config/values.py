"""Settings: all that config.toml says, as frozen values. `settings` reads and checks them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tokencli.domain.money import Usd
    from tokencli.domain.price import OwnPrice

_FROM_ENVIRONMENT = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSettings:
    """One provider; `timeout_s` and `drain_max_s` in seconds, `rpm` in requests a minute, None for the default."""

    name: str
    type: str = "openai"
    base_url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    api_key_env: str | None = None
    on_disconnect: str = "cancel"
    drain_max_s: int | None = None
    timeout_s: int | None = None
    rpm: int | None = None

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
class Settings:
    """All that config.toml says; `place` names the file, `warnings` are sentences for the user."""

    place: str
    providers: Mapping[str, ProviderSettings] = field(default_factory=dict[str, ProviderSettings])
    models: Mapping[str, ModelSettings] = field(default_factory=dict[str, ModelSettings])
    report: ReportSettings = field(default_factory=ReportSettings)
    limits: LimitSettings = field(default_factory=LimitSettings)
    own_prices: tuple[OwnPrice, ...] = ()
    warnings: tuple[str, ...] = ()
