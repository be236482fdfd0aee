"""Each real client through `tokencli run`: what the ledger holds is what the provider's own log says, call by call."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.running import command
from tests.clients_real.cases import CASES, LOGINS, MODEL, Case
from tests.clients_real.installed import Installed, NotInstalledError, installed
from tests.clients_real.talker import Talker, Told
from tests.proxy.fake_provider import in_thread
from tokencli.clients.client import WORD
from tokencli.clients.registry import CLIENTS
from tokencli.services.report import Question, events
from tokencli.store.database import open_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.proxy.fake_provider import FakeProvider
    from tokencli.domain.call import CallRow

KEY = "sk-test-canary"
RUN_S = 300
PROVIDERS = {"openai": "v1", "anthropic": "v1", "gemini": "v1beta", "mistral": "v1", "managed:kimi-code": "coding/v1"}
LOGIN_PROVIDERS = {"chatgpt": "backend-api/codex"}
TYPES = {"managed:kimi-code": "kimi", "mistral": "openai"}
# Whatever a client wants from anywhere but this machine, it does not get.
NOWHERE = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), "http://127.0.0.1:9")
FIRST_CASES = [next(case for case in CASES if case.name == name) for name in CLIENTS]
KEPT = ("PATH", "HOME", "LANG", "TERM", "COLUMNS", "TZ", "TMPDIR", "TOKENCLI_HOME")
FROM_OUTSIDE = ("PATH", "HOME", "LANG", "TMPDIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy")
OUTSIDE = {
    name: os.environ[name]
    for name in os.environ
    if name in FROM_OUTSIDE or name.lower().startswith(("npm_", "uv_", "pip_", "ssl_", "node_extra"))
}


@pytest.fixture
def talker() -> Talker:
    return Talker()


@pytest.fixture
def provider(talker: Talker) -> Iterator[FakeProvider]:
    with in_thread() as fake:
        fake.choose = talker.choose
        yield fake


@pytest.fixture
def config(home: Path, provider: FakeProvider) -> Path:
    """Write a configuration with keys in the file: the client finds none in its environment."""
    tables = [
        f'[providers."{name}"]\ntype = "{TYPES.get(name, name)}"\nrpm = 0\n'
        f'base_url = "{provider.url}/{name}/{path}"\napi_key = "{KEY}-{name}"\n'
        for name, path in PROVIDERS.items()
    ]
    tables += [
        f'[providers.{name}]\nbase_url = "{provider.url}/{name}/{path}"\n' for name, path in LOGIN_PROVIDERS.items()
    ]
    tables.append(f'[models."{MODEL}"]\nprovider = "mistral"\nmodel = "mistral-large-2411"\n')
    place = home / "config.toml"
    place.write_text("".join(tables), encoding="utf-8")
    place.chmod(0o600)
    return place


def client_of(case: Case) -> Installed:
    try:
        return installed(case.name, OUTSIDE)
    except NotInstalledError as reason:
        pytest.skip(f"{case.name} cannot be installed here ({reason})")


def run(case: Case, client: Installed, config: Path, summary: Path) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([*map(str, client.paths), str(client.command.parent), OUTSIDE["PATH"]])
    environ = {name: os.environ[name] for name in KEPT if name in os.environ}
    environ |= {**NOWHERE, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1", "PATH": path, **case.environ}
    line = command("--config", str(config), "run", "--summary", str(summary), "--", case.name, *case.arguments)
    work = config.parent / "work"
    work.mkdir()
    return subprocess.run(
        line,
        cwd=work,
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=RUN_S,
    )


def calls_of(ledger: Path) -> list[CallRow]:
    with open_ledger(ledger, write=False) as database:
        return list(events(database, Question(zone="UTC"), now=datetime.now(tz=UTC)))


def as_told(call: CallRow) -> Told:
    return Told(
        provider_name=call.provider_name or "",
        response_id=call.response_id or "",
        input_tokens=call.input_tokens or 0,
        cache_read_tokens=call.cache_read_tokens or 0,
        output_tokens=call.output_tokens or 0,
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_every_call_is_in_the_ledger_once_with_the_providers_own_counts(
    case: Case, config: Path, home: Path, talker: Talker, tried: list[str]
) -> None:
    client = client_of(case)
    if case.login:
        name, content = LOGINS[case.login]
        (home / name).parent.mkdir()
        (home / name).write_text(json.dumps(content), encoding="utf-8")
    done = run(case, client, config, home / "used.json")
    said = f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    assert done.returncode == 0, said
    assert "Hello from the local provider." in done.stdout, said
    told: dict[str, Any] = json.loads((home / "used.json").read_text(encoding="utf-8"))
    calls = [call for call in calls_of(home / "tokencli" / "ledger.db") if call.operation_name != "count_tokens"]
    tried.append(f"{case.name} {client.version}: {len(talker.calls)} calls at {case.provider}")
    assert sorted(map(as_told, calls)) == sorted(talker.calls), said
    assert case.provider in {call.provider_name for call in talker.calls}
    assert {(call.basis, call.finish, call.client) for call in calls} == {("reported", "ok", case.client)}
    assert {call.session_id for call in calls} == {told["session_id"]}
    assert (told["requests"], told["input_tokens"], told["output_tokens"]) == (
        len(talker.calls),
        sum(call.input_tokens for call in talker.calls),
        sum(call.output_tokens for call in talker.calls),
    )
    check_keys_and_files(case, home, talker)


@pytest.mark.parametrize("case", FIRST_CASES, ids=lambda case: case.id)
def test_a_refused_call_is_in_the_ledger_beside_what_follows(
    case: Case, config: Path, home: Path, talker: Talker, tried: list[str]
) -> None:
    client = client_of(case)
    talker.refuses = 1
    done = run(case, client, config, home / "used.json")
    calls = [call for call in calls_of(home / "tokencli" / "ledger.db") if call.operation_name != "count_tokens"]
    failed = [call for call in calls if call.finish == "error"]
    tried.append(
        f"{case.name} {client.version}: {len(talker.calls)} calls after a refusal, exit code {done.returncode}"
    )
    assert [call.provider_name for call in failed] == talker.refused, done.stderr[-3000:]
    assert sorted(as_told(call) for call in calls if call not in failed) == sorted(talker.calls)
    told: dict[str, Any] = json.loads((home / "used.json").read_text(encoding="utf-8"))
    assert (told["requests"], told["errors"]) == (len(calls), 1)


def check_keys_and_files(case: Case, home: Path, talker: Talker) -> None:
    """Hold a run to whose keys were sent, and to what it left in the client's own config."""
    keys = {key.removeprefix("Bearer ") for key in talker.keys}
    assert keys <= ({case.login} if case.login else {f"{KEY}-{name}" for name in PROVIDERS})
    assert WORD not in str(talker.keys)
    for place in CLIENTS[case.name].configs:
        path = place.path({}, home)
        assert not path.exists() or "127.0.0.1" not in path.read_text(encoding="utf-8")
