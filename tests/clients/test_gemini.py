import json

from tests.clients.grounds import BASE, FOLDER, HOME, ground
from tokencli.clients.client import WORD, Mirror
from tokencli.clients.gemini import CLIENT, CONFIG

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
