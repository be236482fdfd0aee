"""What each client's own file must say to point it at the proxy for good. Data alone: nothing is read or written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokencli.clients.registry import CLIENTS

if TYPE_CHECKING:
    from tokencli.clients.client import Ground, Wanted

CONNECTABLE = tuple(name for name, client in CLIENTS.items() if client.connect is not None)
"""The clients whose file can be changed, in the order in which they are named."""


def wanted(name: str, ground: Ground) -> Wanted | None:
    """Return what a client's file is to say; None for a client that is set by hand.

    Raises:
        NothingToConnectError: the client is not set up so far that it could be pointed anywhere.
    """
    client = CLIENTS.get(name)
    return None if client is None or client.connect is None else client.connect(ground)
