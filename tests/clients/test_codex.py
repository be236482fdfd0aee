import tomllib

from tests.clients.grounds import BASE, ground
from tokencli.clients.client import Ground
from tokencli.clients.codex import CLIENT, LOGIN


def provider_of(where: Ground) -> dict[str, object]:
    flags = CLIENT.launch(where).arguments
    assert flags[::2] == ("-c", "-c")
    told = tomllib.loads("\n".join(flags[1::2]))
    assert told["model_provider"] == "tokencli"
    provider: dict[str, object] = told["model_providers"]["tokencli"]
    return provider


def test_a_provider_is_put_in_that_takes_the_key_from_the_variable() -> None:
    wanted = {"name": "tokencli", "base_url": f"{BASE}/v1", "wire_api": "responses", "env_key": "OPENAI_API_KEY"}
    assert provider_of(ground(keyed="openai")) == wanted
    assert provider_of(ground(environ={"OPENAI_API_KEY": "sk-own"})) == wanted
    assert "OPENAI_API_KEY" in CLIENT.launch(ground(keyed="openai")).environ


def test_without_any_key_its_own_login_is_used() -> None:
    provider = provider_of(ground(texts={LOGIN: '{"OPENAI_API_KEY":"sk-own"}'}))
    assert provider["requires_openai_auth"] is True
    assert "env_key" not in provider


def test_a_login_with_chatgpt_is_said_to_be_of_no_use_here() -> None:
    login = {LOGIN: '{"tokens":{"access_token":"x"}}'}
    (remark,) = CLIENT.launch(ground(texts=login)).remarks
    assert remark.startswith("Codex is logged in with ChatGPT")
    assert CLIENT.launch(ground(keyed="openai", texts=login)).remarks == ()
