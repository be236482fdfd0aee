import os
import signal
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import config_for
from tests.e2e.world import until
from tokencli.cli.globals import Globals, from_environment
from tokencli.cli.own_proxy import ProxyNotStartedError, keyed_of, own_proxy

LOG = "run/claude.log"
# Starts a proxy, says where it is, and dies without a word.
_DIES = """
import os, sys
from pathlib import Path
from typing import Any
from tokencli.cli.globals import from_environment
from tokencli.cli.own_proxy import own_proxy
with own_proxy(from_environment(), os.environ, Path(sys.argv[1])) as own:
    print(own.base_url, flush=True)
    os.kill(os.getpid(), 9)
"""


def status_of(base_url: str) -> int:
    connection = HTTPConnection(base_url.removeprefix("http://"), timeout=10)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status
    finally:
        connection.close()


def listener_of(port: str) -> int:
    """Return the child of this process that has a proxy's command line; there is one at a time."""
    assert port
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii").split()
    return next(int(pid) for pid in children if b"--until-eof" in Path(f"/proc/{pid}/cmdline").read_bytes())


def is_gone(base_url: str) -> bool:
    try:
        status_of(base_url)
    except ConnectionError:
        return True
    return False


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Globals:
    monkeypatch.setenv("MISTRAL_API_KEY", "sk-test")
    monkeypatch.setenv("TOKENCLI_CONFIG", str(config_for(tmp_path, "http://127.0.0.1:1")))
    return from_environment()


def test_it_answers_while_it_is_needed_and_leaves_no_empty_log(given: Globals, tmp_path: Path) -> None:
    with own_proxy(given, os.environ, tmp_path / LOG) as own:
        assert status_of(own.base_url) == 200
        assert "mistral" in own.keyed
        assert "openai" not in own.keyed
    with pytest.raises(ConnectionRefusedError):
        status_of(own.base_url)
    assert not (tmp_path / LOG).exists()


def test_what_it_had_to_say_is_told_at_the_end(
    given: Globals, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / LOG
    with own_proxy(given, os.environ, log):
        log.write_text("tokencli: the day's limit is passed.\n", encoding="utf-8")
    assert capsys.readouterr().err == "tokencli: the day's limit is passed.\n"
    assert not log.exists()
    with own_proxy(given, os.environ, log):
        log.write_text("a\nb\x1b[2J\nc\nd\ne\nf\n", encoding="utf-8")
    told = capsys.readouterr().err
    assert "\x1b" not in told
    assert told.endswith(f"tokencli: e\ntokencli: the proxy of this run said more: {log} has all of it.\n")
    assert log.exists()


def test_a_quiet_one_says_nothing_and_leaves_its_log(
    given: Globals, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with own_proxy(given, os.environ, tmp_path / LOG, is_quiet=True):
        (tmp_path / LOG).write_text("tokencli: the day's limit is passed.\n", encoding="utf-8")
    assert capsys.readouterr().err == ""
    assert (tmp_path / LOG).exists()


def test_it_asks_for_no_token_where_the_users_own_proxy_does(given: Globals, tmp_path: Path) -> None:
    with own_proxy(given, {**os.environ, "TOKENCLI_TOKEN": "0123456789abcdef"}, tmp_path / LOG) as own:
        assert status_of(own.base_url) == 200


def test_modules_of_the_folder_at_hand_are_not_taken_for_pythons(
    given: Globals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('the wrong one')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with own_proxy(given, os.environ, tmp_path / LOG) as own:
        assert status_of(own.base_url) == 200


def test_one_that_cannot_start_gives_its_reason_and_its_exit_code(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[servr]\n", encoding="utf-8")
    with (
        pytest.raises(ProxyNotStartedError, match="servr") as raised,
        own_proxy(Globals(config=str(config)), os.environ, tmp_path / LOG),
    ):
        pass
    assert raised.value.exit_code == 3
    assert (tmp_path / LOG).exists()


@pytest.mark.skipif(sys.platform != "linux", reason="the proxy's process is looked up in /proc")
def test_one_that_is_killed_meanwhile_is_told_of(
    given: Globals, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with own_proxy(given, os.environ, tmp_path / LOG) as own:
        port = own.base_url.rpartition(":")[2]
        killed = "import os, signal, sys; os.kill(int(sys.argv[1]), signal.SIGKILL)"
        subprocess.run([sys.executable, "-c", killed, str(listener_of(port))], check=True)
        until(lambda: is_gone(own.base_url))
    assert "ended before its time, with exit code -9" in capsys.readouterr().err


def test_it_does_not_outlive_a_starter_that_was_killed(given: Globals, tmp_path: Path) -> None:
    assert given.config
    line = [sys.executable, "-c", _DIES, str(tmp_path / LOG)]
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    until(lambda: is_gone(done.stdout.strip()))


def test_providers_with_a_key_are_known_by_name() -> None:
    told: list[dict[str, Any]] = [
        {"name": "openai", "has_key": True},
        {"name": "groq", "has_key": False},
        {"name": "own"},
    ]
    assert keyed_of(told) == {"openai"}
