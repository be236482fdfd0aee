from tests.clients.grounds import BASE, ground
from tokencli.clients.llm import CLIENT, KEYS


def test_addresses_are_set_and_a_word_only_where_it_has_no_key() -> None:
    launch = CLIENT.launch(ground(keyed="openai anthropic", texts={KEYS: '{"openai": "sk-own"}'}))
    assert launch.environ["OPENAI_BASE_URL"] == f"{BASE}/v1"
    assert launch.environ["ANTHROPIC_BASE_URL"] == BASE
    assert "OPENAI_API_KEY" not in launch.environ
    assert "ANTHROPIC_API_KEY" in launch.environ
