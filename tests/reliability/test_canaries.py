"""Keys, prompts and answers are canaries here: after calls of every kind none is found where it does not belong."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import AsyncExitStack
from os import environ
from typing import TYPE_CHECKING

from tests.async_runs import async_test
from tests.e2e.serving import serving
from tests.proxy.fake_provider import Ending, FakeProvider, Received, Scripted, json_answer
from tests.reliability.protocols import SPEECHES, whole_answer
from tests.reliability.rig import call, call_of, calls_at, get, row_of, until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.serving import Proxy

CLIENT_KEY = "sk-test-of-the-client-canary"
PROMPT, ANSWER = "prompt-canary-8151", "answer-canary-9263"
BODY = SPEECHES["chat"]("").body.replace(b"Say hello", PROMPT.encode())
OWN_PATHS = (
    "/",
    "/health",
    "/models",
    "/v1/models",
    "/api/models",
    "/api/providers",
    "/api/sessions",
    "/api/sessions/active",
    "/api/rate-limit",
    "/api/report?by=model",
    "/api/export/csv",
    "/api/export/json",
    "/no/such/path",
    f"/v1/models/{PROMPT}",
)
COMMANDS = (
    ("report", "--period", "all", "--csv"),
    ("report", "--period", "all", "--json", "--by", "client"),
    ("session", "list", "--json"),
    ("session", "export", "work", "--format", "json"),
    ("providers", "--json"),
    ("doctor", "--offline"),
    ("config", "show"),
    ("db", "info", "--json"),
    ("explain", "--last"),
)
CLIENT = tuple(
    f"{name}: {value}".encode()
    for name, value in (
        ("Authorization", f"Bearer {CLIENT_KEY}"),
        ("X-Api-Key", CLIENT_KEY),
        ("X-Goog-Api-Key", CLIENT_KEY),
    )
)


def key_of(name: str) -> str:
    return f"sk-test-of-{name}-canary"


def choose(request: Received) -> Scripted:
    """Answer with the canary of answers, in every manner, and echo the key as careless providers do."""
    name = call_of(request)
    if request.method != "POST":
        return whole_answer("")
    kind = name.partition(".")[0]
    if kind == "error":
        error = {"message": f"Incorrect API key: {CLIENT_KEY} {key_of('chat')}; you said {PROMPT}", "code": "bad_key"}
        return json_answer({"error": error}, 401, b"Unauthorized")
    answer = SPEECHES["chat"](name).answer()
    pieces = tuple(piece.replace(b"wide ", ANSWER.encode()) for piece in answer.pieces)
    answer = Scripted(headers=answer.headers, pieces=pieces, framing=answer.framing)
    return answer.cut(sum(map(len, pieces[:3])), Ending.FIN) if kind == "cut" else answer


def hits(place: Path, canaries: list[str], but: Path) -> list[tuple[str, str]]:
    """Return in which files below a place which canaries are."""
    files = [path for path in place.rglob("*") if path.is_file() and path != but]
    assert files
    return [(path.name, each) for path in files for each in canaries if each.encode() in path.read_bytes()]


async def make_calls(proxy: Proxy) -> None:
    """Make calls that go well, that fail, that are cut, and that are refused."""
    for kind in ("whole", "error", "cut"):
        for name in ("chat", "other"):
            await call(proxy, f"/p/{name}/v1/chat/completions", BODY, f"{kind}.{name}", *CLIENT)
    await call(proxy, "/p/keyless/v1/chat/completions", BODY, "whole.keyless", CLIENT[0])
    for path in ("/p/dead/v1/chat/completions", "/p/none/v1/chat/completions", "/s/none/v1/chat/completions"):
        await call(proxy, path, BODY, "refused", *CLIENT)
    await call(proxy, "/p/chat/v1/chat/completions", b"{broken" + BODY, "whole.broken", *CLIENT)
    await call(proxy, "/v1/chat/completions", BODY.replace(b'"m"', b'"nobody/knows"'), "refused", *CLIENT)
    await row_of(proxy.ledger, "whole.keyless")


@async_test
async def test_no_key_prompt_or_answer_is_found_where_it_does_not_belong(tmp_path: Path) -> None:
    names = ("chat", "other", "keyless", "dead")
    canaries = [CLIENT_KEY, PROMPT, ANSWER, *map(key_of, names)]
    async with AsyncExitStack() as stack:
        at = {name: await stack.enter_async_context(FakeProvider()) for name in names[:3]}
        for provider in at.values():
            provider.choose = choose
        urls = {name: f"{provider.url}/v1" for name, provider in at.items()} | {"dead": "http://127.0.0.1:9/v1"}
        setting = "".join(
            f'[providers.{name}]\ntype = "openai"\nbase_url = "{url}"\napi_key_env = "{name.upper()}_CANARY"\nrpm = 0\n'
            for name, url in urls.items()
        )
        keys = {f"{name.upper()}_CANARY": key_of(name) for name in ("chat", "other", "dead")}
        with serving(tmp_path, setting, keys) as proxy:
            assert (await get(proxy, "/api/sessions", "POST", b'{"name": "work"}')).status == 201
            await make_calls(proxy)
            await until(lambda: "whole.broken" in calls_at(at["chat"]), "the last call")
            told = [(await get(proxy, path)).body.decode() for path in OWN_PATHS]
            assert hits(tmp_path, canaries, tmp_path / "config.toml") == []
            told += [await asyncio.to_thread(output_of, tmp_path, command) for command in COMMANDS]
            proxy.kill()
        with serving(tmp_path, setting, keys) as proxy:
            assert proxy.stop() == 0
        assert hits(tmp_path, canaries, tmp_path / "config.toml") == []
        assert [(text[:200], each) for text in told for each in canaries if each in text and each != PROMPT] == []
        assert [text for text in told if PROMPT in text] == [told[len(OWN_PATHS) - 1]]
        for name, provider in at.items():
            strangers = [each for each in map(key_of, names) if each != key_of(name)]
            strangers += [] if name == "keyless" else [CLIENT_KEY]
            raws = [request.raw.decode("latin-1") for request in provider.requests]
            assert [each for raw in raws for each in strangers if each in raw] == []
            assert any(PROMPT in raw for raw in raws)


def output_of(place: Path, command: tuple[str, ...]) -> str:
    """Return what a command says, all of it."""
    env = {**environ, "TOKENCLI_HOME": str(place), "TOKENCLI_CONFIG": str(place / "config.toml")}
    env |= {"CHAT_CANARY": key_of("chat"), "OTHER_CANARY": key_of("other")}
    full = [sys.executable, "-m", "tokencli", "--db", str(place / "ledger.db"), *command]
    done = subprocess.run(full, capture_output=True, text=True, timeout=60, env=env, check=False)
    assert done.returncode in {0, 1}, (command, done.stderr)
    return done.stdout + done.stderr
