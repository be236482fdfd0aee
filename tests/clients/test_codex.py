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


CHATGPT = {LOGIN: '{"tokens":{"access_token":"x"}}'}


def test_a_login_with_chatgpt_passes_where_there_is_a_provider_for_it() -> None:
    where = ground(keyed="openai", texts=CHATGPT, providers=frozenset({"openai", "chatgpt"}))
    provider = provider_of(where)
    assert provider["base_url"] == f"{BASE}/p/chatgpt"
    assert provider["requires_openai_auth"] is True
    launch = CLIENT.launch(where)
    assert (launch.environ, launch.remarks) == ({}, ())


def test_else_it_is_said_who_pays_or_that_nobody_does() -> None:
    (charged,) = CLIENT.launch(ground(keyed="openai", texts=CHATGPT)).remarks
    assert "is charged to OPENAI_API_KEY" in charged
    (refused,) = CLIENT.launch(ground(texts=CHATGPT)).remarks
    assert "will be refused" in refused
