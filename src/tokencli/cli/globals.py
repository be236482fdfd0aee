"""What the global options and the environment say, and where the files are; nothing of it needs the option parser."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from tokencli.domain.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class Globals(NamedTuple):
    """What the global options and the environment say; None where neither says anything.

    `db` is a path or a URL as the user wrote it; `zone` a name of the time zone database or None for local.
    """

    db: str | None = None
    config: str | None = None
    zone: str | None = None
    is_json: bool = False
    no_color: bool = False

    @property
    def ledger_place(self) -> str:
        """Return the ledger that was named, else ledger.db in the data directory."""
        return self.db or str(data_directory() / "ledger.db")

    @property
    def zone_name(self) -> str:
        """Return the zone that was named, else the machine's own; "local" is the machine's own."""
        from tokencli.domain.days import local_zone_name

        return local_zone_name() if self.zone in {None, "", "local"} else str(self.zone)


def from_environment() -> Globals:
    """Return what TOKENCLI_DB, TOKENCLI_CONFIG and NO_COLOR say."""
    return Globals(
        db=os.environ.get("TOKENCLI_DB") or None,
        config=os.environ.get("TOKENCLI_CONFIG") or None,
        no_color=bool(os.environ.get("NO_COLOR")),
    )


def data_directory() -> Path:
    """Return where the ledger lives: TOKENCLI_HOME, else the user's data directory. It may not exist yet."""
    if home := os.environ.get("TOKENCLI_HOME"):
        from pathlib import Path

        return Path(home).expanduser()
    from platformdirs import user_data_path

    return user_data_path("tokencli", appauthor=False)


def config_directory() -> Path:
    """Return where the user's config.toml lives: TOKENCLI_HOME, else the user's config directory."""
    if home := os.environ.get("TOKENCLI_HOME"):
        from pathlib import Path

        return Path(home).expanduser()
    from platformdirs import user_config_path

    return user_config_path("tokencli", appauthor=False)


class BadTagError(UsageError):
    """A --tag that is not KEY=VALUE."""

    def __init__(self, text: str) -> None:
        """Show it and the right form."""
        super().__init__(f"the tag {text!r} is not of the form KEY=VALUE: write for example --tag team=search.")


def tag_pairs(texts: Iterable[str] | None) -> dict[str, str]:
    """Return the tags of some --tag options, key by key; raise BadTagError for one that is not KEY=VALUE."""
    pairs: dict[str, str] = {}
    for text in texts or ():
        key, sign, value = text.partition("=")
        if not (key and sign):
            raise BadTagError(text)
        pairs[key] = value
    return pairs
