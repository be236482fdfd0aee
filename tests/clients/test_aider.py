from tests.clients.grounds import BASE, FOLDER, ground
from tokencli.clients.aider import CLIENT


def test_it_is_given_both_names_of_each_address_and_a_name() -> None:
    launch = CLIENT.launch(ground(keyed="openai"))
    assert launch.environ["OPENAI_API_BASE"] == launch.environ["AIDER_OPENAI_API_BASE"] == f"{BASE}/v1"
    assert launch.environ["ANTHROPIC_API_BASE"] == BASE
    ((name, text),) = launch.files.items()
    assert launch.environ["AIDER_MODEL_SETTINGS_FILE"] == str(FOLDER / name)
    assert "User-Agent: aider" in text


def test_settings_that_the_user_names_are_left_alone() -> None:
    assert CLIENT.launch(ground(environ={"AIDER_MODEL_SETTINGS_FILE": "own.yml"})).files == {}
    assert CLIENT.launch(ground("--model-settings-file=own.yml")).files == {}
