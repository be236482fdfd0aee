"""Claude Code: one variable, and its own login stays in force. Settings of 2.1, 2026-11."""

from __future__ import annotations

import json

from tokencli.clients.client import Client, Ground, Launch, Place, Setting, Wanted

_MOVED = "CLAUDE_CONFIG_DIR"
_BASE_URL = "ANTHROPIC_BASE_URL"
SETTINGS = Place(".claude", "settings.json", _MOVED)
LOGIN = Place(".claude", ".credentials.json", _MOVED)
STATE = Place("", ".claude.json", _MOVED)
_KEYS = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN")
_CLOUDS = ("CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX", "CLAUDE_CODE_USE_FOUNDRY")
_ELSEWHERE = "{} sends Claude Code's calls to a cloud of its own kind: they do not pass through tokencli."
# How a login looks: a plan's (in a file, or in the system's keychain), a key that was approved, a program that has it.
_SIGNS = ((LOGIN, '"accessToken"'), (STATE, '"oauthAccount"'), (STATE, '"primaryApiKey"'), (SETTINGS, '"apiKeyHelper"'))


def launch(ground: Ground) -> Launch:
    """Set the base URL; a word is given only to one that is not logged in, and as a token: a key it would ask about."""
    has_own = ground.has(*_KEYS) or any(sign in ground.texts.get(place, "") for place, sign in _SIGNS)
    return Launch(
        arguments=_before_settings(ground),
        environ={_BASE_URL: ground.base, **ground.key("anthropic", "ANTHROPIC_AUTH_TOKEN", has_own=has_own)},
        remarks=tuple(_ELSEWHERE.format(name) for name in _CLOUDS if ground.has(name)),
    )


def _before_settings(ground: Ground) -> tuple[str, ...]:
    """Return the flag by which this run's address comes before one in the user's settings, which beat variables."""
    if f'"{_BASE_URL}"' not in ground.texts.get(SETTINGS, ""):
        return ()
    return ("--settings", json.dumps({"env": {_BASE_URL: ground.base}}))


def connect(ground: Ground) -> Wanted:
    """Set the base URL among the variables that its settings give it."""
    return Wanted(SETTINGS, (Setting(("env", _BASE_URL), ground.base),))


CLIENT = Client(
    name="claude",
    title="Claude Code",
    executables=("claude",),
    package="npm:@anthropic-ai/claude-code",
    launch=launch,
    connect=connect,
    configs=(SETTINGS,),
    reads=(LOGIN, STATE, SETTINGS),
)
