from tests.clients.grounds import BASE, ground
from tokencli.clients.client import WORD
from tokencli.clients.kimi import CLIENT, CODE_CONFIG

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
