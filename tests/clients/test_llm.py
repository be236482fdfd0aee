import pytest

from tests.clients.grounds import BASE, ground
from tokencli.clients.client import Model, NothingToConnectError
from tokencli.clients.connecting import wanted
from tokencli.clients.editing import yaml
from tokencli.clients.llm import CLIENT, KEYS


def test_addresses_are_set_and_a_word_only_where_it_has_no_key() -> None:
    launch = CLIENT.launch(ground(keyed="openai anthropic", texts={KEYS: '{"openai": "sk-own"}'}))
    assert launch.environ["OPENAI_BASE_URL"] == f"{BASE}/v1"
    assert launch.environ["ANTHROPIC_BASE_URL"] == BASE
    assert "OPENAI_API_KEY" not in launch.environ
    assert "ANTHROPIC_API_KEY" in launch.environ


def test_connected_it_has_the_models_of_config_toml_beside_its_own() -> None:
    told = wanted("llm", ground(models=(Model("mistral/large", "mistral"), Model("groq/qwen3", "groq"))))
    assert told is not None
    text = "- model_id: mine\n  model_name: mine\n"
    for path, value in told.settings:
        text = yaml.put(text, path, value)
    mine, large, qwen = yaml.load(text)
    assert mine["model_id"] == "mine"
    assert (large["model_id"], large["model_name"]) == ("tokencli/mistral/large", "mistral/large")
    assert qwen["api_base"] == f"{BASE}/v1"
    assert "llm -m tokencli/mistral/large" in told.remarks[0]
    assert "gpt-4o-mini, still go straight" in told.remarks[1]


def test_without_a_model_to_add_it_is_not_connected() -> None:
    with pytest.raises(NothingToConnectError, match="tokencli run -- llm"):
        wanted("llm", ground())
