"""Where tokencli's files live: the configuration, own prices, the ledger and what may be thrown away.

TOKENCLI_HOME moves all of them together. Else each stands where the system puts such files.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tokencli.config.document import UnreadableConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

CONFIG_NAME = "config.toml"
PRICES_NAME = "prices.toml"
BUILTIN = Path(__file__).with_name("builtin.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The files and directories of one run; none of them need exist but `config_file`."""

    config_file: Path
    config_dir: Path
    data_dir: Path
    cache_dir: Path

    @property
    def prices_file(self) -> Path:
        """Return the user's own price list, beside the user's configuration."""
        return self.config_dir / PRICES_NAME

    @property
    def ledger_file(self) -> Path:
        """Return the default ledger."""
        return self.data_dir / "ledger.db"

    @property
    def is_builtin(self) -> bool:
        """Say whether no configuration of the user's own was found."""
        return self.config_file == BUILTIN


class Candidate(NamedTuple):
    """A place where a configuration is looked for; `path` None when nobody named one."""

    name: str
    path: Path | None
    is_there: bool
    is_used: bool


def candidates(environ: Mapping[str, str], directory: Path, config: str | None = None) -> list[Candidate]:
    """Return all places where the configuration is looked for, in their order; raise what `find_places` raises."""
    used = find_places(environ, directory, config)
    named = environ.get("TOKENCLI_CONFIG")
    looked_at = (
        ("--config", directory / _without_tilde(config) if config else None),
        ("TOKENCLI_CONFIG", directory / _without_tilde(named) if named else None),
        (f"./{CONFIG_NAME}", directory / CONFIG_NAME),
        ("yours", used.config_dir / CONFIG_NAME),
        ("built in", BUILTIN),
    )
    first = next(name for name, path in looked_at if path == used.config_file)
    return [
        Candidate(name, path, is_there=path is not None and path.is_file(), is_used=name == first)
        for name, path in looked_at
    ]


def find_places(environ: Mapping[str, str], directory: Path, config: str | None = None) -> Places:
    """Return where the files are.

    The configuration is `config` (the option), else TOKENCLI_CONFIG, else ./config.toml in `directory`, else the
    user's, else the built-in one.

    Raises:
        UnreadableConfigError: the file that the option or TOKENCLI_CONFIG names is not there, or the system does not
            let us look.
    """
    config_dir, data_dir, cache_dir = _directories(environ)
    named = config or environ.get("TOKENCLI_CONFIG")
    if named:
        chosen = directory / _without_tilde(named)
        if not is_there(chosen, named):
            raise UnreadableConfigError(named, "there is no such file")
    else:
        candidates = (directory / CONFIG_NAME, config_dir / CONFIG_NAME)
        chosen = next((path for path in candidates if is_there(path)), BUILTIN)
    return Places(config_file=chosen, config_dir=config_dir, data_dir=data_dir, cache_dir=cache_dir)


def is_there(path: Path, name: str | None = None) -> bool:
    """Say whether a configuration file is there; `name` is how its user calls it.

    Raises:
        UnreadableConfigError: it is a directory, or the system does not let us look.
    """
    try:
        is_file, is_directory = path.is_file(), path.is_dir()
    except OSError as error:
        raise UnreadableConfigError(name or str(path), (error.strerror or "unknown reason").lower()) from None
    if is_directory:
        raise UnreadableConfigError(name or str(path), "it is a directory")
    return is_file


def _without_tilde(named: str) -> Path:
    try:
        return Path(named).expanduser()
    except RuntimeError:
        raise UnreadableConfigError(named, "there is no such user") from None


def _directories(environ: Mapping[str, str]) -> tuple[Path, Path, Path]:
    home = environ.get("TOKENCLI_HOME")
    if home:
        base = Path(home).expanduser()
        return base, base, base / "cache"
    from platformdirs import PlatformDirs

    dirs = PlatformDirs("tokencli", appauthor=False)
    return dirs.user_config_path, dirs.user_data_path, dirs.user_cache_path
