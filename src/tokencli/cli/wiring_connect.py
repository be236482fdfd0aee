"""Where a client is pointed when it is connected for good: the proxy that config.toml describes, running or not."""

from __future__ import annotations

import os
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from tokencli.cli import wiring
from tokencli.cli.wiring_proxy import usual_url
from tokencli.clients.client import Ground, Model
from tokencli.clients.connecting import CONNECTABLE
from tokencli.clients.registry import CLIENTS, named
from tokencli.domain.errors import UsageError
from tokencli.domain.text import visible
from tokencli.services.run_session import session_of_run
from tokencli.services.run_setup import texts_of
from tokencli.services.session_choice import check_name

if TYPE_CHECKING:
    from tokencli.cli.globals import Globals

_OTHERS = (
    "it connects {}. docs/how-to/clients.md says how to set others by hand, and 'tokencli run -- PROGRAM' starts any "
    "for one run."
)


class NoSuchClientError(UsageError):
    """A client that tokencli does not know, or whose file it does not change."""

    def __init__(self, word: str) -> None:
        """Name the one that is near, else those that there are and what to do for others."""
        near = get_close_matches(word.lower(), CONNECTABLE, n=1)
        advice = f"did you mean {near[0]!r}?" if near else _OTHERS.format(", ".join(CONNECTABLE))
        super().__init__(f"there is no client {visible(word)!r} that tokencli connects: {advice}")


def client_name(word: str) -> str:
    """Return the name of the client that is meant.

    Raises:
        NoSuchClientError: there is none.
    """
    client = named(word)
    if client is None:
        raise NoSuchClientError(word)
    return client.name


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
