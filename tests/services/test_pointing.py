"""Where clients go, by their variables and files, and how addresses are shown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.clients.grounds import PROVIDERS
from tokencli.services.pointing import Goes, Here, Pointed, names_of, pointed_clients, shown_address

if TYPE_CHECKING:
    from pathlib import Path

URL = "http://127.0.0.1:8000"


def pointed(home: Path, name: str, **environ: str) -> Pointed:
    """Return where a client goes that is the only one installed."""
    program = home / "bin" / name
    program.parent.mkdir(exist_ok=True)
    program.touch(mode=0o755)
    variables = {"PATH": str(program.parent), **environ}
    here = Here(proxy_url=URL, providers=frozenset(PROVIDERS), environ=variables, home=home)
    (client,) = pointed_clients(here)
    assert client.name == name
    return client


def written(home: Path, name: str, text: str) -> Path:
    """Write a file of a client's."""
    file = home / name
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="utf-8")
    return file


def leads(client: Pointed) -> list[tuple[str, str]]:
    return [(each.address, each.by) for each in client.leads]


def test_the_exact_address_in_a_file_is_told_with_its_session(home: Path) -> None:
    file = written(home, ".claude/settings.json", f'{{"env": {{"ANTHROPIC_BASE_URL": "{URL}/s/fix"}} /* mine */}}')
    client = pointed(home, "claude")
    assert (client.goes, leads(client)) == (Goes.HERE, [(f"{URL}/s/fix", str(file))])


def test_an_address_elsewhere_in_a_file_is_told_without_what_it_may_hide(home: Path) -> None:
    url = "https://me:canary@gw.example:8443/v1/acme/sk-canary/0123456789abcdefCANARY/openai?key=canary#canary"
    written(home, ".gemini/.env", f"GOOGLE_GEMINI_BASE_URL='{url}'\n")
    client = pointed(home, "gemini")
    assert client.goes is Goes.ELSEWHERE
    assert client.leads[0].address == "https://gw.example:8443/v1/acme/***/***/openai"
    assert "canary" not in repr(client).lower()


def test_all_addresses_of_a_client_of_several_providers_are_told(home: Path) -> None:
    options = {
        name: {"options": {"baseURL": url}} for name, url in (("openai", f"{URL}/v1"), ("google", "http://g/v1"))
    }
    written(
        home, ".config/opencode/opencode.json", json.dumps({"$schema": "https://opencode.ai/x", "provider": options})
    )
    client = pointed(home, "opencode")
    assert client.goes is Goes.HERE
    assert [(each.address, each.goes) for each in client.leads] == [
        (f"{URL}/v1", Goes.HERE),
        ("http://g/v1", Goes.ELSEWHERE),
    ]


def test_a_providers_own_address_is_straight(home: Path) -> None:
    written(
        home,
        ".kimi-code/config.toml",
        '[providers."managed:kimi-code"]\ntype = "kimi"\nbase_url = "https://api.kimi.com/coding/v1"\n',
    )
    assert pointed(home, "kimi") == Pointed(name="kimi")


def test_a_variable_that_is_set_counts_before_a_file_of_variables(home: Path) -> None:
    written(home, ".qwen/.env", f"OPENAI_BASE_URL={URL}/v1\n")
    assert pointed(home, "qwen").goes is Goes.HERE
    assert leads(pointed(home, "qwen", OPENAI_BASE_URL=f"{URL}/s/x/v1")) == [(f"{URL}/s/x/v1", "OPENAI_BASE_URL")]
    client = pointed(home, "qwen", OPENAI_BASE_URL="http://old.example/v1")
    assert (client.goes, len(client.leads)) == (Goes.ELSEWHERE, 1)


@pytest.mark.parametrize("odd", ["nonsense", "http://[nonsense", ""])
def test_what_is_no_address_leads_nowhere(home: Path, odd: str) -> None:
    written(home, ".qwen/.env", f"OPENAI_BASE_URL={URL}/v1\n")
    assert pointed(home, "qwen", OPENAI_BASE_URL=odd) == Pointed(name="qwen")


def test_settings_that_set_a_variable_anew_count_before_it(home: Path) -> None:
    file = written(home, ".claude/settings.json", '{"env": {"ANTHROPIC_BASE_URL": "http://old.example"}}')
    client = pointed(home, "claude", ANTHROPIC_BASE_URL=URL)
    assert (client.goes, leads(client)) == (Goes.ELSEWHERE, [("http://old.example", str(file))])


def test_what_people_set_by_hand_in_another_place_of_a_file_counts(home: Path) -> None:
    file = written(home, ".codex/config.toml", f'[model_providers.mine]\nbase_url = "{URL}/v1"\n')
    assert leads(pointed(home, "codex")) == [(f"{URL}/v1", str(file))]


@pytest.mark.parametrize("text", ["{nonsense", "\x00", "[" * 200])
def test_a_file_that_nobody_can_read_leads_nowhere(home: Path, text: str) -> None:
    written(home, ".claude/settings.json", text)
    assert pointed(home, "claude").goes is Goes.STRAIGHT


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://127.0.0.1:8000/s/a-name-with-1-digit-and-more-letters/v1", None),
        ("https://u:p@host/v1?k=v#f", "https://host/v1"),
        ("https://HOST:444", "https://host:444"),
        ("http://[::1]:9/v1", "http://[::1]:9/v1"),
        ("https://host:99999/v1", "***"),
        ("https://gateway.ai.example/v1/account-without-digits-in-it/openai", None),
    ],
)
def test_host_and_path_are_shown_and_no_key(url: str, shown: str | None) -> None:
    assert shown_address(url, names_of(URL)) == (shown or url)


def test_this_machine_goes_by_several_names_and_no_address_by_none() -> None:
    assert {"127.0.0.1:8000", "localhost:8000", "[::1]:8000"} <= set(names_of(URL))
    assert names_of("") == ()


def test_a_login_that_has_no_use_for_the_address_goes_straight(home: Path) -> None:
    written(home, ".gemini/.env", f"GOOGLE_GEMINI_BASE_URL={URL}\n")
    assert pointed(home, "gemini").goes is Goes.HERE
    (home / ".gemini" / "settings.json").write_text(
        '{"security": {"auth": {"selectedType": "oauth-personal"}}}', encoding="utf-8"
    )
    client = pointed(home, "gemini")
    assert (client.goes, client.is_ignored, len(client.leads)) == (Goes.STRAIGHT, True, 1)


def test_an_address_in_ipv6_is_found(home: Path) -> None:
    file = written(home, ".claude/settings.json", '{"env": {"ANTHROPIC_BASE_URL": "http://[::1]:8000/s/fix"}}')
    client = pointed(home, "claude")
    assert (client.goes, leads(client)) == (Goes.HERE, [("http://[::1]:8000/s/fix", str(file))])
    variables = {"PATH": str(home / "bin")}
    here = Here(proxy_url="http://[::1]:8000", providers=frozenset(PROVIDERS), environ=variables, home=home)
    assert [each.goes for each in pointed_clients(here)] == [Goes.HERE]
