"""The ledger's dictionaries: what many calls share is stored once and known by a small number."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import sqlite3

NO_TAGS = "{}"
MOST_REMEMBERED = 10_000  # callers choose tags, agents and projects freely, and a proxy runs for weeks


class Facet(NamedTuple):
    """Everything that a report can group or filter by, and where the price came from. Tags are a JSON object."""

    source: str
    provider_name: str | None = None
    operation_name: str = "chat"
    request_model: str | None = None
    response_model: str | None = None
    session_id: str | None = None
    project: str | None = None
    agent: str | None = None
    client: str | None = None
    tags: str = NO_TAGS
    basis: str = "reported"
    cost_status: str = "unpriced"
    finish: str = "ok"
    error_type: str | None = None
    price_id: int | None = None
    logged_price_id: int | None = None


_FACET_COLUMNS = ", ".join(Facet._fields)
_FACET_MARKS = ", ".join("?" for _ in Facet._fields)


class Dictionary:
    """Numbers for facets, prices and origins; made when first asked for, inside the caller's transaction.

    A number that a rolled back transaction had made must be forgotten: call `forget` then.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Start with nothing remembered."""
        self._connection = connection
        self._facets: dict[Facet, int] = {}
        self._prices: dict[str, int] = {}
        self._logged: dict[tuple[int, int], int] = {}

    def forget(self) -> None:
        """Forget every number."""
        self._facets.clear()
        self._prices.clear()
        self._logged.clear()

    @property
    def remembered(self) -> int:
        """Return how many facets are known without asking the ledger."""
        return len(self._facets)

    def facet(self, facet: Facet) -> int:
        """Return the number of a facet."""
        known = self._facets.get(facet)
        if known is None:
            if len(self._facets) >= MOST_REMEMBERED:
                self._facets.clear()
            key = json.dumps(facet, ensure_ascii=False, separators=(",", ":"))
            statement = f"INSERT INTO facet(key, {_FACET_COLUMNS}) VALUES (?, {_FACET_MARKS}) ON CONFLICT DO NOTHING"  # noqa: S608 - our own columns
            known = self._made(statement, (key, *facet)) or self._one("SELECT id FROM facet WHERE key = ?", (key,))
            self._facets[facet] = known
        return known

    def read_facet(self, number: int) -> Facet:
        """Return the facet of that number."""
        statement = f"SELECT {_FACET_COLUMNS} FROM facet WHERE id = ?"  # noqa: S608 - our own columns
        return Facet(*self._connection.execute(statement, (number,)).fetchone())

    def price(self, body: str) -> int:
        """Return the number of a price card, given as its canonical JSON."""
        known = self._prices.get(body)
        if known is None:
            self._connection.execute("INSERT INTO price(key, body) VALUES (?, ?) ON CONFLICT DO NOTHING", (body, body))
            known = self._prices[body] = self._one("SELECT id FROM price WHERE key = ?", (body,))
        return known

    def logged_price(self, input_pico: int, output_pico: int) -> int:
        """Return the number of a pair of unit prices that a log printed, in picodollars a token."""
        pair = (input_pico, output_pico)
        known = self._logged.get(pair)
        if known is None:
            self._connection.execute(
                "INSERT INTO logged_price(input_pico, output_pico) VALUES (?, ?) ON CONFLICT DO NOTHING", pair
            )
            known = self._logged[pair] = self._one(
                "SELECT id FROM logged_price WHERE input_pico = ? AND output_pico = ?", pair
            )
        return known

    def origin(self, key: str, kind: str, detail: str | None) -> int:
        """Return the number of an origin; a new one is made with its kind and detail."""
        statement = "INSERT INTO origin(key, kind, detail) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
        return self._made(statement, (key, kind, detail)) or self._one("SELECT id FROM origin WHERE key = ?", (key,))

    def _made(self, statement: str, parameters: tuple[object, ...]) -> int | None:
        """Return the number of the row that a statement has inserted; None when it was there."""
        done = self._connection.execute(statement, parameters)
        return done.lastrowid if done.rowcount == 1 else None

    def _one(self, statement: str, parameters: tuple[object, ...]) -> int:
        (number,) = self._connection.execute(statement, parameters).fetchone()
        return int(number)
