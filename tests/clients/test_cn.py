from io import StringIO
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.clients.grounds import BASE, FOLDER, ground
from tokencli.clients.client import WORD, Ground, Model, NothingToConnectError
from tokencli.clients.cn import CLIENT, CONFIG, STARTED
from tokencli.clients.connecting import wanted
from tokencli.clients.editing import yaml

OWN = """\
name: mine  # my own
version: 1.0.0
schema: v1
rules: [be brief]
models:
  - name: GPT
    provider: openai
    model: gpt-5
    apiKey: sk-own
    requestOptions: {headers: {X-Mine: "1"}}
  - {name: Claude, provider: anthropic, model: claude-sonnet-4-5, apiBase: "https://api.anthropic.com/v1"}
  - {name: Local, provider: ollama, model: qwen3}
  - {name: Far, provider: openai, model: x, apiBase: "https://elsewhere.example/v1"}
"""
SHARED = """\
%YAML 1.1
---
name: mine
shared: &shared
  provider: openai
  apiKey: sk-own
models:
  - name: One
    <<: *shared
    model: one
  - uses: hub/two
  - {name: Three, provider: openai, model: a}
  - {name: Three, provider: openai, model: b}
"""


def config(where: Ground) -> Any:
    launch = CLIENT.launch(where)
    ((name, text),) = launch.files.items()
    assert launch.arguments == ("--config", str(FOLDER / name))
    reader: Any = YAML(typ="safe")
    return reader.load(StringIO(text))


def test_models_of_the_users_config_get_the_address_and_all_else_stays() -> None:
    found = config(ground(keyed="anthropic", texts={CONFIG: OWN}))
    gpt, claude, local, far = found["models"]
    assert (found["name"], found["rules"]) == ("mine", ["be brief"])
    assert (gpt["apiBase"], gpt["apiKey"]) == (f"{BASE}/v1", "sk-own")
    assert gpt["requestOptions"]["headers"] == {"X-Tokencli-Agent": "continue", "X-Mine": "1"}
    assert (claude["apiBase"], claude["apiKey"]) == (f"{BASE}/v1", WORD)
    assert local == {"name": "Local", "provider": "ollama", "model": "qwen3"}
    assert far["apiBase"] == "https://elsewhere.example/v1"


def test_models_that_were_given_the_usual_address_are_in_this_runs_session() -> None:
    own = "models: [{name: A, provider: openai, model: x, apiBase: 'http://127.0.0.1:8123/v1'}]"
    found = config(ground(texts={CONFIG: own}, usual="http://127.0.0.1:8123"))
    assert found["models"][0]["apiBase"] == f"{BASE}/v1"


def test_models_that_keep_their_address_are_named() -> None:
    (remark,) = CLIENT.launch(ground(texts={CONFIG: OWN})).remarks
    assert "Local, Far" in remark


def test_without_a_config_the_models_of_config_toml_are_offered() -> None:
    found = config(ground(models=(Model("mistral/large", "mistral"),), keyed="openai"))
    (model,) = found["models"]
    assert (model["name"], model["model"], model["apiBase"]) == ("mistral/large", "mistral/large", f"{BASE}/v1")


def test_a_config_that_is_no_yaml_is_said_to_be_none() -> None:
    assert "cannot be read" in CLIENT.launch(ground(texts={CONFIG: "a: [b"})).remarks[0]


def test_a_config_that_the_user_names_is_left_alone() -> None:
    launch = CLIENT.launch(ground("--config", "other.yaml"))
    assert (launch.files, launch.arguments) == ({}, ())


def connected(text: str, where: Ground) -> Any:
    told = wanted("cn", where)
    assert told is not None
    assert told.place == CONFIG
    for path, value in told.settings:
        text = yaml.put(text, path, value)
    return yaml.load(text)


def test_connected_each_model_of_a_known_provider_has_the_address_and_all_else_stays() -> None:
    where = ground(keyed="anthropic", texts={CONFIG: OWN})
    gpt, claude, local, far = connected(OWN, where)["models"]
    assert (gpt["apiBase"], gpt["apiKey"]) == (f"{BASE}/v1", "sk-own")
    assert gpt["requestOptions"]["headers"] == {"X-Tokencli-Agent": "continue", "X-Mine": "1"}
    assert (claude["apiBase"], claude["apiKey"]) == (f"{BASE}/v1", WORD)
    assert local == {"name": "Local", "provider": "ollama", "model": "qwen3"}
    assert far["apiBase"] == "https://elsewhere.example/v1"
    told = wanted("cn", where)
    assert told is not None
    assert "Local, Far" in told.remarks[0]


def test_a_model_that_shares_its_settings_gets_an_address_of_its_own() -> None:
    where = ground(texts={CONFIG: SHARED})
    found = connected(SHARED, where)
    assert found["models"][0]["apiBase"] == f"{BASE}/v1"
    assert "requestOptions" not in found["models"][0]
    assert found["shared"] == {"provider": "openai", "apiKey": "sk-own"}
    told = wanted("cn", where)
    assert told is not None
    assert "hub/two, Three, Three" in told.remarks[0]


def test_models_that_cn_will_write_by_itself_are_told_of() -> None:
    text, key = "models: [{name: A, provider: openai, model: x}]", {"ANTHROPIC_API_KEY": "sk-own"}
    for texts, environ in (({CONFIG: text}, key), ({CONFIG: text, STARTED: ""}, key), ({CONFIG: text}, {})):
        told = wanted("cn", ground(texts=texts, environ=environ))
        assert told is not None
        is_told = any("never started at a terminal" in remark for remark in told.remarks)
        assert is_told == (bool(environ) and STARTED not in texts)


@pytest.mark.parametrize(
    ("texts", "why"),
    [
        ({}, r"there is no config\.yaml .*hub"),
        ({CONFIG: "models: [\n"}, "cannot be read: line 2"),
        (
            {CONFIG: "models:\n  - {name: Local, provider: ollama}\n"},
            "no model that can be pointed at tokencli",
        ),
    ],
)
def test_without_a_config_that_can_be_pointed_it_is_not_connected(texts: Any, why: str) -> None:
    with pytest.raises(NothingToConnectError, match=why):
        wanted("cn", ground(texts=texts))
