"""Stdin is read once, and a terminal never."""

from __future__ import annotations

import io
import sys

import pytest

from tokencli.cli import claude_input
from tokencli.domain.plain import NotPlainError


@pytest.fixture(autouse=True)
def nothing_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin each test with stdin unread."""
    monkeypatch.setattr(claude_input, "_READ", [])


class Terminal(io.StringIO):
    """A stdin that somebody types into."""

    def isatty(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> str:
        pytest.fail(f"{size} characters of a terminal were waited for")


def test_a_terminal_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    for stdin in (Terminal(), None):
        monkeypatch.setattr(sys, "stdin", stdin)
        with pytest.raises(NotPlainError):
            claude_input.claude_input()


def test_both_ways_to_the_line_see_the_same_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO('{"session_id": "abc"}'))
    assert [claude_input.claude_input().id, claude_input.claude_input().id] == ["abc", "abc"]


def test_bytes_that_are_no_text_are_no_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff\xfe"), encoding="utf-8"))
    with pytest.raises(NotPlainError):
        claude_input.claude_input()
