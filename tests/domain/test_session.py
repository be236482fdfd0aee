"""A session is open and not active until somebody says otherwise."""

from __future__ import annotations

from datetime import UTC, datetime

from tokencli.domain.session import Session


def test_a_new_session_is_open_and_not_active() -> None:
    session = Session(id="s1", name="search", created_at=datetime(2026, 11, 21, tzinfo=UTC))
    assert (session.ended_at, session.is_active, session.model) == (None, False, None)
