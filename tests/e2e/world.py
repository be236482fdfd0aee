"""One running proxy and the providers behind it, for real clients: what arrived where, and what was written down.

Each provider is a server of its own, so that a request at the wrong one is seen. Every key is a canary.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections import deque
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.request import Request, urlopen

from tests.e2e.serving import serving
from tests.proxy.fake_provider import in_thread, json_answer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator
    from pathlib import Path

    from tests.e2e.serving import Proxy
    from tests.proxy.fake_provider import FakeProvider, Received, Scripted

    Answering = Scripted | Callable[[Received], Scripted]
    Call = Callable[[str], Awaitable[Any]]

CLIENT_KEY = "sk-test-the-clients-own"
# Name: the type in config.toml, the path of the base URL, the header that its key goes in.
PROVIDERS = {
    "openai": ("openai", "/v1", b"authorization"),
    "anthropic": ("anthropic", "/v1", b"x-api-key"),
    "gemini": ("gemini", "/v1beta", b"x-goog-api-key"),
    "mistral": ("openai", "/v1", b"authorization"),
    "groq": ("openai", "/openai/v1", b"authorization"),
    "cerebras": ("openai", "/v1", b"authorization"),
    "narrow": ("openai", "/v1", b"authorization"),
    "strict": ("openai", "/v1", b"authorization"),
    "keyless": ("openai", "/v1", b"authorization"),
    "keyless-claude": ("anthropic", "/v1", b"x-api-key"),
    "keyless-gemini": ("gemini", "/v1beta", b"x-goog-api-key"),
}
# What stands in no file that the proxy writes: keys, and what was asked and answered.
UNTOLD = ("sk-test", "„Grüße“", "A red dot", "It is a red", "get_weather")
WITH_KEY = [name for name in PROVIDERS if not name.startswith("keyless")]
CREDENTIALS = frozenset({b"authorization", b"x-api-key", b"x-goog-api-key", b"api-key"})
_NOT_COMPARED = CREDENTIALS | {b"host", b"connection", b"x-tokencli-via", b"traceparent"}
_CHANGED_BY_ASKING = frozenset({b"content-length", b"accept-encoding"})
_ASKING = b'{"stream_options":{"include_usage":true},'
_MODELS = """
[models."keyless/small"]
provider = "keyless"
model = "small-1"
[models."keyless-claude/small"]
provider = "keyless-claude"
model = "claude-small-1"
[models."keyless-gemini/small"]
provider = "keyless-gemini"
model = "gemini-small-1"
[models."groq/gpt-oss-120b"]
provider = "groq"
model = "openai/gpt-oss-120b"
"""
# What can only be said once the proxy's own port is known. Nothing listens on port 1.
_AFTERWARDS = """
[providers.loop]
base_url = "{url}/v1"
api_key = "sk-test-canary-of-loop"
[providers.unreachable]
base_url = "http://127.0.0.1:1/v1"
api_key = "sk-test-canary-of-unreachable"
"""
_ROWS = """
SELECT o.key || '.' || (e.id & 1099511627775) AS event_id, f.provider_name, f.operation_name, f.request_model,
       f.response_model, f.client, f.agent, f.project, f.basis, f.finish, f.error_type, e.input_tokens,
       e.cache_read_tokens, e.cache_write_tokens, e.output_tokens, e.reasoning_tokens, e.list_cost_pico, s.name,
       d.conversation_id, d.response_id
