import json

import pytest

from tests.clients.grounds import BASE, ground
from tokencli.clients.claude import CLIENT, LOGIN, SETTINGS, STATE
from tokencli.clients.client import WORD, Place


def test_it_is_given_the_address_and_a_word_for_a_key() -> None:
    launch = CLIENT.launch(ground(keyed="anthropic"))
    assert launch.environ == {"ANTHROPIC_BASE_URL": BASE, "ANTHROPIC_AUTH_TOKEN": WORD}
    assert launch.files == {}


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (LOGIN, '{"claudeAiOauth":{"accessToken":"x"}}'),
        (STATE, '{"oauthAccount":{}}'),
        (STATE, '{"primaryApiKey":"x"}'),
        (SETTINGS, '{"apiKeyHelper":"pass show key"}'),
    ],
)
def test_its_own_login_stays_in_force(place: Place, text: str) -> None:
    launch = CLIENT.launch(ground(keyed="anthropic", texts={place: text}))
    assert launch.environ == {"ANTHROPIC_BASE_URL": BASE}


def test_an_address_in_its_settings_gives_way_for_the_run() -> None:
    settings = '{"env": {"ANTHROPIC_BASE_URL": "http://127.0.0.1:8000"}}'
    flag, told = CLIENT.launch(ground(texts={SETTINGS: settings})).arguments
    assert (flag, json.loads(told)) == ("--settings", {"env": {"ANTHROPIC_BASE_URL": BASE}})
    assert CLIENT.launch(ground(texts={SETTINGS: '{"env": {}}'})).arguments == ()


def test_a_plans_token_in_a_variable_is_a_login() -> None:
    launch = CLIENT.launch(ground(keyed="anthropic", environ={"CLAUDE_CODE_OAUTH_TOKEN": "x"}))
    assert launch.environ == {"ANTHROPIC_BASE_URL": BASE}


def test_calls_that_go_to_a_cloud_are_said_not_to_pass() -> None:
    (remark,) = CLIENT.launch(ground(environ={"CLAUDE_CODE_USE_BEDROCK": "1"})).remarks
    assert remark.startswith("CLAUDE_CODE_USE_BEDROCK sends")
