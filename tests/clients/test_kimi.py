import pytest

from tests.clients.grounds import BASE, FOLDER, HOME, PROVIDERS, ground
from tokencli.clients.client import WORD, Mirror, NothingToConnectError, Place, Setting
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


def test_a_run_by_login_has_a_mirror_in_which_the_models_have_the_address() -> None:
    launch = CLIENT.launch(ground(texts={CODE_CONFIG: BY_LOGIN}))
    assert launch.environ == {"KIMI_CODE_HOME": str(FOLDER / ".kimi-code")}
    assert launch.mirrors == (Mirror(".kimi-code", HOME / ".kimi-code"),)
    assert launch.remarks == ()
    ours = BY_LOGIN.replace('model = "k3"\n', f'model = "k3"\nbase_url = "{ADDRESS}"\n')
    assert launch.files == {".kimi-code/config.toml": ours}


def test_a_key_of_tokencli_comes_before_a_login_and_is_told_of() -> None:
    launch = CLIENT.launch(ground(keyed="managed:kimi-code", texts={CODE_CONFIG: BY_LOGIN}))
    (remark,) = launch.remarks
    assert "goes by the key" in remark
    assert launch.mirrors == ()


@pytest.mark.parametrize(
    ("models", "providers", "words"),
    [
        ("", None, "has no model yet"),
        ('[models]\nx = {provider = "managed:kimi-code", model = "k3"}\n', None, "cannot be changed"),
        ("", ("openai",), "has no provider managed:kimi-code"),
    ],
)
def test_a_login_that_cannot_be_pointed_here_is_said_to_go_around(
    models: str, providers: tuple[str, ...] | None, words: str
) -> None:
    text = BY_LOGIN.partition("[models")[0] + models
    launch = CLIENT.launch(ground(texts={CODE_CONFIG: text}, providers=providers or PROVIDERS))
    (remark,) = launch.remarks
    assert words in remark
    assert "do not pass" in remark
    assert launch.environ == {}


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


@pytest.mark.parametrize("odd", ["[]", "{}", "3"])
def test_a_model_whose_provider_is_no_word_is_left_alone(odd: str) -> None:
    told = connect(ground(texts={CODE_CONFIG: f"{BY_LOGIN}\n[models.odd]\nprovider = {odd}\n"}))
    assert told.settings == (Setting(("models", "kimi-code/k3", "base_url"), ADDRESS),)
