import json

import pytest

from tests.clients.grounds import BASE, FOLDER, HOME, ground
from tokencli.clients.client import WORD, Edit, Mirror, Setting
from tokencli.clients.gemini import CLIENT, CONFIG, VARIABLES, connect

OWN = """{
  // my own
  "ui": {"theme": "http://x"}, /* and
  more */ "security": {"auth": {"selectedType": "oauth-personal", "useExternal": false}, "folderTrust": {}}
}"""


def test_a_mirror_of_its_folder_has_settings_that_say_to_use_a_key_and_all_else() -> None:
    launch = CLIENT.launch(ground(keyed="gemini", texts={CONFIG: OWN}))
    assert launch.environ == {
        "GOOGLE_GEMINI_BASE_URL": BASE,
        "GEMINI_API_KEY": WORD,
        "GEMINI_CLI_HOME": str(FOLDER),
    }
    assert launch.mirrors == (Mirror(".gemini", HOME / ".gemini"),)
    ((name, text),) = launch.files.items()
    assert name == ".gemini/settings.json"
    assert json.loads(text) == {
        "ui": {"theme": "http://x"},
        "security": {"auth": {"selectedType": "gemini-api-key", "useExternal": False}, "folderTrust": {}},
    }


def test_one_that_uses_a_key_already_needs_no_mirror() -> None:
    settings = {CONFIG: '{"security": {"auth": {"selectedType": "gemini-api-key"}}}'}
    launch = CLIENT.launch(ground(environ={"GEMINI_API_KEY": "sk-own"}, texts=settings))
    assert launch.environ == {"GOOGLE_GEMINI_BASE_URL": BASE}
    assert (launch.files, launch.mirrors) == ({}, ())


def test_a_folder_that_is_elsewhere_is_mirrored_from_there() -> None:
    launch = CLIENT.launch(ground(keyed="gemini", environ={"GEMINI_CLI_HOME": "/elsewhere"}))
    assert str(launch.mirrors[0].source) == "/elsewhere/.gemini"


def test_settings_that_cannot_be_read_are_said_to_be_left_out() -> None:
    launch = CLIENT.launch(ground(keyed="gemini", texts={CONFIG: "{"}))
    assert "cannot be read" in launch.remarks[0]
    assert json.loads(launch.files[".gemini/settings.json"]) == {
        "security": {"auth": {"selectedType": "gemini-api-key"}}
    }


def test_a_google_login_without_any_key_is_left_as_it_is_and_said_not_to_pass() -> None:
    launch = CLIENT.launch(ground(texts={CONFIG: OWN}))
    assert (launch.files, launch.mirrors) == ({}, ())
    assert launch.remarks[0].startswith("Gemini CLI is set to a Google login")


CHOICE = Edit(CONFIG, (Setting(("security", "auth", "selectedType"), "gemini-api-key"),))


def test_connected_it_gets_the_address_and_where_nothing_is_chosen_a_key() -> None:
    told = connect(ground(environ={"GEMINI_API_KEY": "own"}))
    assert (told.place, told.settings) == (VARIABLES, (Setting(("GOOGLE_GEMINI_BASE_URL",), BASE),))
    assert told.edits == (Edit(VARIABLES, told.settings), CHOICE)
    assert not told.is_ignored
    (remark,) = told.remarks
    assert "one .env alone" in remark


@pytest.mark.parametrize("settings", ['{"security": {"auth": {"selectedType": "gemini-api-key"}}} // mine', OWN])
def test_what_is_chosen_stays(settings: str) -> None:
    assert connect(ground(texts={CONFIG: settings})).also is None


@pytest.mark.parametrize("settings", [OWN, '{"selectedAuthType": "oauth-personal"}'])
def test_a_google_login_is_said_not_to_be_counted(settings: str) -> None:
    told = connect(ground(texts={CONFIG: settings}, environ={"GEMINI_API_KEY": "own"}))
    assert told.is_ignored
    remark = told.remarks[0]
    assert "Google login" in remark
    assert "DO NOT pass through tokencli" in remark


def test_another_login_is_named() -> None:
    settings = '{"security": {"auth": {"selectedType": "vertex-ai"}}}'
    assert "log in by vertex-ai" in connect(ground(texts={CONFIG: settings})).remarks[0]


def test_a_key_that_is_missing_is_told_of() -> None:
    assert connect(ground()).remarks[0] == "Gemini CLI wants a GEMINI_API_KEY in its environment."
    assert "any word will do" in connect(ground(keyed="gemini")).remarks[0]
    assert len(connect(ground(texts={VARIABLES: "GEMINI_API_KEY=own"})).remarks) == 1


def test_its_folder_may_be_elsewhere() -> None:
    assert str(VARIABLES.path({"GEMINI_CLI_HOME": "/x"}, HOME)) == "/x/.gemini/.env"
    assert VARIABLES.path({}, HOME) == HOME / ".gemini" / ".env"


@pytest.mark.parametrize("odd", ["[1]", "{}", "3", "true"])
def test_a_login_that_is_no_word_is_none(odd: str) -> None:
    told = connect(ground(keyed="gemini", texts={CONFIG: f'{{"security": {{"auth": {{"selectedType": {odd}}}}}}}'}))
    assert told.also is not None
    assert not told.is_ignored
