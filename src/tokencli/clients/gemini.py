"""Gemini CLI: variables, and a settings file of the system's kind that says to use a key. Settings of 0.61, 2026-11.

Settings of the system win over the user's, so the user's file stays as it is. A Google login speaks to another
service than the API, and cannot be passed on.
"""

from __future__ import annotations

import json

from tokencli.clients.client import Client, Ground, Launch, Place, table

_MOVED = "GEMINI_CLI_HOME"
CONFIG = Place("", ".gemini/settings.json", _MOVED)
_SYSTEM = "GEMINI_CLI_SYSTEM_SETTINGS_PATH"
SYSTEM = Place("/etc/gemini-cli", "settings.json")
_FILE = "gemini-settings.json"
_LOGIN = '"oauth-personal"'
_GOOGLE = (
    "Gemini CLI is set to a Google login, whose calls do not go to the API: without a GEMINI_API_KEY, where tokencli "
    "runs or here, they do not pass through tokencli."
)


def launch(ground: Ground) -> Launch:
    """Set the base URL and the key, and for this run the way to log in."""
    key = ground.key("gemini", "GEMINI_API_KEY", "GOOGLE_API_KEY")
    environ = {"GOOGLE_GEMINI_BASE_URL": ground.base, **key}
    if not key and not ground.has("GEMINI_API_KEY", "GOOGLE_API_KEY"):
        is_google = _LOGIN in ground.texts.get(CONFIG, "")
        return Launch(environ=environ, remarks=(_GOOGLE,) if is_google else ())
    if ground.has(_SYSTEM):
        return Launch(environ=environ)
    return Launch(
        environ={**environ, _SYSTEM: str(ground.folder / _FILE)},
        files={_FILE: _with_key(ground.texts.get(SYSTEM, ""))},
    )


def _with_key(text: str) -> str:
    """Return the system's settings with the way to log in set to a key."""
    try:
        settings = table(json.loads(text))
    except ValueError:
        settings = {}
    settings["security"] = {**table(settings.get("security")), "auth": {"selectedType": "gemini-api-key"}}
    return json.dumps(settings)


CLIENT = Client(
    name="gemini",
    title="Gemini CLI",
    executables=("gemini",),
    package="npm:@google/gemini-cli",
    launch=launch,
    configs=(CONFIG,),
    reads=(CONFIG, SYSTEM),
)
