"""Facets as the queries see them: which ones a filter lets in, and what they are called in each dimension."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

from tokencli.domain.providers import canonical_provider

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable

    from tokencli.domain.report import EventFilter

_TAG = "tag:"
_SELECT = """\
SELECT id, provider_name, coalesce(response_model, request_model), session_id, source, project, agent, client,
       basis, cost_status, tags, operation_name, request_model, response_model, finish, error_type,
       price_id, logged_price_id
FROM facet"""
_KINDS = "SELECT id, cost_status, basis, finish FROM facet"


class Facet(NamedTuple):
    """What the calls of one facet have in common; the fields from provider to status are named as the dimensions."""

    id: int
    provider: str | None
    model: str | None
    session: str | None
    source: str
    project: str | None
    agent: str | None
    client: str | None
    basis: str
    status: str
    tags: str
    operation_name: str
    request_model: str | None
    response_model: str | None
    finish: str
    error_type: str | None
    price_id: int | None
    logged_price_id: int | None

    def label(self, dimension: str) -> str | None:
        """Return what the facet is called in a dimension such as "model" or "tag:team"; None when nothing is known."""
        if not dimension.startswith(_TAG):
            name: str | None = getattr(self, dimension)
            return name
        value = json.loads(self.tags).get(dimension.removeprefix(_TAG))
        return None if value is None else str(value)


def facets(connection: sqlite3.Connection, where: EventFilter) -> list[Facet]:
    """Return the facets that a filter lets in."""
    tests = [*_name_tests(connection, where), *_tag_tests(where)]
    found = map(Facet._make, connection.execute(_SELECT))
    return [facet for facet in found if all(test(facet) for test in tests)] if tests else list(found)


def kinds(connection: sqlite3.Connection) -> Iterable[tuple[int, str, str, str]]:
    """Return each facet's id, status, basis and finish: all that sums over all calls without any name need of it."""
    return connection.execute(_KINDS)


def facets_of_sessions(connection: sqlite3.Connection, session_ids: Iterable[str]) -> list[Facet]:
    """Return the facets of some sessions' calls."""
    ids = json.dumps(list(session_ids))
    statement = f"{_SELECT} WHERE session_id IN (SELECT value FROM json_each(?))"  # noqa: S608 - our own columns
    return list(map(Facet._make, connection.execute(statement, (ids,))))


def _name_tests(connection: sqlite3.Connection, where: EventFilter) -> Iterable[Callable[[Facet], bool]]:
    for name, values in where.names.items():
        if name == "provider":
            values = (*values, *map(canonical_provider, values))  # noqa: PLW2901 - the names it goes by as well
        if name == "session":
            values = (*values, *_ids_of_sessions(connection, values))  # noqa: PLW2901 - by name or by id
        if values:
            yield _test(name, values)


def _ids_of_sessions(connection: sqlite3.Connection, values: tuple[str, ...]) -> list[str]:
    """Return the ids of the sessions whose names some values mean."""
    pattern = _pattern(values)
    known = connection.execute("SELECT id, name FROM session") if values else ()
    return [session_id for session_id, name in known if pattern.fullmatch(name)]


def _tag_tests(where: EventFilter) -> Iterable[Callable[[Facet], bool]]:
    return (_test(_TAG + key, (value,)) for key, value in where.tags.items())


def _test(dimension: str, values: tuple[str, ...]) -> Callable[[Facet], bool]:
    pattern = _pattern(values)

    def admits(facet: Facet) -> bool:
        label = facet.label(dimension)
        return label is not None and pattern.fullmatch(label) is not None

    return admits


def _pattern(values: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(_expression(value) for value in values), re.IGNORECASE | re.DOTALL)


def _expression(value: str) -> str:
    return f"(?:{'.*'.join(re.escape(part) for part in value.split('*'))})"
