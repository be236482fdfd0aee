"""What every test of a real client needs: the client itself, its environment, and the ledger's calls as told."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.cli.running import command
from tests.clients_real.installed import Installed, NotInstalledError, installed
from tests.clients_real.talker import Told
from tokencli.services.report import Question, events
from tokencli.store.database import open_ledger

if TYPE_CHECKING:
    from pathlib import Path

    from tests.clients_real.cases import Case
    from tokencli.domain.call import CallRow

KEY = "sk-test-canary"
RUN_S = 300
PROVIDERS = {"openai": "v1", "anthropic": "v1", "gemini": "v1beta", "mistral": "v1", "managed:kimi-code": "coding/v1"}
LOGIN_PROVIDERS = {"chatgpt": "backend-api/codex"}
TYPES = {"managed:kimi-code": "kimi", "mistral": "openai"}
# Whatever a client wants from anywhere but this machine, it does not get.
NOWHERE = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), "http://127.0.0.1:9")
KEPT = ("PATH", "HOME", "LANG", "TERM", "COLUMNS", "TZ", "TMPDIR", "TOKENCLI_HOME")
FROM_OUTSIDE = ("PATH", "HOME", "LANG", "TMPDIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy")
OUTSIDE = {
    name: os.environ[name]
    for name in os.environ
    if name in FROM_OUTSIDE or name.lower().startswith(("npm_", "uv_", "pip_", "ssl_", "node_extra"))
}


def client_of(name: str) -> Installed:
    """Return a client; a test of one that cannot be installed is left out."""
    try:
        return installed(name, OUTSIDE)
    except NotInstalledError as reason:
        pytest.skip(f"{name} cannot be installed here ({reason})")


def environ_of(client: Installed, more: dict[str, str]) -> dict[str, str]:
    """Return the environment in which a client runs: little of the machine's, and no way to the network."""
    path = os.pathsep.join([*map(str, client.paths), str(client.command.parent), OUTSIDE["PATH"]])
    environ = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {**environ, **NOWHERE, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1", "PATH": path, **more}


def run(case: Case, client: Installed, config: Path, summary: Path) -> subprocess.CompletedProcess[str]:
    """Run a client by `tokencli run`."""
    line = command("--config", str(config), "run", "--summary", str(summary), "--", case.name, *case.arguments)
    work = config.parent / "work"
    work.mkdir()
    return subprocess.run(
        line,
        cwd=work,
        env=environ_of(client, case.environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=RUN_S,
    )


def calls_of(ledger: Path) -> list[CallRow]:
    """Return all calls of a ledger."""
    with open_ledger(ledger, write=False) as database:
        return list(events(database, Question(zone="UTC"), now=datetime.now(tz=UTC)))


def as_told(call: CallRow) -> Told:
    """Return a call as the provider would have told it."""
    return Told(
        provider_name=call.provider_name or "",
        response_id=call.response_id or "",
        input_tokens=call.input_tokens or 0,
        cache_read_tokens=call.cache_read_tokens or 0,
        output_tokens=call.output_tokens or 0,
    )
