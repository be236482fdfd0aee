"""Context limits; `test_models_view` shows them in their table."""

from __future__ import annotations

from tokencli.render.context_words import context_words


def test_limits_are_said_in_thousands_of_their_own_kind() -> None:
    assert [context_words(tokens) for tokens in (131_072, 200_000, 1_048_576, None)] == ["128K", "200K", "1M", "-"]
