import pytest

from tokencli.proxy.client_names import client_of, said_of


@pytest.mark.parametrize(
    ("user_agent", "client"),
    [
        ("claude-cli/2.0.14 (external, cli)", "claude-code"),
        ("codex_cli_rs/0.63.0 (Debian 12.0.0; x86_64) xterm", "codex"),
        ("GeminiCLI/0.20.0/gemini-2.5-pro (linux; x64)", "gemini-cli"),
        ("GeminiCLI-tui/0.61.0/gemini-3.1-pro-preview (linux; x64; terminal)", "gemini-cli"),
        ("codex_exec/0.169.0 (Debian 12.0.0; x86_64) unknown (codex_exec; 0.169.0)", "codex"),
        ("kimi-code-cli/2.1.0", "kimi-code"),
        ("KimiCLI/0.60", "kimi-cli"),
        ("QwenCode/0.4.0 (linux; x64)", "qwen-code"),
        ("opencode/1.0.80", "opencode"),
        ("OpenAI/Python 3.52.0", "openai-python"),
        ("AsyncOpenAI/Python 3.52.0", "openai-python"),
        ("OpenAI/JS 6.1.0", "openai-js"),
        ("ls/JS 5.23.2", "javascript"),
        ("$e1/JS 5.23.2", "javascript"),
        ("Anthropic/Python 2.11.0", "anthropic-python"),
        ("AsyncCerebras/Python 1.91.0", "cerebras-python"),
        ("google-genai-sdk/3.4.0 gl-python/3.11", "google-genai"),
        ("mistral-client-python/3.7.0", "mistralai-python"),
        ("curl/8.5.0", "curl"),
        ("python-httpx2/2.16", "python-httpx2"),
        ("Mozilla/5.0 (X11)", "mozilla"),
        ("\x1b]52;c;eA==\x07", None),
        ("", None),
        (None, None),
    ],
)
def test_a_client_is_known_by_its_user_agent(user_agent: str | None, client: str | None) -> None:
    assert client_of(user_agent) == client


@pytest.mark.parametrize("name", [b"x-claude-code-session-id", b"session-id", b"session_id", b"x-session-id"])
def test_a_clients_own_session_comes_before_its_cache_key(name: bytes) -> None:
    assert said_of({name: b"c1"}, "cached").conversation_id == "c1"
    assert said_of({}, "cached").conversation_id == "cached"
    assert said_of({}).conversation_id is None


def test_what_the_user_files_a_call_under_is_read() -> None:
    headers = {
        b"x-tokencli-agent": b"reviewer",
        b"x-tokencli-project": "caf\u00e9".encode(),
        b"x-tokencli-tags": b"team=a, run = 7,,=x,plain",
    }
    said = said_of(headers)
    assert (said.agent, said.project, said.tags) == ("reviewer", "caf\u00e9", {"team": "a", "run": "7", "plain": ""})


def test_what_is_too_long_is_cut() -> None:
    said = said_of({b"session-id": b"x" * 10_000, b"x-tokencli-tags": b",".join(b"k%d=v" % n for n in range(999))})
    assert said.conversation_id == "x" * 200
    assert len(said.tags) == 20
