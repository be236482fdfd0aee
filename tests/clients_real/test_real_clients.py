"""Each real client through `tokencli run`: what the ledger holds is what the provider's own log says, call by call."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.clients_real.cases import CASES, KIMI_LOGIN, LOGINS, Case
from tests.clients_real.runs import KEY, PROVIDERS, as_told, calls_of, client_of, run
from tokencli.clients.client import WORD
from tokencli.clients.registry import CLIENTS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.clients_real.talker import Talker

FIRST_CASES = [next(case for case in CASES if case.name == name) for name in CLIENTS]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_every_call_is_in_the_ledger_once_with_the_providers_own_counts(
    case: Case, config: Path, home: Path, talker: Talker, tried: list[str]
) -> None:
    client = client_of(case.name)
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


def test_kimi_codes_login_pays_for_a_run_where_tokencli_has_no_key(
    config: Path, home: Path, talker: Talker, tried: list[str]
) -> None:
    case = next(case for case in CASES if case.name == "kimi")
    client = client_of(case.name)
    keyed = config.read_text(encoding="utf-8")
    config.write_text(keyed.replace(f'api_key = "{KEY}-managed:kimi-code"\n', ""), encoding="utf-8")
    for name, text in KIMI_LOGIN.items():
        (home / name).parent.mkdir(exist_ok=True)
        (home / name).write_text(text, encoding="utf-8")
    done = run(case, client, config, home / "used.json")
    calls = calls_of(home / "tokencli" / "ledger.db")
    tried.append(f"{case.name} {client.version}: {len(talker.calls)} calls by its login")
    assert done.returncode == 0, done.stderr[-3000:]
    assert sorted(map(as_told, calls)) == sorted(talker.calls)
    assert talker.calls
    assert talker.keys == {"Bearer own"}
    assert {name: (home / name).read_text(encoding="utf-8") for name in KIMI_LOGIN} == KIMI_LOGIN


@pytest.mark.parametrize("case", FIRST_CASES, ids=lambda case: case.id)
def test_a_refused_call_is_in_the_ledger_beside_what_follows(
    case: Case, config: Path, home: Path, talker: Talker, tried: list[str]
) -> None:
    client = client_of(case.name)
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
