import json
from typing import Any

from tests.clients.grounds import BASE, ground
from tokencli.clients.client import WORD, Ground, Model
from tokencli.clients.opencode import CLIENT, LOGIN


def content(where: Ground) -> Any:
    return json.loads(CLIENT.launch(where).environ["OPENCODE_CONFIG_CONTENT"])


def test_every_provider_leads_to_the_proxy() -> None:
    providers = content(ground(keyed="openai"))["provider"]
    assert providers["openai"]["options"] == {"baseURL": f"{BASE}/v1", "apiKey": WORD}
    assert providers["anthropic"]["options"] == {"baseURL": f"{BASE}/v1"}
    assert providers["google"]["options"] == {"baseURL": f"{BASE}/v1beta"}
    assert providers["mistral"]["options"] == {"baseURL": f"{BASE}/p/mistral"}
    assert "tokencli" not in providers


def test_the_models_of_config_toml_are_offered() -> None:
    ours = content(ground(models=(Model("mistral/large", "mistral"),)))["provider"]["tokencli"]
    assert ours["models"] == {"mistral/large": {}}
    assert ours["options"]["baseURL"] == f"{BASE}/v1"


def test_its_own_logins_stay_in_force() -> None:
    where = ground(keyed="anthropic openai", texts={LOGIN: '{"anthropic":{"type":"oauth"}}'})
    providers = content(where)["provider"]
    assert "apiKey" not in providers["anthropic"]["options"]
    assert "apiKey" in providers["openai"]["options"]


def test_what_the_user_put_into_the_variable_is_kept() -> None:
    assert content(ground(environ={"OPENCODE_CONFIG_CONTENT": '{"theme":"dark"}'}))["theme"] == "dark"
    assert "provider" in content(ground(environ={"OPENCODE_CONFIG_CONTENT": "no JSON"}))
