"""The configuration file itself: begin one, look it over, and say what is in force and where it is written."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from tokencli.config.document import as_table
from tokencli.config.keys import WEEKDAYS
from tokencli.config.places import BUILTIN
from tokencli.config.settings import load_prices, load_settings, read_document
from tokencli.domain.errors import FileInTheWayError, UnwritableFileError
from tokencli.domain.money import plain
from tokencli.services.catalogue import IN_THE_FILE, list_providers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tokencli.config.document import Document
    from tokencli.config.settings import Settings
    from tokencli.config.values import ProviderSettings
    from tokencli.services.catalogue import ListedProvider

_MEGABYTE = 2**20
_HERE_ALONE = ("localhost", "127.", "::1")


class SettingInForce(NamedTuple):
    """One setting: its path in the file, its value as it would be written, and its line; None for a default."""

    path: tuple[str, ...]
    value: Any
    line: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedOver:
    """A configuration without an error: what it holds, and sentences on what may be meant otherwise."""

    place: str
    providers: int
    models: int
    own_prices: int
    warnings: tuple[str, ...]


def begin(target: Path, *, is_forced: bool = False) -> None:
    """Write the commented configuration to a file that only its owner may read.

    Raises:
        FileInTheWayError: the file is there, and `is_forced` is not said.
        UnwritableFileError: the system does not let us write it.
    """
    part = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        if target.is_dir() or (os.path.lexists(target) and not is_forced):
            raise FileInTheWayError(str(target))
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            with open(part, "xb", opener=_for_its_owner) as file:
                file.write(BUILTIN.read_bytes())
                file.flush()
                os.fsync(file.fileno())
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise UnwritableFileError(str(target), (error.strerror or "unknown reason").lower()) from None


def look_over(config_file: Path, prices_file: Path) -> LookedOver:
    """Read the configuration and the price list, and say what may be meant otherwise.

    Raises:
        ConfigError: one of them is wrong.
    """
    document, settings = read_document(config_file), load_settings(config_file)
    return LookedOver(
        place=settings.place,
        providers=sum(not each.is_wellknown for each in settings.providers.values()),
        models=len(settings.models),
        own_prices=len(load_prices(prices_file)),
        warnings=(*settings.warnings, *_doubts(document, settings)),
    )


def in_force(config_file: Path, environ: Mapping[str, str]) -> list[SettingInForce]:
    """Return every setting in force but those of models; a key is told as where it is read, never as itself.

    Raises:
        ConfigError: the file is wrong.
    """
    document, settings = read_document(config_file), load_settings(config_file)
    found = [*_general(settings)]
    for row in list_providers(settings, environ):
        found += _of_provider(row)
    return [SettingInForce(path, value, _line(document, path)) for path, value in found]


def _general(settings: Settings) -> Iterator[tuple[tuple[str, ...], Any]]:
    server, report, limits = settings.server, settings.report, settings.limits
    yield ("server", "host"), server.host
    yield ("server", "port"), server.port
    yield ("server", "max_request_mb"), server.max_request_bytes // _MEGABYTE
    yield ("server", "max_measured_mb"), server.measured_bytes // _MEGABYTE
    yield ("server", "header_timeout_s"), server.header_timeout_s
    yield ("server", "body_timeout_s"), server.body_timeout_s
    yield ("server", "drain_s"), server.drain_s
    yield ("report", "week_start"), WEEKDAYS[report.week_start]
    yield ("report", "time_zone"), report.time_zone or "local"
    for name in ("daily_usd", "weekly_usd", "monthly_usd"):
        amount = getattr(limits, name)
        yield ("limits", name), None if amount is None else plain(amount)


def _of_provider(row: ListedProvider) -> Iterator[tuple[tuple[str, ...], Any]]:
    entry = row.entry
    where = ("providers", entry.name)
    yield (*where, "type"), entry.type
    yield (*where, "base_url"), entry.base_url
    yield (*where, "api_key_env" if entry.api_key_env else "api_key"), _key_words(row)
    yield (*where, "rpm"), entry.limit_rpm
    yield (*where, "timeout_s"), entry.wait_s
    yield (*where, "on_disconnect"), entry.on_disconnect
    yield (*where, "drain_max_s"), entry.drain_s
    yield (*where, "include_usage"), entry.asks_for_usage
    yield (*where, "rewrite_model"), entry.rewrite_model
    yield (*where, "set_key"), entry.set_key


def _key_words(row: ListedProvider) -> str:
    """Return where a provider's key is read and whether it is there, in words; never the key."""
    if row.key_source is None:
        return "not set"
    if row.key_source == IN_THE_FILE:
        return "in the file"
    return f"set from {row.key_source}" if row.has_key else f"not set: {row.key_source}"


def _line(document: Document, path: tuple[str, ...]) -> int | None:
    """Return the line of a key that the file has, a provider in whatever case; None when it has none."""
    level: dict[str, Any] | None = document.values
    written: list[str] = []
    for key in path:
        found = next((each for each in level or () if key in {each, each.lower()}), None)
        if level is None or found is None:
            return None
        written.append(found)
        level = as_table(level[found])
    return document.line_of(*written)


def _doubts(document: Document, settings: Settings) -> Iterator[str]:
    for each in settings.providers.values():
        line = _line(document, ("providers", each.name, "base_url")) or _line(document, ("providers", each.name))
        where = document.place if line is None else f"{document.place}, line {line}"
        if each.base_url is None:
            yield f"{where}: {each.name} has no base_url: no call can go there."
        elif _is_in_the_open(each):
            yield f"{where}: {each.name}'s key goes over http, where others can read it: write https."


def _is_in_the_open(provider: ProviderSettings) -> bool:
    has_key = provider.set_key and bool(provider.api_key or provider.api_key_env)
    return has_key and (provider.base_url or "").startswith("http:") and not provider.host.startswith(_HERE_ALONE)


def _for_its_owner(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)
