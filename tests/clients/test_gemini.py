import json

from tests.clients.grounds import BASE, FOLDER, ground
from tokencli.clients.gemini import CLIENT, CONFIG, SYSTEM


def test_settings_of_this_run_say_to_use_a_key_and_keep_what_the_system_says() -> None:
    system = {"telemetry": {"enabled": False}, "security": {"folderTrust": {"enabled": True}}}
    launch = CLIENT.launch(ground(keyed="gemini", texts={SYSTEM: json.dumps(system)}))
    assert launch.environ["GOOGLE_GEMINI_BASE_URL"] == BASE
    ((name, text),) = launch.files.items()
    assert launch.environ["GEMINI_CLI_SYSTEM_SETTINGS_PATH"] == str(FOLDER / name)
    assert json.loads(text) == {
        "telemetry": {"enabled": False},
        "security": {"folderTrust": {"enabled": True}, "auth": {"selectedType": "gemini-api-key"}},
    }


def test_settings_that_cannot_be_read_count_as_none() -> None:
    for text in ("// not JSON", "[]", '{"security": 1}'):
        (written,) = CLIENT.launch(ground(keyed="gemini", texts={SYSTEM: text})).files.values()
        assert json.loads(written)["security"] == {"auth": {"selectedType": "gemini-api-key"}}


def test_a_file_that_the_user_names_is_left_alone() -> None:
    named = {"GEMINI_CLI_SYSTEM_SETTINGS_PATH": "/etc/own.json"}
    launch = CLIENT.launch(ground(keyed="gemini", environ=named))
    assert launch.files == {}
    assert "GEMINI_CLI_SYSTEM_SETTINGS_PATH" not in launch.environ


def test_a_google_login_without_any_key_is_left_as_it_is_and_said_not_to_pass() -> None:
    launch = CLIENT.launch(ground(texts={CONFIG: '{"security":{"auth":{"selectedType":"oauth-personal"}}}'}))
    assert launch.files == {}
    assert launch.remarks[0].startswith("Gemini CLI is set to a Google login")
