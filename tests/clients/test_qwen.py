from tests.clients.grounds import BASE, ground
from tokencli.clients.qwen import CLIENT


def test_it_is_told_to_use_openais_variables() -> None:
    launch = CLIENT.launch(ground("-p", "Hi", keyed="openai"))
    assert launch.environ.keys() == {"OPENAI_BASE_URL", "OPENAI_API_KEY"}
    assert launch.environ["OPENAI_BASE_URL"] == f"{BASE}/v1"
    assert launch.arguments == ("--auth-type", "openai")


def test_what_the_user_says_is_not_said_twice() -> None:
    assert CLIENT.launch(ground("--auth-type=openai")).arguments == ()
    assert CLIENT.launch(ground("--auth-type", "openai")).arguments == ()
