from tests.clients.grounds import BASE, FOLDER, ground
from tokencli.clients.aider import CLIENT, CONFIG, MODELS
from tokencli.clients.connecting import wanted
from tokencli.clients.editing import yaml


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


def test_connected_it_sets_the_other_addresses_at_its_start_and_says_its_name() -> None:
    told = wanted("aider", ground(providers=("openai", "anthropic")))
    assert told is not None
    addresses, name = told.edits
    text = "set-env:\n  - ANTHROPIC_API_BASE=http://mine\n  - B=1\n"
    for path, value in addresses.settings:
        text = yaml.put(text, path, value)
    assert (addresses.place, yaml.load(text)) == (
        CONFIG,
        {"set-env": [f"ANTHROPIC_API_BASE={BASE}", "B=1"], "openai-api-base": f"{BASE}/v1"},
    )
    ((path, value),) = name.settings
    assert name.place == MODELS
    assert yaml.load(yaml.put("- name: gpt-4o\n", path, value))[1] == {
        "name": "aider/extra_params",
        "extra_params": {"extra_headers": {"User-Agent": "aider"}},
    }
