"""What holds for a provider that config.toml does not say: its limit, its patience, its colours, its address.

Limits and timeouts are those that the first systems ran with; a provider's own plan may allow more or less.
"""

from __future__ import annotations

from dataclasses import dataclass

_OTHERS = "others"


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """The defaults of one provider: `rpm` requests a minute, None for no known limit; `wait_s` seconds.

    `base_url` and `api_key_env` are known of the providers that exist without being named in config.toml; one without
    the latter takes the client's own login alone.
    """

    rpm: int | None = 40
    wait_s: int = 120
    icon: str = "\N{ELECTRIC PLUG}"
    color: str = "gray"
    asks_for_usage: bool = True
    type: str = "openai"
    base_url: str | None = None
    api_key_env: str | None = None


_DEFAULTS = {
    "kimi": Defaults(icon="\N{CRESCENT MOON}", color="purple"),
    "nvidia": Defaults(wait_s=150, icon="\N{LARGE GREEN CIRCLE}", color="green"),
    # Mistral sends usage in every stream and refuses requests that ask for it.
    "mistral": Defaults(rpm=60, icon="\N{LARGE BLUE DIAMOND}", color="blue", asks_for_usage=False),
    "openrouter": Defaults(rpm=30, wait_s=150, icon="\N{TWISTED RIGHTWARDS ARROWS}", color="orange"),
    "siliconflow": Defaults(rpm=100, icon="\N{DROPLET}", color="cyan"),
    "groq": Defaults(rpm=100, wait_s=60, icon="\N{HIGH VOLTAGE SIGN}", color="yellow"),
    "cerebras": Defaults(rpm=100, wait_s=60, icon="\N{BRAIN}", color="red"),
    "gemini": Defaults(
        rpm=60,
        wait_s=180,
        icon="\N{GEM STONE}",
        color="indigo",
        type="gemini",
        base_url="https://generativelanguage.googleapis.com/v1beta",
        api_key_env="GEMINI_API_KEY",
    ),
    "openai": Defaults(
        rpm=None,
        icon="\N{MEDIUM WHITE CIRCLE}",
        color="teal",
        base_url="https://api.openai.com/v1",
        api_key_env="OPENAI_API_KEY",
    ),
    "anthropic": Defaults(
        rpm=None,
        icon="\N{LARGE ORANGE DIAMOND}",
        color="brown",
        type="anthropic",
        base_url="https://api.anthropic.com/v1",
        api_key_env="ANTHROPIC_API_KEY",
    ),
    # What Codex calls with a ChatGPT login, which is its own: there is no key (openai/codex, codex-rs, 2026-11).
    "chatgpt": Defaults(
        rpm=None,
        icon="\N{SPEECH BALLOON}",
        color="teal",
        base_url="https://chatgpt.com/backend-api/codex",
    ),
    _OTHERS: Defaults(),
}

WELLKNOWN = tuple(name for name, each in _DEFAULTS.items() if each.base_url is not None)


def defaults_of(name: str, kind: str | None = None) -> Defaults:
    """Return the defaults of a provider by its name in config.toml, else by its type when that is "kimi"."""
    lowered = name.lower()
    known = "kimi" if kind == "kimi" or lowered == "managed:kimi-code" else lowered
    return _DEFAULTS.get(known, _DEFAULTS[_OTHERS])
