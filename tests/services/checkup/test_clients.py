"""Clients on a PATH of the test's own, pointed by a variable, by a file, elsewhere, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tokencli.clients.registry import CLIENTS
from tokencli.domain.checkup import CheckLine, State, folded
from tokencli.services.checkup.clients import client_lines
from tokencli.services.pointing import Here

if TYPE_CHECKING:
    from pathlib import Path

URL = "http://127.0.0.1:8000"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a home in which claude and codex are installed."""
    for name in ("claude", "codex"):
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text("#!/bin/sh\n", encoding="utf-8")
        program.chmod(0o755)
    return tmp_path


def lines_of(place: Path, *, is_running: bool = True, **variables: str) -> list[CheckLine]:
    environ = {"PATH": str(place / "bin"), **variables}
    here = Here(proxy_url=URL, providers=frozenset({"openai", "anthropic"}), environ=environ, home=place)
    return client_lines(here, is_running=is_running)


def test_those_that_are_pointed_nowhere_are_one_line_and_the_absent_another(place: Path) -> None:
    straight, absent = lines_of(place)
    assert (straight.state, straight.message) == (State.SKIPPED, "straight to their providers: claude, codex")
    assert straight.next_step == "tokencli run -- claude, or tokencli connect claude"
    assert absent.message.startswith("not installed: gemini, kimi, ")


@pytest.mark.parametrize("url", [URL, "http://localhost:8000/s/work"])
def test_a_variable_that_leads_to_the_proxy_is_named(place: Path, url: str) -> None:
    line = lines_of(place, ANTHROPIC_BASE_URL=url)[0]
    assert (line.name, line.state) == ("claude", State.OK)
    assert line.message == "leads to tokencli, by ANTHROPIC_BASE_URL"


def test_a_client_that_leads_to_a_proxy_that_does_not_run_is_a_problem(place: Path) -> None:
    line = lines_of(place, is_running=False, ANTHROPIC_BASE_URL=URL)[0]
    assert (line.state, line.next_step) == (State.PROBLEM, "tokencli serve")


def test_a_client_that_leads_elsewhere_is_a_warning_without_what_its_address_may_hide(place: Path) -> None:
    line = lines_of(place, ANTHROPIC_BASE_URL="https://me:canary@other.example/v1")[0]
    assert line.state is State.WARNING
    assert line.message == "ANTHROPIC_BASE_URL leads to other.example: its calls are not counted"
    assert "canary" not in repr(line)


def test_a_client_of_two_providers_of_which_one_leads_elsewhere_is_a_warning(place: Path) -> None:
    (place / "bin" / "claude").rename(place / "bin" / "llm")
    line = lines_of(place, ANTHROPIC_BASE_URL=URL, OPENAI_BASE_URL="https://other.example/v1")[0]
    assert (line.name, line.state) == ("llm", State.WARNING)
    assert line.message == (
        "leads to tokencli, by ANTHROPIC_BASE_URL, but OPENAI_BASE_URL leads to other.example: "
        "those calls are not counted"
    )


def test_many_that_lead_to_tokencli_may_be_told_in_one_line(place: Path) -> None:
    (place / "bin" / "codex").rename(place / "bin" / "aider")
    one, absent = folded(lines_of(place, ANTHROPIC_BASE_URL=URL, ANTHROPIC_API_BASE=URL))
    assert (one.name, one.message) == ("2 clients", "lead to tokencli: claude, aider")
    assert absent.state is State.SKIPPED


def test_a_file_of_its_own_that_names_the_proxy_counts(place: Path) -> None:
    config = place / ".codex" / "config.toml"
    config.parent.mkdir()
    config.write_text(f'[model_providers.tokencli]\nbase_url = "{URL}/v1"\n', encoding="utf-8")
    line = lines_of(place)[0]
    assert (line.name, line.message) == ("codex", f"leads to tokencli, by {config}")


def test_a_configuration_in_a_variable_counts_and_a_longer_port_is_another(place: Path) -> None:
    program = place / "bin" / "opencode"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    config = '{"provider": {"openai": {"options": {"baseURL": "%s/v1"}}}}'
    line = lines_of(place, OPENCODE_CONFIG_CONTENT=config % URL)[0]
    assert (line.name, line.message) == ("opencode", "leads to tokencli, by OPENCODE_CONFIG_CONTENT")
    assert lines_of(place, OPENCODE_CONFIG_CONTENT=config % f"{URL}0")[0].name == "clients"


def test_without_any_client_only_their_names_are_told(tmp_path: Path) -> None:
    (line,) = lines_of(tmp_path)
    assert line.message == f"not installed: {', '.join(CLIENTS)}"