FROM event AS e JOIN origin AS o ON o.id = e.id >> 40 JOIN facet AS f ON f.id = e.facet_id
LEFT JOIN event_detail AS d ON d.event_id = e.id LEFT JOIN session AS s ON s.id = f.session_id
WHERE e.id > ? ORDER BY e.id"""


class Row(NamedTuple):
    """One call in the ledger."""

    event_id: str
    provider_name: str
    operation_name: str
    request_model: str | None
    response_model: str | None
    client: str | None
    agent: str | None
    project: str | None
    basis: str
    finish: str
    error_type: str | None
    input_tokens: int | None
    cache_read_tokens: int | None
    cache_write_tokens: int | None
    output_tokens: int | None
    reasoning_tokens: int | None
    list_cost_pico: int | None
    session: str | None
    conversation_id: str | None
    response_id: str | None

    def says(self, **wanted: object) -> None:
        """Hold fields of the row to what they should be."""
        told = self._asdict()
        other = {name: (told[name], value) for name, value in wanted.items() if told[name] != value}
        assert not other, f"told, and wanted: {other}, of a row that ended with {self.error_type}: {self.event_id}"


@dataclass(frozen=True)
class Outcome:
    """What a client saw of a call that was made directly and through the proxy, and what the proxy made of it."""

    seen: Any
    request: Received
    row: Row


class World:
    """The proxy as `proxy`, the providers as `at`; one test at a time lives in it."""

    def __init__(self, proxy: Proxy, at: dict[str, FakeProvider], token: str | None = None) -> None:
        self.proxy = proxy
        self._headers = {"content-type": "application/json"} | ({"x-tokencli-token": token} if token else {})
        self.at = at
        self.url = proxy.url
        self.may_see_clients_key: set[str] = set()
        self.rows_unsent = 0
        self.posts_without_row = 0
        self._scripts: dict[tuple[str, str], deque[Answering]] = {}
        self._before = 0
        for name, provider in at.items():
            provider.choose = self._chooser(name)

    def _chooser(self, name: str) -> Callable[[Received], Scripted]:
        def choose(request: Received) -> Scripted:
            script = self._scripts.get((name, request.path))
            if script is None:
                return json_answer({"error": {"message": f"{name} has no script for {request.path}"}}, 404)
            answer = script.popleft() if len(script) > 1 else script[0]
            return answer(request) if callable(answer) else answer

        return choose

    def begin(self) -> None:
        """Forget the test before."""
        self._scripts.clear()
        self.may_see_clients_key.clear()
        self.rows_unsent = 0
        self.posts_without_row = 0
        self.forget_requests()
        self._before = self.proxy.rows("SELECT coalesce(max(id), 0) FROM event")[0][0]

    def forget_requests(self) -> None:
        """Forget what the providers were sent."""
        for provider in self.at.values():
            provider.requests.clear()

    def play(self, name: str, path: str, *answers: Answering) -> None:
        """Say how a path of a provider answers: one answer after the other, the last one again and again."""
        self._scripts[name, path] = deque(answers)

    @property
    def rows(self) -> list[Row]:
        """Return what the ledger holds of this test, the oldest first."""
        return [Row(*row) for row in self.proxy.rows(_ROWS, self._before)]

    @property
    def row(self) -> Row:
        """Return the only row of this test."""
        (row,) = self.rows
        return row

    def sent(self, name: str) -> list[Received]:
        """Return what a provider was sent, but for the questions whether it is another tokencli."""
        return [each for each in self.at[name].requests if not _is_probe(each)]

    async def same(
        self,
        name: str,
        call: Callable[[str], Awaitable[Any]],
        *,
        base: str = "",
        via: str = "",
        is_asking: bool = False,
    ) -> Outcome:
        """Make a call directly and through the proxy, and hold the second to the first on both its sides.

        `base` is what the client's base URL has behind the host, `via` what the proxy's has before that. `is_asking`
        says that the proxy asks for usage, which changes no other byte, and which the client must not notice.
        """
        directly = await call(f"{self.at[name].url}{base}")
        (direct,) = self.sent(name)
        self.forget_requests()
        seen = await call(f"{self.url}{via}{base}")
        (request,) = self.sent(name)
        assert seen == directly
        assert (request.method, request.target) == (direct.method, direct.target)
        dropped = _NOT_COMPARED | (_CHANGED_BY_ASKING if is_asking else frozenset())
        assert _headers(request, dropped) == _headers(direct, dropped)
        if is_asking:
            assert request.body == _ASKING + direct.body.removeprefix(b"{")
        else:
            assert request.body == direct.body
        return Outcome(seen, request, self.row)

    def check(self) -> None:
        """Hold the test to what is true of every test: whose keys went where, and that each call sent has a row."""
        for name, provider in self.at.items():
            for request in self.sent(name):
                self._check_keys(name, request)
            assert [each for each in provider.requests if _is_probe(each) and b"sk-test" in each.raw] == []
        posts = [each for name in self.at for each in self.sent(name) if each.method == "POST"]
        assert len(self.rows) + self.posts_without_row == len(posts) + self.rows_unsent

    def _check_keys(self, name: str, request: Received) -> None:
        strangers = [key_of(each) for each in PROVIDERS if each != name]
        if name not in self.may_see_clients_key:
            strangers.append(CLIENT_KEY)
            manner = b"authorization" if "/openai/" in request.target else PROVIDERS[name][2]
            key = key_of(name).encode()
            wanted = [(manner, b"Bearer " + key if manner == b"authorization" else key)]
            given = [(each.lower(), value) for each, value in request.headers if each.lower() in CREDENTIALS]
            assert given == wanted, request.target
        assert [key for key in strangers if key.encode() in request.raw] == []

    def leave(self) -> None:
        """Hold the whole run to what is true of every run: it stumbled over nothing, and kept no key and no text."""
        assert self.ask("GET", "/health")["measuring_failures"] == 0
        assert self.proxy.stop() == 0
        place = self.proxy.ledger.parent
        assert "Traceback" not in (place / "stderr.txt").read_text(encoding="utf-8")
        files = [each for each in place.rglob("*") if each.is_file() and each.name != "config.toml"]
        told = {each.name: [word for word in UNTOLD if word.encode() in each.read_bytes()] for each in files}
        assert "ledger.db" in told
        assert [name for name, words in told.items() if words] == [], told

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Ask the proxy itself, and return the JSON of its answer."""
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"{self.url}{path}", data, self._headers, method=method)  # noqa: S310
        with urlopen(request, timeout=30) as answer:  # noqa: S310
            return json.loads(answer.read())

    def configure(self, table: str) -> None:
        """Write a table of a provider into config.toml of the running proxy, and wait until it holds."""
        with self.proxy.ledger.with_name("config.toml").open("a", encoding="utf-8") as config:
            config.write(table)
        names = set(re.findall(r"^\[providers\.(\w+)]", table, re.MULTILINE))
        until(lambda: names <= {each["name"] for each in self.ask("GET", "/api/providers")["providers"]})

    def begin_session(self, name: str, **wish: str) -> None:
        """Begin a session; it becomes the active one, until another one does."""
        self.ask("POST", "/api/sessions", {"name": name, **wish})

    def end_session(self, name: str) -> None:
        """End a session, as another process does it."""
        command = [sys.executable, "-m", "tokencli", "--db", str(self.proxy.ledger), "session", "end", name]
        subprocess.run(command, check=True, capture_output=True)


