import tomllib

import pytest

from tests.clients.grounds import BASE, ground
from tokencli.clients.client import Ground
from tokencli.clients.codex import CLIENT, CONFIG, LOGIN


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


def test_a_login_with_chatgpt_passes_to_the_service_that_it_is_for() -> None:
    where = ground(keyed="openai", texts=CHATGPT)
    provider = provider_of(where)
    assert provider["base_url"] == f"{BASE}/p/chatgpt"
    assert provider["requires_openai_auth"] is True
    launch = CLIENT.launch(where)
    assert (launch.environ, launch.remarks) == ({}, ())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", {"base_url": f"{BASE}/v1", "env_key": "OPENAI_API_KEY"}),
        ('{"OPENAI_API_KEY": null}', {"base_url": f"{BASE}/v1", "env_key": "OPENAI_API_KEY"}),
        ('{"OPENAI_API_KEY": "sk-own"}', {"base_url": f"{BASE}/v1", "requires_openai_auth": True}),
        (CHATGPT[LOGIN], {"base_url": f"{BASE}/p/chatgpt", "requires_openai_auth": True}),
    ],
)
def test_what_is_connected_for_good_keeps_to_its_own_login(text: str, told: dict[str, object]) -> None:
    assert CLIENT.connect is not None
    wanted = CLIENT.connect(ground(texts={LOGIN: text}))
    assert {each.path[-1]: each.value for each in wanted.settings} == {
        "model_provider": "tokencli",
        "name": "tokencli",
        "wire_api": "responses",
        **told,
    }


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("", []),
        ('model_provider = "openai"\n', []),
        ('model_provider = "tokencli"\n', []),
        ("model_provider = [\n", []),
        ("model_provider = 3\n", []),
        ('model_provider = "azure"\n', ["its provider azure until now"]),
    ],
)
def test_whoever_used_another_provider_is_told_that_it_is_left(config: str, words: list[str]) -> None:
    assert CLIENT.connect is not None
    remarks = CLIENT.connect(ground(texts={CONFIG: config})).remarks
    assert len(remarks) == len(words)
    assert all(said in remark for said, remark in zip(words, remarks, strict=True))
