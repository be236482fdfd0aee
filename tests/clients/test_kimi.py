import pytest

from tests.clients.grounds import BASE, ground
from tokencli.clients.client import WORD, NothingToConnectError, Place, Setting
from tokencli.clients.kimi import CLI_CONFIG, CLIENT, CODE_CONFIG, connect

ADDRESS = f"{BASE}/p/managed:kimi-code/v1"


def test_both_programs_are_given_address_model_and_a_word() -> None:
    environ = CLIENT.launch(ground(keyed="managed:kimi-code")).environ
    assert environ["KIMI_MODEL_BASE_URL"] == environ["KIMI_BASE_URL"] == ADDRESS
    assert environ["KIMI_MODEL_API_KEY"] == environ["KIMI_API_KEY"] == WORD
    assert environ["KIMI_MODEL_NAME"] == "kimi-for-coding"


def test_a_key_of_the_users_own_goes_to_the_provider() -> None:
    environ = CLIENT.launch(ground(environ={"KIMI_API_KEY": "sk-own", "KIMI_MODEL_NAME": "k3"})).environ
    assert environ["KIMI_MODEL_API_KEY"] == "sk-own"
    assert environ["KIMI_MODEL_NAME"] == "k3"


def test_without_a_key_nothing_is_set() -> None:
    assert CLIENT.launch(ground()).environ == {}


def test_a_login_which_is_for_its_own_address_alone_is_said_not_to_be_used() -> None:
    login = {CODE_CONFIG: '[providers."managed:kimi-code".oauth]\nkey = "oauth/kimi-code"\n'}
    (around,) = CLIENT.launch(ground(texts=login)).remarks
    assert "do not pass" in around
    (by_key,) = CLIENT.launch(ground(keyed="managed:kimi-code", texts=login)).remarks
    assert "goes by the key" in by_key


BY_LOGIN = """
[providers."managed:kimi-code"]
type = "kimi"
base_url = "https://api.kimi.com/coding/v1"
api_key = ""

[providers."managed:kimi-code".oauth]
storage = "file"
key = "oauth/kimi-code"

[models."kimi-code/k3"]
provider = "managed:kimi-code"
model = "k3"

[models.other]
provider = "other"
model = "x"
"""
BY_KEY = '[providers.mine]\ntype = "kimi"\nbase_url = "https://api.kimi.com/coding/v1"\napi_key = "own"\n'
OTHER = '[providers.other]\ntype = "openai"\nbase_url = "https://other.example/v1"\n'


def test_a_login_stays_in_force_for_only_its_models_get_the_address() -> None:
    told = connect(ground(texts={CODE_CONFIG: BY_LOGIN}))
    assert told.place == CODE_CONFIG
    assert told.settings == (Setting(("models", "kimi-code/k3", "base_url"), ADDRESS),)
    assert "keeps its login" in told.remarks[0]


def test_a_key_of_tokencli_that_would_be_charged_instead_of_the_plan_is_told_of() -> None:
    remarks = connect(ground(keyed="managed:kimi-code", texts={CODE_CONFIG: BY_LOGIN})).remarks
    assert "set_key = false" in remarks[-1]


@pytest.mark.parametrize("place", [CODE_CONFIG, CLI_CONFIG])
def test_with_a_key_the_address_is_changed_where_it_stands_and_other_providers_are_named(place: Place) -> None:
    told = connect(ground(texts={place: BY_KEY + OTHER}))
    assert told.place == place
    assert told.settings == (Setting(("providers", "mine", "base_url"), ADDRESS),)
    assert told.remarks == (
        "the providers other of its config.toml keep their own addresses: their calls do not pass through tokencli.",
    )


def test_kimi_clis_login_is_for_any_address() -> None:
    told = connect(ground(texts={CLI_CONFIG: BY_LOGIN}))
    assert told.settings == (Setting(("providers", "managed:kimi-code", "base_url"), ADDRESS),)


def test_what_was_connected_before_is_connected_again() -> None:
    earlier = BY_KEY.replace("https://api.kimi.com/coding/v1", f"{BASE}-old/p/managed:kimi-code/v1")
    assert connect(ground(texts={CODE_CONFIG: earlier})).settings[0].path == ("providers", "mine", "base_url")


def test_without_a_provider_a_key_of_tokencli_makes_one() -> None:
    told = connect(ground(keyed="managed:kimi-code"))
    values = dict(told.settings)
    assert values["default_model",] == "kimi-code/kimi-for-coding"
    assert values["providers", "tokencli", "base_url"] == ADDRESS
    assert values["providers", "tokencli", "api_key"] == WORD
    chosen = connect(ground(keyed="managed:kimi-code", texts={CODE_CONFIG: 'default_model = "mine"'}))
    assert ("default_model",) not in dict(chosen.settings)


def test_where_nothing_can_be_connected_it_says_what_to_do_first() -> None:
    with pytest.raises(NothingToConnectError, match="/login"):
        connect(ground())
    with pytest.raises(NothingToConnectError, match="start it once"):
        connect(ground(texts={CODE_CONFIG: BY_LOGIN.replace('provider = "managed:kimi-code"', 'provider = "x"')}))
    with pytest.raises(NothingToConnectError, match="config init"):
        connect(ground(providers=("openai",)))
