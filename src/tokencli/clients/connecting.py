"""What each client's own file must say to point it at the proxy for good. Data alone: nothing is read or written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokencli.clients.editing.splices import shown
from tokencli.clients.registry import CLIENTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokencli.clients.client import Ground, Wanted

_OVERRULED = "{0} is set in this shell, and counts before the file: until 'unset {0}' its calls go where that says."

CONNECTABLE = tuple(name for name, client in CLIENTS.items() if client.connect is not None)
"""The clients whose file can be changed, in the order in which they are named."""


def wanted(name: str, ground: Ground) -> Wanted | None:
    """Return what a client's file is to say; None for a client that is set by hand.

    Raises:
        NothingToConnectError: the client is not set up so far that it could be pointed anywhere.
    """
    client = CLIENTS.get(name)
    if client is None or client.connect is None:
        return None
    told = client.connect(ground)
    return told._replace(remarks=(*_overruled(told, ground), *told.remarks))


def _overruled(told: Wanted, ground: Ground) -> Iterator[str]:
    """Say which variables of a file have no say, because they are set where the client is started from."""
    for path, value in told.settings if told.place.is_variables else ():
        if ground.environ.get(shown(path), value) != value:
            yield _OVERRULED.format(shown(path))
