"""`tokencli doctor` as it is typed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.services.checkup.hosts import CANARY, closed_port, host

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(autouse=True)
def on_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let no client be installed, and no key be there but the one of the test."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("MISTRAL_API_KEY", CANARY)
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def configure(tmp_path: Path, url: str) -> None:
    """Lead every provider to an address of the test's."""
    port = closed_port().rpartition(":")[2]
    providers = "".join(
        f'[providers.{name}]\nbase_url = "{url}"\n' for name in ("mistral", "openai", "anthropic", "gemini")
    )
    text = f"[server]\nport = {port}\n{providers}".replace(
        "[providers.mistral]\n", '[providers.mistral]\napi_key = "${MISTRAL_API_KEY}"\n'
    )
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")


def test_all_is_looked_at_and_no_key_is_shown(typed: Callable[..., Any], tmp_path: Path) -> None:
    assert typed("session", "new", "--name", "work", "--model", "mistral/mistral-large-2411").code == 0
    with host() as there:
        configure(tmp_path, f"{there.url}/v1")
        said, told = typed("doctor"), typed("doctor", "--json")
    assert (said.code, said.err, told.code) == (0, "", 0)
    assert "ok      mistral   answers (200); key from MISTRAL_API_KEY\n" in said.out
    assert "skipped proxy     none runs at http://127.0.0.1:" in said.out
    assert "pages sound" in said.out.replace("\n", " ")
    parts = {line["part"] for line in json.loads(told.out)["lines"]}
    assert parts == {"config", "proxy", "provider", "ledger", "client"}
    assert CANARY not in said.out + told.out + said.err + told.err
    assert {path for path, _ in there.asked} == {"/v1/models"}
    assert max(map(len, said.out.split("\n"))) <= 80


def test_a_key_that_is_refused_makes_the_exit_code_1(typed: Callable[..., Any], tmp_path: Path) -> None:
    with host(401, body=CANARY.encode()) as there:
        configure(tmp_path, f"{there.url}/v1")
        said = typed("doctor")
    assert said.code == 1
    assert "problem mistral   refuses the key (401)\n" in said.out
    assert CANARY not in said.out + said.err


def test_offline_asks_nobody(typed: Callable[..., Any], tmp_path: Path) -> None:
    with host() as there:
        configure(tmp_path, there.url)
        said = typed("doctor", "--offline")
    assert (said.code, there.asked) == (0, [])
    assert "skipped mistral   not asked; key from MISTRAL_API_KEY\n" in said.out


def test_a_warning_of_the_configuration_is_said_once(typed: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f'[providers.mistral]\nbase_url = "http://127.0.0.1:1"\napi_key = "{CANARY}"\n', encoding="utf-8")
    path.chmod(0o644)
    said = typed("doctor", "--offline")
    assert (said.code, said.err) == (0, "")
    assert " ".join(said.out.split()).count("others may read") == 1
    assert CANARY not in said.out


def test_a_wrong_configuration_is_a_problem_and_the_ledger_is_looked_at_all_the_same(
    typed: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "config.toml").write_text("[server\n", encoding="utf-8")
    said = typed("doctor", "--json")
    assert said.code == 1
    states = {line["part"]: line["state"] for line in json.loads(said.out)["lines"]}
    assert states == dict.fromkeys(("proxy", "provider", "ledger", "client"), "skipped") | {"config": "problem"}
