"""Sessions as JSON and in sentences."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.render.session_views import session, session_view
from tokencli.render.session_text import (
    begun_words,
    ended_words,
    export_json,
    model_words,
    renamed_words,
    session_json,
    sessions_json,
    switched_words,
)

if TYPE_CHECKING:
    from tokencli.domain.session import Session


def test_json_is_the_session_object_alone_or_in_a_list() -> None:
    one = json.loads(session_json(session_view(), zone="Europe/Paris"))
    assert (one["name"], one["created_at"], one["list_cost"]) == ("search", "2026-11-20T13:00:00+01:00", "0.134372")
    assert json.loads(sessions_json([session_view()], zone="Europe/Paris")) == {"sessions": [one]}


def test_json_is_ascii() -> None:
    assert sessions_json([session_view(session(model="modèle"))], zone="UTC").isascii()
    assert export_json({"a": "é"}).isascii()
    assert export_json({}).endswith("\n")


def test_a_new_session_says_that_it_is_active_and_where_clients_reach_it() -> None:
    assert begun_words(session_view()).split("\n") == [
        "session search is active: model mistral/mistral-large-2411 at mistral, context 131,072 tokens.",
        "While 'tokencli serve' runs, clients of this session use the base URL:",
        "  OpenAI style       http://127.0.0.1:8000/s/search/v1",
        "  Anthropic, Gemini  http://127.0.0.1:8000/s/search",
    ]


def test_each_change_is_told_in_one_sentence() -> None:
    assert "search is active" in switched_words(session())
    assert renamed_words(session(), "old").startswith("session old is now called search")
    assert renamed_words(session(), "search") == "session search is called so already: nothing was changed."
    assert ended_words(session(), None) == "session search has ended; no session is active now."
    assert ended_words(session(), session(name="b")) == "session search has ended; session b stays active."


@pytest.mark.parametrize(
    ("of", "words"),
    [
        (session(), "model mistral/mistral-large-2411 at mistral"),
        (session(provider_name=None), "model mistral/mistral-large-2411"),
        (session(model=None), "models of mistral"),
        (session(model=None, provider_name=None), "any model"),
        (session(model="\x1b[31mred"), "model \\x1b[31mred at mistral"),
    ],
)
def test_what_a_session_was_begun_with(of: Session, words: str) -> None:
    assert model_words(of) == words
