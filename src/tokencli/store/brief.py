"""The few questions that a status line asks of a ledger, with nothing loaded for them but sqlite3.

They are answered from the same tables as `queries` and `session_sums` answer theirs, and to the same figures.
"""

from __future__ import annotations

import os
import sqlite3

from tokencli.domain.plain import NotPlainError
from tokencli.store.session_statements import (
    BUCKET_US,
    ESTIMATES_OF_FACETS,
    NEWEST_OF_FACETS,
    NO_CONVERSATION,
    OPEN,
    THE_ACTIVE,
)
from tokencli.store.versions import HEAD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeAlias

    FacetRow: TypeAlias = tuple[int, str, str, str, str | None, str | None, str | None]

_PLAIN_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./")
_ROLLUP = """\
SELECT coalesce(sum(requests), 0), coalesce(sum(list_cost_pico), 0),
       coalesce(sum(input_tokens), 0) + coalesce(sum(output_tokens), 0)
FROM rollup WHERE bucket >= ? AND bucket < ?"""
_EVENT = """\
SELECT count(*), coalesce(sum(list_cost_pico), 0),
       coalesce(sum(input_tokens), 0) + coalesce(sum(output_tokens), 0)
FROM event WHERE occurred_at >= ? AND occurred_at < ?"""
_OF_UNPRICED = " AND facet_id IN (SELECT id FROM facet WHERE cost_status = 'unpriced')"
_FACETS = """\
SELECT id, basis, finish, operation_name, provider_name, request_model, response_model FROM facet
WHERE session_id = ?"""


class Sum:
    """Calls, those of them without a price, the list cost in picodollars of the others, and the tokens of all."""

    __slots__ = ("pico", "requests", "tokens", "unpriced")

    def __init__(self, requests: int, unpriced: int, pico: int, tokens: int) -> None:
        """Take the sums."""
        self.requests = requests
        self.unpriced = unpriced
        self.pico = pico
        self.tokens = tokens

    @property
    def cost(self) -> int | None:
        """Return the list cost in picodollars; None when there are calls and none of them has a price."""
        return None if self.requests and self.requests == self.unpriced else self.pico


class Newest:
    """The newest call of a conversation, as `session_sums.NewestCall` has it."""

    __slots__ = ("model", "occurred_at", "provider_name", "response_model", "used_tokens")

    def __init__(
        self, occurred_at: int, provider_name: str | None, model: str | None, response_model: str | None, used: int
    ) -> None:
        """Take what is known of the call; its time is in microseconds."""
        self.occurred_at = occurred_at
        self.provider_name = provider_name
        self.model = model
        self.response_model = response_model
        self.used_tokens = used


class BriefSession:
    """The active session as far as a line shows it."""

    __slots__ = ("id", "model", "name", "provider_name")

    def __init__(self, id_: str, name: str, provider_name: str | None, model: str | None) -> None:
        """Take its row."""
        self.id = id_
        self.name = name
        self.provider_name = provider_name
        self.model = model


def asked_of_ledger(place: str, ask: Callable[[sqlite3.Connection], str]) -> str:
    """Return the answer to a question, from one state of the ledger at that path.

    Raises:
        NotPlainError: it is no ledger of this version's schema that can be read and written here, or it fails.
    """
    path = os.path.realpath(place)
    if not (_PLAIN_NAME.issuperset(path) and os.path.isfile(path) and os.access(os.path.dirname(path), os.W_OK)):  # noqa: PTH113, PTH120 - see `domain.plain`
        raise NotPlainError
    try:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
        try:
            connection.execute("BEGIN")
            _check(connection)
            return ask(connection)
        finally:
            connection.close()
    except sqlite3.Error:
        raise NotPlainError from None


def _check(connection: sqlite3.Connection) -> None:
    schema = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    ledger_id = connection.execute("SELECT value FROM meta WHERE key = 'ledger_id'").fetchone()
    if schema != (HEAD,) or ledger_id is None:
        raise NotPlainError


