"""Real clients connected for good: a call of each is in the ledger, and its file comes back byte for byte."""

from __future__ import annotations

import socket
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tests.cli.running import command, serve
from tests.clients_real.cases import KIMI_LOGIN, MODEL, QUIET_AIDER
from tests.clients_real.runs import RUN_S, as_told, calls_of, client_of, environ_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.clients_real.talker import Talker


@dataclass(frozen=True, slots=True)
class Connected:
    """A client with a file of its user's; `file` is below the home directory, `before` what stands in it, if any."""

    name: str
    arguments: tuple[str, ...]
    provider: str
    file: str
    before: str | None
    environ: dict[str, str] = field(default_factory=dict[str, str])
    others: dict[str, str] = field(default_factory=dict[str, str])


KIMI_KEY = """default_model = "mine"  # which
[providers.mine]
type = "kimi"
base_url = "https://api.kimi.com/coding/v1" # Kimi's own
api_key = "own"

[models.mine]
provider = "mine"
model = "kimi-for-coding"
max_context_size = 262144
"""
CONTINUE = """name: mine
version: 0.0.1
schema: v1
# those that I use
models:
  - name: Large   # of Mistral
    provider: openai
    model: MODEL
    roles: [chat]
"""
CONTINUE_SHARED = """%YAML 1.1
---
name: mine
version: 0.0.1
schema: v1
shared: &shared
  provider: anthropic
  apiKey: 'own'
models:
  - name: Claude
    <<: *shared
    model: claude-sonnet-4-5
"""
CASES = (
    Connected(
        "opencode",
        ("run", "-m", "anthropic/claude-sonnet-4-5", "Hi"),
        "anthropic",
        ".config/opencode/opencode.jsonc",
        '{\n  // mine\n  "$schema": "https://opencode.ai/config.json",\n  "autoupdate": false,\n}\n',
        {"ANTHROPIC_API_KEY": "sk-own"},
    ),
    Connected(
        "opencode",
        ("run", "-m", "google/gemini-2.5-flash", "Hi"),
        "gemini",
        ".config/opencode/opencode.json",
        '{"$schema": "https://opencode.ai/config.json", "provider": {"google": {"options": {"apiKey": "own"}}}}',
    ),
    Connected(
        "kimi",
        ("-p", "Hi"),
        "managed:kimi-code",
        ".kimi-code/config.toml",
        KIMI_LOGIN[".kimi-code/config.toml"],
        others={".kimi-code/credentials/kimi-code.json": KIMI_LOGIN[".kimi-code/credentials/kimi-code.json"]},
    ),
    Connected("kimi", ("-p", "Hi"), "managed:kimi-code", ".kimi-code/config.toml", KIMI_KEY),
    Connected("kimi", ("-p", "Hi"), "managed:kimi-code", ".kimi-code/config.toml", None),
    Connected(
        "gemini",
        ("-p", "Hi"),
        "gemini",
        ".gemini/settings.json",
        '{"ui": {"theme": "Default"} /* mine */}',
        {"GEMINI_CLI_TRUST_WORKSPACE": "true"},
        {".gemini/.env": "GEMINI_API_KEY=own"},
    ),
    Connected(
        "qwen", ("-m", MODEL, "-p", "Hi", "--auth-type", "openai"), "mistral", ".qwen/.env", "OPENAI_API_KEY=own # mine"
    ),
    Connected(
        "claude", ("-p", "Hi"), "anthropic", ".claude/settings.json", '{\n\t"env": {"ANTHROPIC_API_KEY": "own"}\n}'
    ),
    Connected(
        "codex",
        ("exec", "--skip-git-repo-check", "Hi"),
        "openai",
        ".codex/config.toml",
        'model = "gpt-5" # mine\n\n[history]\npersistence = "none"',
        {"OPENAI_API_KEY": "own"},
    ),
    Connected(
        "aider",
        ("--model", "openai/gpt-4o", *QUIET_AIDER),
        "openai",
        ".aider.conf.yml",
        "# mine\r\nset-env: [B=1]\r\ndark-mode: true # always",
        {"OPENAI_API_KEY": "any-word"},
    ),
    Connected(
        "aider",
        ("--model", "anthropic/claude-sonnet-4-5", *QUIET_AIDER),
        "anthropic",
        ".aider.conf.yml",
        "set-env:\n  - ANTHROPIC_API_BASE=https://mine.example # old\n",
        {"ANTHROPIC_API_KEY": "any-word"},
    ),
    Connected(
        "aider",
        ("--model", "gemini/gemini-2.5-flash", *QUIET_AIDER),
        "gemini",
        ".aider.conf.yml",
        None,
        {"GEMINI_API_KEY": "any-word"},
    ),
    Connected(
        "llm",
        ("-m", f"tokencli/{MODEL}", "Hi"),
        "mistral",
        ".config/io.datasette.llm/extra-openai-models.yaml",
        "# mine\n- model_id: local\n  model_name: local\n  api_base: 'http://localhost:8080' # llama\n",
    ),
    Connected(
        "llm", ("-m", f"tokencli/{MODEL}", "Hi"), "mistral", ".config/io.datasette.llm/extra-openai-models.yaml", None
    ),
    Connected("cn", ("-p", "Hi"), "mistral", ".continue/config.yaml", CONTINUE.replace("MODEL", MODEL)),
    Connected("cn", ("-p", "Hi"), "anthropic", ".continue/config.yaml", CONTINUE_SHARED),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.name}-{case.provider}")
def test_its_calls_are_counted_and_its_file_comes_back(
    case: Connected, config: Path, home: Path, talker: Talker, tried: list[str]
) -> None:
    client = client_of(case.name)
    port = free_port()
    config.write_text(f"{config.read_text(encoding='utf-8')}[server]\nport = {port}\n", encoding="utf-8")
    file, before = home / case.file, None if case.before is None else case.before.encode()
    for name, text in {**case.others, **({} if case.before is None else {case.file: case.before})}.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text, encoding="utf-8")
    environ = environ_of(client, case.environ)
    said = ran(home, environ, *command("--config", str(config), "connect", case.name, "--session", "kept", "--yes"))
    with serve(config, "--port", str(port)):
        said += ran(home, environ, case.name, *case.arguments)
    connected = file.read_bytes()
    said += ran(home, environ, *command("disconnect", case.name))
    calls = [call for call in calls_of(home / "tokencli" / "ledger.db") if call.operation_name != "count_tokens"]
    tried.append(f"{case.name} {client.version}: {len(talker.calls)} calls at {case.provider}, connected")
    assert "Hello from the local provider." in said
    assert sorted(map(as_told, calls)) == sorted(talker.calls), said
    assert case.provider in {call.provider_name for call in calls}
    assert all(call.session_id for call in calls)
    assert connected != before
    assert (file.read_bytes() if file.exists() else None) == before
    for name, text in case.others.items():
        assert (home / name).read_text(encoding="utf-8") == text


def ran(home: Path, environ: Mapping[str, str], *line: str) -> str:
    """Run a program to its good end, and return what it said."""
    work = home / "work"
    work.mkdir(exist_ok=True)
    done = subprocess.run(
        line,
        cwd=work,
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=RUN_S,
    )
    said = f"{done.stdout}\n{done.stderr}"
    assert done.returncode == 0, said[-3000:]
    return said


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
