"""Gemini CLI: variables, and a mirror of its folder whose settings say to use a key. Settings of 0.61, 2026-11.

It has no variable and no argument that says so, and takes settings of the system only from root. A Google login speaks
to another service than the API, and cannot be passed on.
"""

from __future__ import annotations

import json
import re
from typing import Any

from tokencli.clients.client import Client, Edit, Ground, Launch, Mirror, Place, Setting, Wanted, table

_MOVED = "GEMINI_CLI_HOME"
_FOLDER = ".gemini"
CONFIG = Place("", f"{_FOLDER}/settings.json", _MOVED)
VARIABLES = Place("", f"{_FOLDER}/.env", _MOVED)
_KEYS = ("GEMINI_API_KEY", "GOOGLE_API_KEY")
_BY_KEY = "gemini-api-key"
_GATEWAY = "gateway"
_LOGIN = "oauth-personal"
_GOOGLE = (
    "Gemini CLI is set to a Google login, whose calls do not go to the API: without a GEMINI_API_KEY, where tokencli "
    "runs or here, they do not pass through tokencli."
)
_CONNECTED_GOOGLE = (
    "Gemini CLI is set to a Google login, whose calls do not go to the API: they DO NOT pass through tokencli. To have "
    "them counted, choose a key by its /auth, or take in its logs by 'tokencli ingest --discover'."
)
_CONNECTED_ELSEWHERE = (
    "Gemini CLI is set to log in by {}, whose calls do not pass through tokencli: choose a key by its /auth."
)
_ANY_WORD = "Gemini CLI wants a GEMINI_API_KEY in its environment: any word will do, for tokencli has the key."
_NO_KEY = "Gemini CLI wants a GEMINI_API_KEY in its environment."
_ONE_FILE = (
    "Gemini CLI reads one .env alone: in a folder that has one of its own, or is not trusted, its calls go straight."
)
_UNREAD = "Gemini CLI's settings cannot be read, so it runs without them this time."
_STRING_OR_COMMENT = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|/\*.*?\*/', re.DOTALL)


def launch(ground: Ground) -> Launch:
    """Set the base URL and the key; the folder is mirrored only where its settings do not say to use a key."""
    environ = {"GOOGLE_GEMINI_BASE_URL": ground.base, **ground.key("gemini", *_KEYS)}
    settings = _settings(ground.texts.get(CONFIG, "{}"))
    security = table((settings or {}).get("security"))
    login = table(security.get("auth")).get("selectedType")
    if not (ground.has(*_KEYS) or environ.keys() & set(_KEYS)):
        return Launch(environ=environ, remarks=(_GOOGLE,) if login == _LOGIN else ())
    if login == _BY_KEY:
        return Launch(environ=environ)
    pointed = {
        **(settings or {}),
        "security": {**security, "auth": {**table(security.get("auth")), "selectedType": _BY_KEY}},
    }
    return Launch(
        environ={**environ, _MOVED: str(ground.folder)},
        files={f"{_FOLDER}/settings.json": json.dumps(pointed)},
        mirrors=(Mirror(_FOLDER, CONFIG.path(ground.environ, ground.home).parent),),
        remarks=(_UNREAD,) if settings is None else (),
    )


def _settings(text: str) -> dict[str, Any] | None:
    """Return settings, which may hold comments; None when they cannot be read."""
    try:
        return table(json.loads(_STRING_OR_COMMENT.sub(_kept, text)))
    except ValueError:
        return None


def _kept(match: re.Match[str]) -> str:
    return match[0] if match[0].startswith('"') else ""


def connect(ground: Ground) -> Wanted:
    """Set the base URL among the variables that it reads at its start, and to use a key where nothing is chosen.

    With a base URL and nothing chosen it takes the address for a gateway, and then refuses to start.
    """
    settings = _settings(ground.texts.get(CONFIG, "{}")) or {}
    chosen = table(table(settings.get("security")).get("auth")).get("selectedType") or settings.get("selectedAuthType")
    login = chosen if isinstance(chosen, str) else None
    remarks = [_ONE_FILE]
    is_ignored = login not in {None, _BY_KEY, _GATEWAY}
    if is_ignored:
        remarks.insert(0, _CONNECTED_GOOGLE if login == _LOGIN else _CONNECTED_ELSEWHERE.format(login))
    elif not ground.has(*_KEYS) and not any(key in ground.texts.get(VARIABLES, "") for key in _KEYS):
        remarks.insert(0, _ANY_WORD if "gemini" in ground.keyed else _NO_KEY)
    choice = Edit(CONFIG, (Setting(("security", "auth", "selectedType"), _BY_KEY),))
    address = Setting(("GOOGLE_GEMINI_BASE_URL",), ground.base)
    also = choice if login is None else None
    return Wanted(VARIABLES, (address,), tuple(remarks), also=also, is_ignored=is_ignored)


CLIENT = Client(
    name="gemini",
    title="Gemini CLI",
    executables=("gemini",),
    package="npm:@google/gemini-cli",
    launch=launch,
    connect=connect,
    configs=(VARIABLES, CONFIG),
    reads=(CONFIG, VARIABLES),
)