def sum_of(connection: sqlite3.Connection, start_us: int, end_us: int) -> Sum:
    """Return the sums of the calls in [start, end), in microseconds since 1970."""
    first, last = -(-start_us // BUCKET_US), end_us // BUCKET_US
    if first >= last:
        parts = [(_EVENT, start_us, end_us)]
    else:
        parts = [
            (_ROLLUP, first, last),
            (_EVENT, start_us, first * BUCKET_US),
            (_EVENT, last * BUCKET_US, end_us),
        ]
    asked = [part for part in parts if part[1] < part[2]]
    rows = [connection.execute(statement, ends).fetchone() for statement, *ends in asked]
    unpriced = 0
    if connection.execute("SELECT 1 FROM facet WHERE cost_status = 'unpriced'").fetchone():
        unpriced = sum(connection.execute(statement + _OF_UNPRICED, ends).fetchone()[0] for statement, *ends in asked)
    requests, pico, tokens = (sum(row[place] for row in rows) for place in range(3))
    return Sum(requests, unpriced, pico, tokens)


def active_session(connection: sqlite3.Connection) -> BriefSession | None:
    """Return the active session; None when there is none."""
    row = connection.execute(THE_ACTIVE).fetchone()
    return None if row is None else BriefSession(*row[:4])


class SessionCalls:
    """The calls of one session: which facets they have, and what is asked of them, one question at a time."""

    def __init__(self, connection: sqlite3.Connection, session_id: str) -> None:
        """Look its facets up."""
        self._connection = connection
        self._session = session_id
        rows: Iterable[FacetRow] = connection.execute(_FACETS, (session_id,))
        self._facets = {row[0]: row for row in rows}
        self._open = list(connection.execute(OPEN, (f'["{session_id}"]',)))

    @property
    def has_calls(self) -> bool:
        """Say whether there is any call, be it on its way."""
        statement = f"SELECT 1 FROM rollup WHERE facet_id IN {_among(self._facets)} LIMIT 1"  # noqa: S608 - numbers
        return bool(self._open or self._connection.execute(statement).fetchone())

    def sum(self) -> Sum:
        """Return the sums of the settled calls."""
        statement = f"""
            SELECT coalesce(sum(requests), 0), coalesce(sum(iif(cost_status = 'unpriced', requests, 0)), 0),
                   coalesce(sum(list_cost_pico), 0), coalesce(sum(input_tokens + output_tokens), 0)
            FROM rollup JOIN facet ON facet.id = facet_id WHERE facet_id IN {_among(self._facets)}"""  # noqa: S608 - numbers
        return Sum(*self._connection.execute(statement).fetchone())

    def newest(self) -> Newest | None:
        """Return the newest call of a conversation whose tokens are known, be it by our own count."""
        found = [*self._counted(), *self._uncounted(), *self._on_their_way()]
        newest: Newest | None = None
        for one in found:
            if newest is None or one.occurred_at >= newest.occurred_at:
                newest = one
        return newest

    def _counted(self) -> Iterable[Newest]:
        known = [
            facet_id
            for facet_id, basis, _, operation, *_ in self._facets.values()
            if basis != "missing" and operation not in NO_CONVERSATION
        ]
        statement = f"SELECT bucket FROM rollup WHERE facet_id IN {_among(known)} ORDER BY bucket DESC LIMIT 1"  # noqa: S608 - numbers
        row = self._connection.execute(statement).fetchone() if known else None
        if row is not None:
            ends = row[0] * BUCKET_US, (row[0] + 1) * BUCKET_US
            yield self._settled(self._connection.execute(NEWEST_OF_FACETS, (*ends, _listed(known))).fetchone())

    def _uncounted(self) -> Iterable[Newest]:
        wanted = [row[0] for row in self._facets.values() if row[1] == "missing" and row[2] != "error"]
        if wanted:
            for row in self._connection.execute(ESTIMATES_OF_FACETS, (_listed(wanted),)):
                if self._facets[row[1]][3] not in NO_CONVERSATION:
                    yield self._settled(row)

    def _on_their_way(self) -> Iterable[Newest]:
        for opened_at, _, tokens, provider, model, operation in self._open:
            if tokens is not None and operation not in NO_CONVERSATION:
                yield Newest(opened_at, provider, model, None, tokens)

    def _settled(self, row: tuple[int, ...]) -> Newest:
        facet = self._facets[row[1]]
        return Newest(row[0], facet[4], facet[5], facet[6], (row[2] or 0) + (row[3] or 0))


def _listed(numbers: Iterable[int]) -> str:
    return f"[{','.join(map(str, numbers))}]"


def _among(numbers: Iterable[int]) -> str:
    return f"({','.join(map(str, numbers))})"
