"""The whole of `tokencli run` around a client that makes one call, or none."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli.running import CHAT, KEY, command, config_for, serve, whole_answer
from tests.proxy.fake_provider import FakeProvider, in_thread, json_answer
from tokencli.config.settings import load_settings
from tokencli.services.sessions import views_of
from tokencli.store.database import open_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tokencli.services.sessions import SessionView

PATH = "/v1/chat/completions"
_CLIENT = f"""
import json, os, sys, urllib.request
url = os.environ["OPENAI_BASE_URL"]
body, kind = {json.dumps(CHAT).encode()!r}, {{"content-type": "application/json"}}
request = urllib.request.Request(url + "/chat/completions", body, kind)
print(json.load(urllib.request.urlopen(request))["choices"][0]["message"]["content"], url, sys.argv[1:])
sys.exit(3)
"""
_WAITS = """
import signal, sys
signal.signal(signal.SIGHUP, lambda *_: sys.exit(9))
print("up", flush=True)
signal.pause()
"""


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    with in_thread() as fake:
        fake.script(PATH, json_answer(whole_answer()))
        yield fake


@pytest.fixture
def config(provider: FakeProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MISTRAL_API_KEY", KEY)
    path = config_for(tmp_path, provider.url)
    monkeypatch.setenv("TOKENCLI_CONFIG", str(path))
    return path


def run(*options: str, script: str = _CLIENT) -> subprocess.CompletedProcess[str]:
    line = command("run", *options, "--", sys.executable, "-c", script, "-p", "Hi")
    return subprocess.run(line, capture_output=True, text=True, check=False, timeout=60)


def sessions(home: Path, config: Path) -> list[SessionView]:
    with open_ledger(home / "tokencli" / "ledger.db", write=False) as database, database.reading() as connection:
        return views_of(connection, load_settings(config), with_ended=True)


def test_without_a_proxy_one_is_started_and_the_clients_exit_code_passed_on(home: Path, config: Path) -> None:
    done = run()
    assert done.returncode == 3
    (said, url, *arguments) = done.stdout.split()
    assert said == "hi"
    assert " ".join(arguments) == "['-p', 'Hi']"
    (view,) = sessions(home, config)
    assert url.endswith(f"/s/{view.session.name}/v1")
    assert view.session.ended_at is not None
    assert view.requests == 1
    lines = done.stderr.split("\n")
    assert f"session {view.session.name}, through a proxy of its own at {url.partition('/s/')[0]}" in lines[0]
    assert lines[1].startswith("tokencli: 1 call in ")
    assert lines[2] == "  tokens   10 in, 5 out"
    assert not list((home / "tokencli" / "cache" / "run").iterdir())


def test_a_running_proxy_of_the_same_ledger_is_used_and_left_running(home: Path, config: Path) -> None:
    with serve(config) as running:
        with config.open("a", encoding="utf-8") as file:
            file.write(f"port = {running.port}\n")
        done = run("--session", "mine")
        assert f"{running.base_url}/s/mine/v1" in done.stdout
        assert f"session mine, through the proxy at {running.base_url}." in done.stderr
        assert running.process.poll() is None
        (view,) = sessions(home, config)
    assert (view.session.name, view.session.ended_at, view.session.is_active) == ("mine", None, False)


def test_a_running_proxy_that_ends_during_the_run_is_told_of(config: Path) -> None:
    with serve(config) as running:
        with config.open("a", encoding="utf-8") as file:
            file.write(f"port = {running.port}\n")
        pid = running.process.pid
        place = ("127.0.0.1", running.port)
        # The process is gone a little before its socket is.
        refused = f"while socket.socket().connect_ex({place!r}) == 0: pass"
        done = run(script=f"import os, socket; os.kill({pid}, 9)\n{refused}")
    assert f"the proxy at {running.base_url} ended before this run did" in done.stderr


def test_a_running_proxy_of_another_ledger_is_not_used_and_told_of(config: Path, tmp_path: Path) -> None:
    with serve(config, "--db", str(tmp_path / "other.db")) as running:
        with config.open("a", encoding="utf-8") as file:
            file.write(f"port = {running.port}\n")
        done = run()
        assert f"{running.base_url}/" not in done.stdout
        assert "writes another ledger, so this run gets a proxy of its own" in done.stderr


def test_the_summary_is_json_where_it_is_asked_for(config: Path, tmp_path: Path) -> None:
    assert config
    done = run("--json", "--summary", str(tmp_path / "used.json"))
    told = json.loads(done.stderr.partition("\n")[2])
    assert (told["requests"], told["input_tokens"], told["exit_code"]) == (1, 10, 3)
    assert json.loads((tmp_path / "used.json").read_text(encoding="utf-8")) == told


def test_quiet_says_nothing(config: Path) -> None:
    assert config
    assert run("--quiet").stderr == ""


def test_a_client_that_was_interrupted_is_no_interruption_of_tokencli(config: Path) -> None:
    assert config
    done = run("--quiet", script="raise SystemExit(130)")
    assert (done.returncode, done.stderr) == (130, "")


def test_the_client_gets_nothing_that_is_for_tokenclis_own_start(config: Path) -> None:
    assert config
    done = run("--quiet", script="import os; print(sorted(name for name in os.environ if 'PYDANTIC' in name))")
    assert done.stdout == "[]\n"


def test_a_client_runs_where_stderr_was_closed(config: Path) -> None:
    assert config
    line = ["sh", "-c", 'exec "$@" 2>&-', "sh", *command("run", "--", sys.executable, "-c", "print('hi')")]
    done = subprocess.run(line, stdout=subprocess.PIPE, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, "hi\n")


def test_nothing_is_started_for_a_client_that_is_not_there(home: Path, config: Path) -> None:
    assert config
    done = subprocess.run(command("run", "--", "nothing-here"), capture_output=True, text=True, check=False)
    assert done.returncode == 127
    assert done.stderr == "tokencli: there is no program 'nothing-here' here: install it, or write its whole path.\n"
    assert not (home / "tokencli" / "ledger.db").exists()


def test_the_clients_code_stands_when_the_summary_cannot_be_written(config: Path, tmp_path: Path) -> None:
    assert config
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = run("--summary", str(tmp_path / "file" / "used.json"))
    assert done.returncode == 3
    assert "cannot write" in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="it takes setsid --ctty")
def test_the_clients_code_stands_when_the_terminal_was_closed(home: Path, config: Path) -> None:
    terminal, side = pty.openpty()
    line = ["setsid", "--ctty", "--wait", *command("run", "--", sys.executable, "-c", _WAITS)]
    with subprocess.Popen(line, stdin=side, stdout=subprocess.PIPE, stderr=side) as process:
        os.close(side)
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        os.close(terminal)
        assert process.wait(30) == 9
    (view,) = sessions(home, config)
    assert view.session.ended_at is not None


def test_files_for_the_run_are_gone_afterwards(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert config
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    aider = tmp_path / "aider"
    aider.write_text('#!/bin/sh\ncat "$AIDER_MODEL_SETTINGS_FILE"\n', encoding="utf-8")
    aider.chmod(0o755)
    line = command("run", "--", str(aider))
    done = subprocess.run(line, capture_output=True, text=True, check=True, env=dict(os.environ))
    assert "User-Agent: aider" in done.stdout
    assert list(temporary.iterdir()) == []
