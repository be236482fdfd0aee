"""Where the configuration and the ledger are, found without what it takes to find them everywhere.

These are the places of `config.places` and `cli.globals`, on systems where they need no library; others are not plain.
"""

from __future__ import annotations

import os
import sys

from tokencli.domain.plain import NotPlainError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

BUILTIN = os.path.join(os.path.dirname(__file__), "../config/builtin.toml")  # noqa: PTH118, PTH120 - see `domain.plain`


def config_file(named: str | None, environ: Mapping[str, str]) -> str:
    """Return the configuration that `find_places` finds."""
    if named:
        return os.path.expanduser(named)  # noqa: PTH111 - see `domain.plain`
    home = f"{_home('XDG_CONFIG_HOME', '~/.config', environ)}/config.toml"
    places = ("config.toml", home)
    # What is there and cannot be opened is an error, and not for us to say.
    return next((place for place in places if is_there(place)), BUILTIN)


def is_there(path: str) -> bool:
    """Say whether anything is at a path; raise NotPlainError where the system does not let us look."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError):
        raise NotPlainError from None
    return True


def ledger_file(named: str | None, environ: Mapping[str, str]) -> str:
    """Return the ledger that was named, else the one in the data directory."""
    if not named:
        return f"{_home('XDG_DATA_HOME', '~/.local/share', environ)}/ledger.db"
    return os.path.expanduser(named)  # noqa: PTH111


def prices_file(environ: Mapping[str, str]) -> str:
    """Return where the user's own price list may be, as `find_places` does."""
    return f"{_home('XDG_CONFIG_HOME', '~/.config', environ)}/prices.toml"


def cache_directory(environ: Mapping[str, str]) -> str:
    """Return where that stands which may be thrown away, as `find_places` does."""
    home = _home("XDG_CACHE_HOME", "~/.cache", environ)
    return f"{home}/cache" if environ.get("TOKENCLI_HOME") else home


def _home(variable: str, usual: str, environ: Mapping[str, str]) -> str:
    """Return TOKENCLI_HOME, else the user's directory of a kind as platformdirs knows it on Linux."""
    if home := environ.get("TOKENCLI_HOME"):
        return os.path.expanduser(home)  # noqa: PTH111
    written = environ.get(variable, "")
    if sys.platform != "linux" or "ANDROID_DATA" in environ or not (written == "" or written.startswith("/")):
        raise NotPlainError
    return f"{written or os.path.expanduser(usual)}/tokencli"  # noqa: PTH111
