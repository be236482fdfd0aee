from collections.abc import Callable

import pytest

from tests.cli.conftest import Typed
from tokencli.cli import wiring_run


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[wiring_run.Wish]:
    """Keep what would be run; the client ends with 7."""
    wishes: list[wiring_run.Wish] = []

    def run_client(_: object, wish: wiring_run.Wish) -> int:
        wishes.append(wish)
        return 7

    monkeypatch.setattr(wiring_run, "run_client", run_client)
    return wishes


def ended(typed: Callable[..., Typed], *arguments: str) -> object:
    with pytest.raises(SystemExit) as raised:
        typed(*arguments)
    return raised.value.code


def test_what_stands_behind_the_client_is_the_clients(
    typed: Callable[..., Typed], asked: list[wiring_run.Wish]
) -> None:
    own = ("claude", "-p", "Hi", "--json", "--session", "own", "--help")
    assert ended(typed, "run", "--session", "s", "-q", "--", *own) == 7
    (wish,) = asked
    assert wish.command == own
    assert (wish.session, wish.summary, wish.is_quiet) == ("s", None, True)


def test_the_dashes_may_be_left_out_and_the_clients_own_are_kept(
    typed: Callable[..., Typed], asked: list[wiring_run.Wish]
) -> None:
    ended(typed, "run", "--summary", "used.json", "codex", "exec", "--", "-x")
    (wish,) = asked
    assert wish.command == ("codex", "exec", "--", "-x")
    assert wish.summary == "used.json"


def test_without_a_client_the_usage_is_wrong(typed: Callable[..., Typed]) -> None:
    done = typed("run")
    assert done.code == 2
    assert "missing argument" in done.err
