"""The only place where objects are built: what a command needs, from what its caller said."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from tokencli.cli.errors import say

if TYPE_CHECKING:
    from collections.abc import Generator

    from tokencli.cli.globals import Globals
    from tokencli.config.places import Places
    from tokencli.config.plain import PlainSettings
    from tokencli.config.settings import Settings
    from tokencli.domain.money import Usd
    from tokencli.domain.price import OwnPrice
    from tokencli.pricing.book import PriceBook
    from tokencli.store.database import Database


_SAID: set[str] = set()


def now() -> datetime:
    """Return the current time, aware, in UTC: the one clock of the program."""
    return datetime.now(tz=UTC)


def places_of(given: Globals) -> Places:
    """Return where the files of this run are; raise UnreadableConfigError when a named config is not there."""
    import os
    from pathlib import Path

    from tokencli.config.places import find_places

    return find_places(os.environ, Path.cwd(), given.config)


def settings_of(given: Globals, *, is_quiet: bool = False) -> Settings:
    """Read the configuration and say each of its warnings once; raise ConfigError when it is wrong.

    Where `is_quiet`, the caller shows the warnings, and nobody says them again.
    """
    from tokencli.config.settings import load_settings

    settings = load_settings(places_of(given).config_file)
    for warning in settings.warnings:
        if warning not in _SAID:
            _SAID.add(warning)
            if not is_quiet:
                say(warning)
    return settings


def zone_name(given: Globals, settings: Settings) -> str:
    """Return the zone of --tz, else of the configuration, else of the machine."""
    return given.zone_name if given.zone else settings.report.time_zone or given.zone_name


class Days(NamedTuple):
    """How days are counted: the zone by name, and the first day of the week, 0 for Monday."""

    zone: str
    week_start: int


def days_of(given: Globals, settings: PlainSettings | Settings | None = None) -> Days:
    """Return what the options and the configuration say of days, with little to load where the latter is plain.

    Raises:
        ConfigError: the configuration is wrong, in whatever it says.
    """
    from tokencli.config.plain import PlainSettings

    settings = settings or light_settings_of(given)
    if isinstance(settings, PlainSettings):
        return Days(given.zone_name if given.zone else settings.time_zone or given.zone_name, settings.week_start)
    return Days(zone_name(given, settings), settings.report.week_start)


def light_settings_of(given: Globals) -> PlainSettings | Settings:
    """Return as much of the configuration as days, limits and contexts depend on; raises as `settings_of`."""
    return plain_settings_of(given) or settings_of(given)


def plain_settings_of(given: Globals) -> PlainSettings | None:
    """Return the configuration where it is plain, which is without any warning; None where `settings_of` is needed."""
    import os

    from tokencli.cli.plain_places import config_file
    from tokencli.config.plain import plain_settings
    from tokencli.domain.days import zone_named
    from tokencli.domain.plain import NotPlainError

    try:
        with open(config_file(given.config, os.environ), "rb") as file:  # noqa: PTH123 - see `domain.plain`
            settings = plain_settings(file.read())
    except (NotPlainError, OSError):
        return None
    is_known = settings.time_zone is None or zone_named(settings.time_zone) is not None
    return settings if is_known else None


def limits_of(given: Globals) -> dict[str, Usd]:
    """Return the limits of the environment and the configuration, in dollars by "day", "week" and "month"."""
    import os

    from tokencli.domain.money import from_pico
    from tokencli.domain.plain import NotPlainError
    from tokencli.services.brief import brief_limits

    plain = plain_settings_of(given)
    if plain is not None:
        try:
            return {name: from_pico(pico) for name, pico in brief_limits(plain, os.environ).items()}
        except NotPlainError:
            pass
    from tokencli.services import budgets

    return budgets.limits_of(settings_of(given).limits, os.environ)


def own_prices(given: Globals) -> tuple[OwnPrice, ...]:
    """Return the prices of the user's prices.toml; raise ConfigError when it is wrong."""
    from tokencli.config.settings import load_prices

    return load_prices(places_of(given).prices_file)


def price_book(given: Globals) -> PriceBook:
    """Return the price book: config.toml, then the user's prices.toml, then the price list."""
    from tokencli.domain.plain import NotPlainError
    from tokencli.pricing.book import PriceBook

    try:
        return _plain_price_book(given)
    except NotPlainError:
        own = (settings_of(given).own_prices, own_prices(given))
        return PriceBook(own, cache_dir=places_of(given).cache_dir)


def _plain_price_book(given: Globals) -> PriceBook:
    """Return the same where the configuration is plain, and there is no prices.toml; else raise NotPlainError."""
    import os
    from pathlib import Path

    from tokencli.cli.plain_places import BUILTIN, cache_directory, config_file, is_there, prices_file
    from tokencli.config.keys import BUILTIN_PLACE
    from tokencli.config.plain_prices import plain_prices
    from tokencli.domain.plain import NotPlainError
    from tokencli.pricing.book import PriceBook

    settings = plain_settings_of(given)
    if settings is None or is_there(prices_file(os.environ)):
        raise NotPlainError
    place = config_file(given.config, os.environ)
    own = plain_prices(settings.models.values(), BUILTIN_PLACE if place == BUILTIN else place)
    return PriceBook((own,), cache_dir=Path(cache_directory(os.environ)))


@contextmanager
def reading_ledger(given: Globals) -> Generator[Database]:
    """Open the ledger for reading; raise NoLedgerError when there is none yet."""
    from tokencli.store.database import open_ledger

    with open_ledger(given.ledger_place, write=False) as database:
        yield database


@contextmanager
def writing_ledger(given: Globals, *, create: bool = True) -> Generator[Database]:
    """Open the ledger for writing; it is made when there is none, or with `create` False refused."""
    from tokencli.store.database import open_ledger

    with open_ledger(given.ledger_place, write=True, create=create) as database:
        yield database


@contextmanager
def trial_ledger() -> Generator[Database]:
    """Make an empty ledger that is gone afterwards."""
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from tokencli.store.database import open_ledger

    with (
        TemporaryDirectory(prefix="tokencli-") as directory,
        open_ledger(Path(directory) / "ledger.db", write=True, create=True) as database,
    ):
        yield database
