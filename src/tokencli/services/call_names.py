"""Which sources' own names stand for calls already: a ledger that had no call is asked for few of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tokencli.store import known, witnesses

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tokencli.store.database import Connection

MOST_REMEMBERED: Final = 200_000


class CallNames:
    """The names of one source's calls, asked and given by one who is alone to add any through this connection."""

    def __init__(self, connection: Connection) -> None:
        """Begin with nothing known."""
        self._connection = connection
        self._all: set[int] | None = None
        self._version: int | None = None

    def numbers(self, names: Sequence[str]) -> dict[str, int]:
        """Return the numbers of the calls that some names stand for."""
        version = known.version(self._connection)
        if version != self._version:
            self._version, self._all = version, None if witnesses.has_keys(self._connection) else set()
        if self._all is not None:
            if self._all.isdisjoint(map(hash, names)):
                return {}
            names = [name for name in names if hash(name) in self._all]
        return witnesses.calls_with_keys(self._connection, names)

    def add_new(self, rows: Sequence[tuple[str, int]]) -> None:
        """Let names that stand for no call yet stand for calls: (name, number), each name once."""
        witnesses.add_new_keys(self._connection, rows)
        if self._all is not None:
            # Hashes alone are kept: the memory of names is used again. Of names alike in it the ledger is asked.
            self._all.update(hash(name) for name, _ in rows)
            if len(self._all) > MOST_REMEMBERED:
                self._all = None

    def forget(self) -> None:
        """Forget all: a transaction was rolled back, or others have added names through this connection."""
        self._all = self._version = None
