"""The JSON of Claude Code 2.1.197, as its program builds it, and what earlier versions and mistakes leave of it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tokencli.domain.plain import NotPlainError
from tokencli.services.claude_session import claude_session

TOLD: dict[str, Any] = {
    "session_id": "5d1c2c8e-6f0a-4a58-9d0e-3f6b2f1d7c11",
    "transcript_path": "/home/me/.claude/projects/-home-me-x/5d1c2c8e-6f0a-4a58-9d0e-3f6b2f1d7c11.jsonl",
    "cwd": "/home/me/x",
    "prompt_id": "p",
    "session_name": "caf\u00e9",
    "model": {"id": "claude-opus-4-8", "display_name": "Opus 4.8"},
    "workspace": {"current_dir": "/home/me/x", "project_dir": "/home/me/x", "added_dirs": []},
    "version": "2.1.197",
    "output_style": {"name": "default"},
    "cost": {
        "total_cost_usd": 0.4213,
        "total_duration_ms": 5400000,
        "total_api_duration_ms": 2300,
        "total_lines_added": 312,
        "total_lines_removed": 42,
    },
    "context_window": {
        "total_input_tokens": 91000,
        "total_output_tokens": 1200,
        "context_window_size": 200000,
        "current_usage": {
            "input_tokens": 8500,
            "output_tokens": 1200,
            "cache_creation_input_tokens": 5000,
            "cache_read_input_tokens": 77500,
        },
        "used_percentage": 46,
        "remaining_percentage": 54,
    },
    "exceeds_200k_tokens": False,
    "fast_mode": False,
    "thinking": {"enabled": True},
}


def told(**changed: Any) -> str:
    return json.dumps({**TOLD, **changed})


def test_a_session_is_what_claude_code_tells() -> None:
    session = claude_session(f" {told()}\n")
    assert (session.id, session.name, session.model) == (TOLD["session_id"], "caf\u00e9", "Opus 4.8")
    assert (session.context_limit_tokens, session.context_used_ratio) == (200_000, 0.46)


def test_before_the_first_answer_the_context_is_not_known() -> None:
    window = {**TOLD["context_window"], "current_usage": None, "used_percentage": None, "remaining_percentage": None}
    session = claude_session(told(context_window=window, session_name=None))
    assert (session.name, session.context_used_ratio) == ("5d1c2c8e", None)


def test_without_a_percentage_the_last_call_tells() -> None:
    window = {key: value for key, value in TOLD["context_window"].items() if key != "used_percentage"}
    assert claude_session(told(context_window=window)).context_used_ratio == 91_000 / 200_000


@pytest.mark.parametrize("window", [None, [], {}, {"context_window_size": "big"}, {"used_percentage": True}])
def test_an_earlier_version_tells_no_context(window: object) -> None:
    session = claude_session(told(context_window=window, model={"id": "opus"}))
    assert (session.context_limit_tokens, session.context_used_ratio, session.model) == (None, None, "opus")


@pytest.mark.parametrize("text", ["", "   ", "{", "[]", "null", "{}", '{"session_id": 7}', "{'a': 1}", "[" * 100_000])
def test_anything_else_is_no_session(text: str) -> None:
    with pytest.raises(NotPlainError):
        claude_session(text)


def test_a_cut_text_is_no_session_where_the_json_module_was_never_imported() -> None:
    script = (
        "import sys\n"
        "from tokencli.domain.plain import NotPlainError\n"
        "from tokencli.services.claude_session import claude_session\n"
        "assert 'json.decoder' not in sys.modules\n"
        'try: claude_session(\'{"session_id":"x"\')\n'
        "except NotPlainError: print('no session')"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert (done.stdout, done.stderr) == ("no session\n", "")
