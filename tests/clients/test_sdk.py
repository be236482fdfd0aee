from tests.clients.grounds import BASE, ground
from tokencli.clients.sdk import CLIENT


def test_the_libraries_variables_point_at_the_proxy() -> None:
    environ = CLIENT.launch(ground(keyed="groq")).environ
    assert environ["OPENAI_BASE_URL"] == environ["OPENAI_API_BASE"] == f"{BASE}/v1"
    assert environ["ANTHROPIC_BASE_URL"] == environ["GOOGLE_GEMINI_BASE_URL"] == BASE
    assert environ["GROQ_BASE_URL"] == f"{BASE}/p/groq"
    assert "GROQ_API_KEY" in environ
    assert "OPENAI_API_KEY" not in environ