def until(is_so: Callable[[], bool]) -> None:
    """Look again and again whether something is so; fail after half a minute."""
    for _ in range(600):
        if is_so():
            return
        time.sleep(0.05)
    assert is_so()


def key_of(name: str) -> str:
    """Return a provider's canary."""
    return f"sk-test-canary-of-{name}"


def _is_probe(request: Received) -> bool:
    return request.method == "GET" and request.target.endswith("/health")


def _headers(request: Received, dropped: frozenset[bytes]) -> list[tuple[bytes, bytes]]:
    return sorted((name.lower(), value) for name, value in request.headers if name.lower() not in dropped)


def _config(ports: dict[str, int]) -> str:
    tables = [
        f'[providers.{name}]\ntype = "{kind}"\nbase_url = "http://127.0.0.1:{ports[name]}{path}"\n'
        f'api_key_env = "{_variable(name)}"\nrpm = {1 if name == "narrow" else 0}\n'
        for name, (kind, path, _) in PROVIDERS.items()
    ]
    return "".join(tables) + _MODELS


def _variable(name: str) -> str:
    return f"{name.upper().replace('-', '_')}_API_KEY"


@contextmanager
def living(place: Path, token: str | None = None) -> Generator[World]:
    """Run the providers and the proxy in front of them, which asks for a token where one is given."""
    environ = {_variable(name): key_of(name) for name in WITH_KEY} | {"HOME": str(place)}
    with ExitStack() as stack:
        at = {name: stack.enter_context(in_thread()) for name in PROVIDERS}
        arguments = [] if token is None else ["--token", token]
        config = _config({name: provider.port for name, provider in at.items()})
        world = World(stack.enter_context(serving(place, config, environ, *arguments)), at, token)
        world.configure(_AFTERWARDS.format(url=world.url))
        yield world
        world.leave()
