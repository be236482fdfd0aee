"""The beacon: a running proxy can be known by its port, without a request, by every other one on this machine.

It is a socket in Linux's abstract namespace, which holds for the machine as ports do (in a container, inside it),
needs no file and goes when its process does. Elsewhere there is none, and a neighbour has to be asked.
"""

from __future__ import annotations

import socket
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

HAS_BEACONS = sys.platform == "linux"


@contextmanager
def lit(port: int) -> Generator[None]:
    """Be known by a port while this lasts; a second proxy on another address with the same port adds nothing."""
    if not HAS_BEACONS:
        yield
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as beacon:
        with suppress(OSError):  # lit already by another one with this port
            beacon.bind(_name(port))
        yield


def is_lit(port: int) -> bool | None:
    """Say whether a tokencli of this machine listens on a port; None where nobody can know without asking it."""
    if not HAS_BEACONS:
        return None
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as nobody:
        try:
            nobody.connect(_name(port))  # a datagram socket sends nothing when it connects
        except ConnectionRefusedError:
            return False
        except OSError:
            return None
    return True


def _name(port: int) -> str:
    return f"\0tokencli.serve.{port}"
