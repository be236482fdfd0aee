"""The whole of `tokencli serve`, as a process, from outside."""

import json
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tests.cli.conftest import Typed
from tests.cli.running import CHAT, KEY, command, config_for, serve, stream_events, whole_answer
from tests.proxy.fake_provider import FakeProvider, in_thread, json_answer, stream_answer
from tokencli.services.estimate import Estimator
from tokencli.services.report import Question, events
from tokencli.store.database import open_ledger

PATH = "/v1/chat/completions"
SLOW = 0.05


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    """Give a provider that answers in one piece."""
    with in_thread() as fake:
        fake.script(PATH, json_answer(whole_answer()))
        yield fake


@pytest.fixture
def config(provider: FakeProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a configuration that points at the provider, with its key in the environment."""
    monkeypatch.setenv("MISTRAL_API_KEY", KEY)
    return config_for(tmp_path, provider.url)


def rows(home: Path) -> list[tuple[str, int | None, int | None]]:
    """Return finish and tokens of each call in the ledger, in the order of time."""
    with open_ledger(home / "tokencli" / "ledger.db", write=False) as database:
        calls = list(events(database, Question(zone="UTC"), now=datetime.now(tz=UTC)))
    return [(call.finish, call.input_tokens, call.output_tokens) for call in calls]


def test_the_start_tells_base_urls_keys_ledger_session_and_what_was_recovered(config: Path, home: Path) -> None:
    with serve(config) as running:
        started = running.started
        assert started["base_urls"] == {
            "openai": f"{running.base_url}/v1",
            "anthropic": running.base_url,
            "gemini": running.base_url,
            "one_provider": f"{running.base_url}/p/NAME",
            "one_session": f"{running.base_url}/s/NAME/v1",
        }
        providers = {each["name"]: each["has_key"] for each in started["providers"]}
        assert providers["mistral"] is True
        assert providers["openai"] is False
        assert started["ledger"] == str(home / "tokencli" / "ledger.db")
        assert started["session"] is None
        assert started["recovered"] == {"unknown": 0, "spooled": 0, "broken": 0}
        running.process.terminate()
        assert running.ended() == (0, "")


def test_calls_pass_both_ways_and_are_in_the_ledger_when_their_answers_end(
    config: Path, home: Path, provider: FakeProvider
) -> None:
    with serve(config) as running, httpx.Client(base_url=running.base_url) as client:
        answer = client.post(PATH, json=CHAT)
        assert answer.json() == whole_answer()
        assert answer.headers["x-tokencli-event-id"].endswith(".1")
        events = stream_events(3)
        provider.script(PATH, stream_answer(*events))
        assert client.post(PATH, json={**CHAT, "stream": True}).content == b"".join(events)
        assert rows(home) == [("ok", 10, 5), ("ok", 10, 5)]
        assert client.get("/health").json()["open_calls"] == 0
    sent = provider.requests[-1]
    assert sent.one(b"authorization") == f"Bearer {KEY}".encode()
    assert json.loads(sent.body)["model"] == "mistral-large-2411"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_in_the_middle_of_a_stream_lets_it_end_and_exits_with_0(
    config: Path, home: Path, provider: FakeProvider, number: signal.Signals
) -> None:
    events = stream_events(8)
    provider.script(PATH, stream_answer(*events, pause_s=SLOW))
    with serve(config) as running, httpx.Client(base_url=running.base_url) as client:
        with client.stream("POST", PATH, json={**CHAT, "stream": True}) as answer:
            pieces = answer.iter_raw()
            got = next(pieces)
            running.process.send_signal(number)
            got += b"".join(pieces)
        assert got == b"".join(events)
        code, said = running.ended()
    assert code == 0
    assert said == "tokencli: stopping: 1 call may take 30 s to end; once more breaks them off.\n"
    assert rows(home) == [("ok", 10, 5)]


def test_a_second_signal_breaks_the_stream_off_settles_it_and_exits_with_0(
    config: Path, home: Path, provider: FakeProvider
) -> None:
    provider.script(PATH, stream_answer(*stream_events(1000), pause_s=SLOW))
    with serve(config) as running, httpx.Client(base_url=running.base_url) as client:
        with client.stream("POST", PATH, json={**CHAT, "stream": True}) as answer:
            pieces = answer.iter_raw()
            next(pieces)
            running.process.terminate()
            assert running.process.stderr is not None
            assert running.process.stderr.readline().startswith("tokencli: stopping: 1 call ")
            running.process.terminate()
            with pytest.raises(httpx.RemoteProtocolError):
                list(pieces)
        assert running.ended() == (0, "tokencli: 1 call broken off and settled with what was known.\n")
    ((finish, _, _),) = rows(home)
    assert finish == "cancelled"


def test_it_stops_when_its_standard_input_ends_and_lets_the_stream_end(
    config: Path, home: Path, provider: FakeProvider
) -> None:
    events = stream_events(8)
    provider.script(PATH, stream_answer(*events, pause_s=SLOW))
    line = command("serve", "--port", "0", "--json", "--until-eof", "--config", str(config))
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        base_url = json.loads(process.stdout.readline())["base_urls"]["anthropic"]
        with httpx.stream("POST", f"{base_url}{PATH}", json={**CHAT, "stream": True}) as answer:
            pieces = answer.iter_raw()
            got = next(pieces)
            process.stdin.close()
            got += b"".join(pieces)
        assert got == b"".join(events)
        assert process.wait(30) == 0
    assert rows(home) == [("ok", 10, 5)]


def test_a_file_as_standard_input_cannot_be_heard_to_end(config: Path) -> None:
    line = command("serve", "--port", "0", "--until-eof", "--config", str(config))
    with config.open("rb") as file:
        done = subprocess.run(line, stdin=file, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 2
    assert done.stderr == "tokencli: --until-eof wants a pipe or a terminal as standard input: leave it out.\n"


def test_what_a_crash_leaves_open_is_settled_as_unknown_at_the_next_start(
    config: Path, home: Path, provider: FakeProvider
) -> None:
    provider.script(PATH, stream_answer(*stream_events(1000), pause_s=SLOW))
    with (
        serve(config) as running,
        httpx.Client(base_url=running.base_url) as client,
        client.stream("POST", PATH, json={**CHAT, "stream": True}) as answer,
    ):
        pieces = answer.iter_raw()
        next(pieces)
        running.process.kill()
        with pytest.raises(httpx.RemoteProtocolError):
            list(pieces)
    with serve(config) as running:
        assert running.started["recovered"] == {"unknown": 1, "spooled": 0, "broken": 0}
    assert [finish for finish, _, _ in rows(home)] == ["unknown"]


def test_what_estimates_have_learned_is_kept_for_the_next_start(config: Path, home: Path) -> None:
    with serve(config) as running, httpx.Client(base_url=running.base_url) as client:
        for _ in range(3):
            client.post(PATH, json=CHAT)
        running.process.terminate()
        assert running.ended() == (0, "")
    with open_ledger(home / "tokencli" / "ledger.db", write=False) as database, database.reading() as connection:
        learned = Estimator.from_ledger(connection).calibrations
    assert {(subject.provider_name, subject.model) for subject in learned} == {("mistral", "mistral-large-2411")}
    assert {one.samples for one in learned.values()} == {3}


def test_without_a_key_the_answer_names_the_variable_and_nothing_is_sent(
    config: Path, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MISTRAL_API_KEY")
    with serve(config) as running:
        answer = httpx.post(running.base_url + PATH, json=CHAT)
    assert answer.status_code == 401
    assert "MISTRAL_API_KEY" in answer.json()["error"]["message"]
    assert not [request for request in provider.requests if request.method == "POST"]


def test_the_token_is_asked_for_and_never_sent_on(config: Path, provider: FakeProvider) -> None:
    with serve(config, "--token", "s3cret-token") as running, httpx.Client(base_url=running.base_url) as client:
        assert running.started["needs_token"] is True
        for path in ("/health", "/v1/models", "/", "/nowhere"):
            assert client.get(path).status_code == 401
        assert client.post(PATH, json=CHAT).status_code == 401
        headers = {"authorization": "Bearer s3cret-token", "x-tokencli-token": "s3cret-token"}
        assert client.post(f"{PATH}?key=s3cret-token", json=CHAT, headers=headers).status_code == 200
    assert provider.requests
    assert not [request for request in provider.requests if b"s3cret" in request.raw]


HOSTILE = (
    {"host": "evil.example"},
    {"host": "evil.example:8000"},
    {"host": "127.0.0.1.nip.io:8000"},
    {"host": "localhost.evil.example"},
    {"origin": "http://evil.example"},
    {"origin": "https://evil.example", "content-type": "text/plain"},
    {"origin": "http://localhost:3000"},
    {"origin": "null"},
    {"origin": "file://"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"origin": "http://evil.example", "access-control-request-method": "POST"},
    {"origin": "http://evil.example", "connection": "Upgrade", "upgrade": "websocket"},
)


def test_hostile_pages_reach_neither_a_provider_nor_the_ledger(
    config: Path, provider: FakeProvider, home: Path
) -> None:
    asked = (("POST", PATH), ("POST", "/p/mistral/v1/x"), ("POST", "/api/sessions"), ("GET", "/api/report"))
    with serve(config) as running, httpx.Client(base_url=running.base_url) as client:
        for headers in HOSTILE:
            for method, path in (*asked, ("OPTIONS", PATH)):
                answer = client.request(method, path, headers=headers, content=json.dumps(CHAT))
                assert answer.status_code == 403, (headers, method, path)
                assert not [name for name in answer.headers if name.startswith("access-control")]
        assert client.get("/api/sessions").json() == {"sessions": []}
    assert provider.requests == []
    assert rows(home) == []


def test_a_websocket_is_answered_426_and_a_large_body_413(config: Path, provider: FakeProvider) -> None:
    with serve(config) as running, httpx.Client(base_url=running.base_url) as client:
        upgrade = {"connection": "Upgrade", "upgrade": "websocket", "sec-websocket-version": "13"}
        assert client.get("/v1/responses", headers=upgrade).status_code == 426
        answer = client.post("/v1/messages", content=b"x" * (2**20 + 1), headers={"content-type": "application/json"})
        assert answer.status_code == 413
        assert answer.json()["error"]["type"] == "request_too_large"
    assert provider.requests == []


def test_slow_headers_are_refused_at_the_deadline(config: Path) -> None:
    with serve(config) as running, socket.create_connection(("127.0.0.1", running.port)) as slow:
        begun = time.monotonic()
        slow.sendall(b"POST /v1/messages HTTP/1.1\r\nHost: localhost\r\n")
        slow.settimeout(20)
        assert slow.recv(1000).startswith(b"HTTP/1.1 408 ")
        assert time.monotonic() - begun < 15


def test_a_session_begun_over_http_gets_the_calls_of_its_path(config: Path, provider: FakeProvider) -> None:
    with serve(config) as running, httpx.Client(base_url=running.base_url) as client:
        client.post("/api/sessions", json={"name": "work", "provider": "mistral"})
        client.post("/api/sessions", json={"name": "other", "provider": "mistral"})
        assert client.post(f"/s/work{PATH}", json=CHAT).status_code == 200
        sessions = {each["name"]: each for each in client.get("/api/sessions").json()["sessions"]}
        assert (sessions["work"]["requests"], sessions["other"]["requests"]) == (1, 0)
        assert client.get("/health").json()["provider"] == "mistral"
        assert client.get("/api/report?by=session").json()["totals"]["requests"] == 1
    assert len([request for request in provider.requests if request.method == "POST"]) == 1


def test_a_bind_that_others_reach_is_refused_without_a_token(config: Path) -> None:
    everywhere = command("serve", "--host", "0.0.0.0", "--port", "0", "--config", str(config))  # noqa: S104  refused
    told = subprocess.run(everywhere, capture_output=True, text=True, check=False)
    assert told.returncode == 2
    assert told.stderr.startswith("tokencli: 0.0.0.0 can be reached from other machines: say --token")
    assert told.stderr.count("\n") == 1
    told = subprocess.run([*everywhere, "--token", "x"], capture_output=True, text=True, check=False)
    assert told.returncode == 2
    assert told.stderr.startswith("tokencli: a token of fewer than 16 characters can be found by trying")


def test_a_port_in_use_is_one_sentence_and_exit_code_5(config: Path) -> None:
    with serve(config) as running:
        again = subprocess.run(
            command("serve", "--port", str(running.port), "--config", str(config)),
            capture_output=True,
            text=True,
            check=False,
        )
    assert again.returncode == 5
    assert again.stderr == (
        f"tokencli: port {running.port} on 127.0.0.1 is in use, perhaps by another 'tokencli serve': "
        "stop it, or choose with --port.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--port", "65536"), 2, "65536 is no port"),
        (("--port", "0", "--token", "two words"), 2, "a token is made of"),
        (("--port", "0", "--config", "missing.toml"), 3, "missing.toml"),
        (("--port", "0", "--db", "/dev/null/ledger.db"), 4, "/dev/null/ledger.db cannot be used"),
    ],
)
def test_what_cannot_start_says_why_in_one_sentence(
    typed: Callable[..., Typed], arguments: tuple[str, ...], code: int, words: str
) -> None:
    told = typed("serve", *arguments)
    assert told.code == code
    assert words in told.err
    assert told.err.count("\n") == 1
    assert told.out == ""


def test_a_wrong_configuration_names_its_line_and_nothing_listens(typed: Callable[..., Typed], tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[providers.mistral]\ntype = "openai"\nbase_ulr = "http://127.0.0.1:1/v1"\n', encoding="utf-8")
    told = typed("serve", "--port", "0", "--config", path)
    assert told.code == 3
    assert "line 3" in told.err
    assert "base_url" in told.err


def test_a_configuration_that_changes_is_in_force_and_a_wrong_one_is_not(config: Path) -> None:
    def models(client: httpx.Client, wanted: set[str]) -> bool:
        return {each["id"] for each in client.get("/v1/models").json()["data"]} == wanted

    with serve(config) as running, httpx.Client(base_url=running.base_url) as client:
        right = config.read_text()
        added = right + '[models."mistral/small"]\nprovider = "mistral"\nmodel = "small"\n'
        config.write_text(added, encoding="utf-8")
        both = {"mistral/mistral-large-2411", "mistral/small"}
        deadline = time.monotonic() + 10
        while not models(client, both):
            assert time.monotonic() < deadline
        config.write_text(added + "nonsense", encoding="utf-8")
        deadline = time.monotonic() + 1
        while time.monotonic() < deadline:
            assert models(client, both)
        running.process.terminate()
        code, said = running.ended()
    assert code == 0
    assert said.count("What was read from it before stays in force.") == 1
