"""Changes are shown without the keys that stand beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tokencli.render.connect_view import connected_words, diff_line, print_diffs, proxy_words, way_back_words
from tokencli.services.client_files import WayBack

FILE = Path("/home/user/.codex/config.toml")


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (' api_key = "sk-canary" # why', ' api_key = "***" # why'),
        (" OPENAI_API_KEY=sk-canary", " OPENAI_API_KEY=***"),
        ('   "apiKey": "sk-canary",', '   "apiKey": "***",'),
        (' {"google": {"options": {"apiKey": "canary"}}}', ' {"google": {"options": {"apiKey": "***"}}}'),
        ("-ANTHROPIC_AUTH_TOKEN='canary'", "-ANTHROPIC_AUTH_TOKEN='***'"),
        ('+env_key = "OPENAI_API_KEY"', '+env_key = "OPENAI_API_KEY"'),
        (' "apiKey": "{env:OPENAI_API_KEY}",', ' "apiKey": "{env:OPENAI_API_KEY}",'),
        ('+api_key = "kept-by-tokencli"', '+api_key = "kept-by-tokencli"'),
        ("   - gemini=canary # why", "   - gemini=*** # why"),
        (" api-key: [gemini=canary, groq=canary]", " api-key: [***]"),
        ("-  - ANTHROPIC_API_BASE=https://a.example", "-  - ANTHROPIC_API_BASE=https://a.example"),
        ("   - GROQ_API_KEY=canary", "   - GROQ_API_KEY=***"),
        (" max_tokens = 4096", " max_tokens = 4096"),
        ('+base_url = "http://127.0.0.1:8000/v1"', '+base_url = "http://127.0.0.1:8000/v1"'),
        ('-url = "https://me:canary@gw.example/v1?k=canary"', '-url = "https://***@gw.example/v1?***"'),
    ],
)
def test_keys_are_hidden_and_their_names_are_not(line: str, shown: str) -> None:
    assert diff_line(line).plain == shown


def test_tabs_and_the_line_ends_of_windows_are_no_signs() -> None:
    assert diff_line('+\t"env": {\r').plain == '+    "env": {'


def test_a_line_drives_no_terminal() -> None:
    assert diff_line("+x = '\x1b[31m'").plain == "+x = '\\x1b[31m'"


def test_changes_are_printed_line_by_line_and_no_line_is_broken(capsys: pytest.CaptureFixture[str]) -> None:
    print_diffs(["--- a\n+++ a\n+" + "x" * 300, "", "+y"])
    assert capsys.readouterr().out == "--- a\n+++ a\n+" + "x" * 300 + "\n+y\n"


def test_how_a_file_came_back_is_said() -> None:
    exact = WayBack(file=FILE, before=b"x", after=b"y", is_exact=True)
    assert way_back_words(exact) == f"{FILE} is byte for byte what it was."
    removed = WayBack(file=FILE, before=b"x", after=None, is_exact=True)
    assert way_back_words(removed) == f"{FILE} is removed: it was made by tokencli."
    merged = WayBack(file=FILE, before=b"x", after=b"y", is_exact=False, left=("model_provider",))
    assert way_back_words(merged).split("\n") == [
        f"{FILE} was changed meanwhile: our settings are taken out, the rest is kept.",
        "model_provider is left as it is: it no longer holds what tokencli wrote.",
    ]
    others = WayBack(file=FILE, before=b"x", after=b"x", is_exact=False)
    assert way_back_words(others) == f"{FILE} was changed meanwhile, and nothing in it is ours: it stays."
    gone = WayBack(file=FILE, before=None, after=None, is_exact=False)
    assert way_back_words(gone) == f"{FILE} is gone: somebody removed it meanwhile."


def test_a_client_that_was_connected_before_is_told_so() -> None:
    assert connected_words("codex", "http://x", is_new=False) == "codex is connected to http://x already."
    assert connected_words("codex", "http://x", is_new=True).endswith("Back: tokencli disconnect codex")
    assert "does not use it" in connected_words("gemini", "http://x", is_new=True, is_ignored=True)


def test_what_the_proxy_still_wants_is_said() -> None:
    assert "tokencli serve" in proxy_words("http://x", is_running=False, needs_token=False)[0]
    assert "token" in proxy_words("http://x", is_running=True, needs_token=True)[0]
    assert proxy_words("http://x", is_running=True, needs_token=False) == ()
