import json
from typing import Any

from tests.clients.grounds import BASE, ground
from tokencli.clients.client import WORD, Ground, Model
from tokencli.clients.opencode import CLIENT, CONFIG, LOGIN, WITH_COMMENTS, connect


def content(where: Ground) -> Any:
    return json.loads(CLIENT.launch(where).environ["OPENCODE_CONFIG_CONTENT"])


def test_every_provider_leads_to_the_proxy() -> None:
    providers = content(ground(keyed="openai"))["provider"]
    assert providers["openai"]["options"] == {"baseURL": f"{BASE}/v1", "apiKey": WORD}
    assert providers["anthropic"]["options"] == {"baseURL": f"{BASE}/v1"}
    assert providers["google"]["options"] == {"baseURL": f"{BASE}/v1beta"}
    assert providers["mistral"]["options"] == {"baseURL": f"{BASE}/p/mistral"}
    assert "groq" not in providers, "the proxy does not know it"
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


def settings(where: Ground) -> dict[Any, Any]:
    return dict(connect(where).settings)


def test_connecting_sets_those_that_it_has_a_key_or_a_login_for_or_that_its_file_names() -> None:
    texts = {LOGIN: '{"anthropic":{"type":"oauth"}}', CONFIG: '{"provider": {"mistral": {}} /* mine */}'}
    where = ground(texts=texts, environ={"OPENAI_API_KEY": "sk"})
    assert settings(where) == {
        ("provider", "openai", "options", "baseURL"): f"{BASE}/v1",
        ("provider", "anthropic", "options", "baseURL"): f"{BASE}/v1",
        ("provider", "mistral", "options", "baseURL"): f"{BASE}/p/mistral",
    }
    (remark,) = connect(where).remarks
    assert "neither a key nor a login for google:" in remark


def test_connecting_an_opencode_that_is_new_sets_all_that_the_proxy_carries() -> None:
    told = connect(ground(providers=("openai", "gemini")))
    assert [(path[1], value) for path, value in told.settings] == [
        ("openai", f"{BASE}/v1"),
        ("google", f"{BASE}/v1beta"),
    ]
    assert told.remarks == ()


def test_the_file_with_comments_wins_where_there_are_two_and_a_new_one_has_none() -> None:
    assert connect(ground(texts={CONFIG: "{}", WITH_COMMENTS: ""})).place == WITH_COMMENTS
    assert connect(ground(texts={CONFIG: "{}"})).place == CONFIG
    assert connect(ground()).place == CONFIG


def test_its_files_are_where_the_system_says() -> None:
    where = ground(environ={"XDG_CONFIG_HOME": "/x"})
    assert str(CONFIG.path(where.environ, where.home)) == "/x/opencode/opencode.json"
    assert str(CONFIG.path({}, where.home)).endswith("/.config/opencode/opencode.json")


def test_a_file_that_is_no_json_is_no_obstacle_to_a_run() -> None:
    assert settings(ground(texts={CONFIG: "{nonsense"})) != {}
    assert content(ground(texts={CONFIG: "{nonsense"}))["provider"]
