from dataclasses import replace

import pytest

from tests.clients.grounds import BASE, ground
from tokencli.clients.client import Client, Model
from tokencli.clients.registry import ANY, CLIENTS, client_of, named


@pytest.mark.parametrize(
    ("program", "name"),
    [("claude", "claude"), ("/opt/bin/codex", "codex"), ("kimi-cli", "kimi"), ("python3", "sdk"), ("./mine", "sdk")],
)
def test_a_program_is_known_by_its_file_name(program: str, name: str) -> None:
    assert client_of(program).name == name


def test_every_client_is_listed_under_its_own_name_and_no_executable_is_two_clients() -> None:
    assert all(name == client.name for name, client in CLIENTS.items())
    executables = [each for client in CLIENTS.values() for each in client.executables]
    assert len(executables) == len(set(executables))


@pytest.mark.parametrize("client", [*CLIENTS.values(), ANY], ids=lambda client: client.name)
def test_every_client_is_pointed_at_the_session_and_keeps_the_keys_it_has(client: Client) -> None:
    keys = {
        name: f"sk-own-{name}"
        for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "GROQ_API_KEY", "MISTRAL_API_KEY")
    }
    keyed = "openai anthropic gemini groq mistral managed:kimi-code"
    launch = client.launch(ground(environ=keys, keyed=keyed, models=(Model("mistral/large", "mistral"),)))
    told = " ".join([*launch.environ.values(), *launch.arguments, *launch.files.values()])
    assert BASE in told
    assert keys.keys() & launch.environ.keys() == set()
    assert "sk-own" not in told


@pytest.mark.parametrize("client", [*CLIENTS.values(), ANY], ids=lambda client: client.name)
def test_a_client_asks_for_nothing_on_an_empty_ground(client: Client) -> None:
    launch = client.launch(ground())
    assert launch.remarks == ()
    assert "kept-by-tokencli" not in str(launch.environ)
    assert replace(launch) == client.launch(ground())


@pytest.mark.parametrize(
    ("word", "name"),
    [("Claude", "claude"), ("claude-code", "claude"), ("gemini_cli", "gemini"), ("Continue", "cn"), ("vim", None)],
)
def test_a_client_is_known_by_what_people_call_it(word: str, name: str | None) -> None:
    client = named(word)
    assert (None if client is None else client.name) == name
