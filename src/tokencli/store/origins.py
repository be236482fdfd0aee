"""Origins: what calls stand in, a run of the proxy or a content that was read."""

from __future__ import annotations

import os
from typing import Final

LINES: Final = "log"
"""The kind of a log whose places are lines, counted by their offset in bytes."""
ENTRIES: Final = "entries"
"""The kind of a JSON array and the like, whose places are counted one by one."""
PROXY: Final = "proxy"
"""The kind of a run of the proxy, whose calls are counted one by one; their source is called so, too."""


def new_key() -> str:
    """Return a name for a new origin: 12 hexadecimal characters."""
    return os.urandom(6).hex()
