"""Everything that `doctor` looks at, put together; what cannot be looked at is a line like the others."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tokencli import __version__
from tokencli.cli import wiring
from tokencli.cli.wiring_proxy import running_proxy, usual_url
from tokencli.domain.checkup import CheckLine, Part, State
from tokencli.domain.errors import ConfigError
from tokencli.services.checkup.clients import client_lines
from tokencli.services.checkup.config import config_lines, wrong_config
from tokencli.services.checkup.ledger import ledger_lines
from tokencli.services.checkup.providers import Manner, provider_lines
from tokencli.services.checkup.proxy import SeenProxy, proxy_lines
from tokencli.services.pointing import Here

if TYPE_CHECKING:
    from collections.abc import Callable

    from tokencli.cli.globals import Globals
    from tokencli.config.values import Settings

_KNOCK_S = 1.0
_CONFIG_FIRST = "put the configuration right first"


def look(given: Globals, *, is_offline: bool, heard: Callable[[int, int], None]) -> list[CheckLine]:
    """Return all lines; `heard` is told how many of the providers have answered, and of how many."""
    ledger = ledger_lines(given.ledger_place, now=wiring.now())
    try:
        settings = wiring.settings_of(given, is_quiet=True)
        is_builtin = wiring.places_of(given).is_builtin
        first = config_lines(settings, is_builtin=is_builtin)
        wiring.own_prices(given)
    except ConfigError as error:
        unread = (Part.PROXY, Part.PROVIDER, Part.CLIENT)
        return [wrong_config(error), *(_unread(part) for part in unread), *ledger]
    proxy, clients = _proxy_and_clients(given, settings)
    manner = Manner(is_builtin=is_builtin, is_offline=is_offline, own_url=usual_url(settings))
    providers = provider_lines(settings, os.environ, manner, heard)
    return [*first, *proxy, *providers, *ledger, *clients]


def here_of(settings: Settings) -> Here:
    """Return this machine as clients see it."""
    return Here(
        proxy_url=usual_url(settings),
        providers=frozenset(settings.providers),
        environ=os.environ,
        home=Path.home(),
    )


def _proxy_and_clients(given: Globals, settings: Settings) -> tuple[list[CheckLine], list[CheckLine]]:
    usual, found = usual_url(settings), running_proxy(given)
    seen = None
    if found is not None:
        seen = SeenProxy(
            base_url=found.base_url,
            is_same_ledger=found.is_same_ledger,
            needs_token=found.needs_token,
            health=found.health,
        )
    is_taken = seen is None and _is_taken(usual)
    clients = client_lines(here_of(settings), is_running=seen is not None)
    return proxy_lines(seen, usual, __version__, is_taken=is_taken), clients


def _is_taken(url: str) -> bool:
    """Say whether anybody listens at an address."""
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname, parts.port or 0), timeout=_KNOCK_S):
            return True
    except OSError:
        return False


def _unread(part: Part) -> CheckLine:
    name = f"{part.value}s" if part in {Part.PROVIDER, Part.CLIENT} else part.value
    return CheckLine(part=part, name=name, state=State.SKIPPED, message="not looked at", next_step=_CONFIG_FIRST)
