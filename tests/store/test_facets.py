"""Filters compare whole names, whatever their case; a star stands for any text."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tokencli.domain.report import EventFilter
from tokencli.domain.session import Session
from tokencli.store.facets import facets, facets_of_sessions
from tokencli.store.sessions import create

if TYPE_CHECKING:
    from collections.abc import Callable

    from tokencli.store.database import Database

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def some(db: Database, add: Callable[..., None], call: Any) -> Database:
    add(
        call(at=AT, provider="gemini", model="models/gemini-2.5-flash", agent="Neo", tags={"team": "Red", "n": "1"}),
        call(at=AT, provider="openai", model="gpt-4o", project="a.b", tags={"team": "blue"}),
        call(at=AT, provider="openai", model="gpt-4o-mini", session="s\n1"),
        call(at=AT, provider=None, model=None, client="cli[x]"),
    )
    return db


def admitted(db: Database, tags: dict[str, str] | None = None, **names: tuple[str, ...]) -> list[str | None]:
    return [facet.model for facet in facets(db.connection, EventFilter(names=names, tags=tags or {}))]


def test_an_empty_filter_lets_everything_in(some: Database) -> None:
    assert len(admitted(some)) == 4
    assert len(admitted(some, model=())) == 4


def test_a_name_matches_whole_and_ignores_case(some: Database) -> None:
    assert admitted(some, model=("GPT-4O",)) == ["gpt-4o"]
    assert admitted(some, agent=("neo",)) == ["models/gemini-2.5-flash"]
    assert admitted(some, model=("gpt",)) == []


def test_a_star_stands_for_any_text(some: Database) -> None:
    assert admitted(some, model=("gpt-4o*",)) == ["gpt-4o", "gpt-4o-mini"]
    assert admitted(some, model=("*flash",)) == ["models/gemini-2.5-flash"]
    assert admitted(some, session=("s*1",)) == ["gpt-4o-mini"]


def test_other_signs_stand_for_themselves(some: Database) -> None:
    assert admitted(some, project=("a.b",)) == ["gpt-4o"]
    assert admitted(some, project=("a?b",)) == []
    assert admitted(some, project=("axb",)) == []
    assert admitted(some, client=("cli[x]",)) == [None]


def test_values_of_one_name_are_alternatives_and_names_add_up(some: Database) -> None:
    assert admitted(some, model=("gpt-4o", "*flash")) == ["models/gemini-2.5-flash", "gpt-4o"]
    assert admitted(some, model=("gpt-4o", "*flash"), provider=("openai",)) == ["gpt-4o"]


@pytest.mark.parametrize("name", ["google", "Google", "gemini", "GEMINI", "gem*"])
def test_google_is_an_alias_of_gemini(some: Database, name: str) -> None:
    assert admitted(some, provider=(name,)) == ["models/gemini-2.5-flash"]


def test_what_is_not_known_matches_no_name(some: Database) -> None:
    assert admitted(some, model=("*",)) == ["models/gemini-2.5-flash", "gpt-4o", "gpt-4o-mini"]


def test_tags_filter_by_key_and_value(some: Database) -> None:
    assert admitted(some, tags={"team": "red"}) == ["models/gemini-2.5-flash"]
    assert admitted(some, tags={"team": "*"}) == ["models/gemini-2.5-flash", "gpt-4o"]
    assert admitted(some, tags={"team": "red", "n": "2"}) == []


def test_a_session_is_meant_by_its_name_as_by_its_id(some: Database) -> None:
    with some.transaction() as connection:
        create(connection, Session(id="s\n1", name="Search-2", created_at=AT))
    for value in ("search-2", "sea*", "s*1", "s\n1"):
        assert admitted(some, session=(value,)) == ["gpt-4o-mini"]
    assert admitted(some, session=("search",)) == []


def test_the_facets_of_sessions_are_found_by_id(some: Database) -> None:
    assert [facet.model for facet in facets_of_sessions(some.connection, ["s\n1", "gone"])] == ["gpt-4o-mini"]
    assert facets_of_sessions(some.connection, []) == []
