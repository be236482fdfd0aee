"""What makes this program start faster is no other program's affair."""

from __future__ import annotations

import pytest

from tokencli.cli import plugins

NAME = "PYDANTIC_DISABLE_PLUGINS"


@pytest.fixture(autouse=True)
def nothing_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "_LEFT_OUT", [])


def test_this_program_does_without_and_others_never_hear_of_it() -> None:
    environ = {"HOME": "/h"}
    plugins.leave_out(environ)
    assert environ == {"HOME": "/h", NAME: "__all__"}
    assert plugins.environ_of_user(environ) == {"HOME": "/h"}


def test_a_users_own_word_stands_for_all() -> None:
    environ = {NAME: "logfire-plugin"}
    plugins.leave_out(environ)
    assert environ == plugins.environ_of_user(environ) == {NAME: "logfire-plugin"}
