"""Where a client is pointed when it is connected for good: the proxy that config.toml describes, running or not."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tokencli.cli import wiring
from tokencli.cli.wiring_proxy import usual_url
from tokencli.clients.client import Ground, Model
from tokencli.clients.registry import CLIENTS
from tokencli.services.run_session import session_of_run
from tokencli.services.run_setup import texts_of
from tokencli.services.session_choice import check_name

if TYPE_CHECKING:
    from tokencli.cli.globals import Globals


def ground_of(given: Globals, name: str, session: str | None) -> Ground:
    """Return what a client needs to know, and what is known of it; nothing of a program that is no client.

    Raises:
        BadSessionNameError: the session's name cannot stand in an address.
    """
    if session is not None:
        check_name(session)
    settings, home = wiring.settings_of(given), Path.home()
    usual = usual_url(settings)
    client = CLIENTS.get(name)
    keyed = frozenset(
        name for name, each in settings.providers.items() if each.set_key and each.key(os.environ) is not None
    )
    return Ground(
        base=usual if session is None else f"{usual}/s/{session}",
        usual=usual,
        environ=os.environ,
        home=home,
        folder=home,
        keyed=keyed,
        providers=frozenset(settings.providers),
        models=tuple(Model(each.key, each.provider) for each in settings.models.values() if each.provider in keyed),
        texts={} if client is None else texts_of(client, os.environ, home),
    )


def make_session(given: Globals, name: str) -> None:
    """Make the session that is to get a client's calls, where it is not there yet: the proxy refuses any other.

    Raises:
        SessionEndedError: it takes no more calls.
    """
    settings = wiring.settings_of(given)
    with wiring.writing_ledger(given) as database, database.transaction() as connection:
        session_of_run(connection, name, name, now=wiring.now(), zone=wiring.zone_name(given, settings))
