"""Settings of a program that runs for long: a file that changes is read anew, and a wrong one changes nothing.

One thread asks; nothing is read but when it asks, and a file is looked at every quarter of a second at most.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from tokencli.config.settings import load_prices, load_settings
from tokencli.domain.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tokencli.config.values import Settings
    from tokencli.domain.price import OwnPrice

_EVERY_S = 0.25
_NANO = 10**9
_Value = TypeVar("_Value")


class FileGoneError(ConfigError):
    """A configuration file that was there and is not any more."""

    def __init__(self, path: Path) -> None:
        """Name the file."""
        super().__init__(f"{path} is gone.")


class _Stamp(NamedTuple):
    """What tells one content of a file from the next."""

    changed_ns: int
    size: int
    inode: int


class _Watched(Generic[_Value]):
    """A file and the value that was last read from it without an error."""

    def __init__(self, path: Path, load: Callable[[Path], _Value]) -> None:
        self._path = path
        self._load = load
        self._stamp = _stamp_of(path)
        self.value = load(path)

    def renew(self, clock_s: float) -> bool:
        """Read the file when it changed and say whether there is a new value; raise ConfigError once a change."""
        stamp = _stamp_of(self._path)
        if stamp == self._stamp:
            return False
        # Half of a file that is being written may read as a whole one: let it come to rest.
        if stamp is not None and 0 <= clock_s - stamp.changed_ns / _NANO < _EVERY_S:
            return False
        self._stamp = stamp
        if stamp is None:
            raise FileGoneError(self._path)
        self.value = self._load(self._path)
        return True


class LiveSettings:
    """The settings in force, and the prices of the user's own price list.

    `on_error` gets one sentence for each change of a file that cannot be used, a file that went away included; what
    was read before stays in force. It gets the warnings too that a changed config.toml draws and did not draw before.
    `clock` is seconds since 1970, as files are dated; `monotonic` paces the looks.
    """

    def __init__(
        self,
        config_file: Path,
        prices_file: Path,
        *,
        on_error: Callable[[str], None],
        monotonic: Callable[[], float] = time.monotonic,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Read both files; raise ConfigError when one of them is wrong. There may be no price list."""
        self._settings = _Watched(config_file, load_settings)
        self._prices = _Watched(prices_file, load_prices)
        self._on_error = on_error
        self._monotonic, self._clock = monotonic, clock
        self._next_look_s = monotonic() + _EVERY_S
        self._generation = 0
        self._warned = self._settings.value.warnings

    @property
    def current(self) -> Settings:
        """Return the settings in force now."""
        self._look()
        return self._settings.value

    @property
    def own_prices(self) -> tuple[tuple[OwnPrice, ...], tuple[OwnPrice, ...]]:
        """Return the prices of config.toml and those of the price list, as a price book takes them."""
        self._look()
        return self._settings.value.own_prices, self._prices.value

    @property
    def generation(self) -> int:
        """Return how often something new came into force: who builds on these settings builds anew when it grows."""
        self._look()
        return self._generation

    def _look(self) -> None:
        if self._monotonic() < self._next_look_s:
            return
        self._next_look_s = self._monotonic() + _EVERY_S
        for watched in (self._settings, self._prices):
            try:
                is_new = watched.renew(self._clock())
                self._generation += is_new
                if is_new and watched is self._settings:
                    self._warn(self._settings.value.warnings)
            except ConfigError as error:
                self._on_error(f"{error} What was read from it before stays in force.")

    def _warn(self, warnings: tuple[str, ...]) -> None:
        """Say the warnings that the file did not draw before."""
        for warning in warnings:
            if warning not in self._warned:
                self._on_error(warning)
        self._warned = warnings


def _stamp_of(path: Path) -> _Stamp | None:
    """Return a file's stamp; None when it is not there. What may not be looked at has the reason for its stamp."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        return _Stamp(0, -(error.errno or 1), 0)
    return _Stamp(found.st_mtime_ns, found.st_size, found.st_ino)
