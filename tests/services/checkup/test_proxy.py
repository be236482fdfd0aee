"""The proxy: none, another program, one that is shut, of another version, of another ledger, in trouble."""

from __future__ import annotations

from typing import Any

from tokencli.domain.checkup import CheckLine, State
from tokencli.services.checkup.proxy import SeenProxy, proxy_lines

URL = "http://127.0.0.1:8000"
HEALTH = {"status": "ok", "version": "1.0"}


def lines_of(seen: SeenProxy | None, *, is_taken: bool = False) -> list[CheckLine]:
    return proxy_lines(seen, URL, "1.0", is_taken=is_taken)


def seen(**more: Any) -> SeenProxy:
    values: dict[str, Any] = {"is_same_ledger": True, "health": HEALTH, **more}
    return SeenProxy(base_url=URL, **values)


def test_none_is_no_problem_and_says_how_to_begin() -> None:
    (line,) = lines_of(None)
    assert (line.state, line.message) == (State.SKIPPED, f"none runs at {URL}")
    assert line.next_step.startswith("tokencli serve")


def test_another_program_in_its_place_is_told() -> None:
    (line,) = lines_of(None, is_taken=True)
    assert (line.state, line.message) == (State.WARNING, f"another program listens at {URL}")


def test_one_that_runs_is_told_with_its_version() -> None:
    (line,) = lines_of(seen())
    assert (line.state, line.message) == (State.OK, f"runs at {URL}, version 1.0, on this ledger")
    (line,) = lines_of(seen(needs_token=True))
    assert line.message.endswith("by its token")


def test_one_whose_token_is_missing_says_what_to_set() -> None:
    (line,) = lines_of(seen(health={}, needs_token=True))
    assert (line.state, line.message) == (State.WARNING, f"{URL} wants a token")
    assert "TOKENCLI_TOKEN" in line.next_step


def test_another_ledger_and_another_version_are_warnings_and_unsaved_calls_a_problem() -> None:
    lines = lines_of(seen(is_same_ledger=False, health={"status": "degraded", "version": "0.9"}))
    assert [line.state for line in lines] == [State.OK, State.WARNING, State.WARNING, State.PROBLEM]
    assert lines[0].message == f"runs at {URL}, version 0.9"
    assert lines[2].message == "it is 0.9, this is 1.0"
