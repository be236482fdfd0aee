"""Recorded answers of real providers, played through the running proxy and read back from its ledger."""

from __future__ import annotations

import http.client
import importlib.util
import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from tests.e2e.player import body_of, playing
from tests.e2e.serving import serving

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.serving import Proxy

CONFIG = """
[providers.play-openai]
type = "openai"
base_url = "http://127.0.0.1:{port}/v1"
rpm = 1000000
[providers.play-anthropic]
type = "anthropic"
base_url = "http://127.0.0.1:{port}/v1"
rpm = 1000000
[providers.play-gemini]
type = "gemini"
base_url = "http://127.0.0.1:{port}/v1beta"
rpm = 1000000
"""
PATHS = {
    "openai-chat": "/p/play-openai/chat/completions",
    "openai-completions": "/p/play-openai/completions",
    "openai-responses": "/p/play-openai/responses",
    "openai-responses-compact": "/p/play-openai/responses/compact",
    "embeddings": "/p/play-openai/embeddings",
    "anthropic-messages": "/p/play-anthropic/messages",
    "gemini-generate": "/p/play-gemini/models/gemini-2.5-flash:generateContent",
    "gemini-stream-generate": "/p/play-gemini/models/gemini-2.5-flash:streamGenerateContent",
    "gemini-embed": "/p/play-gemini/models/gemini-embedding-001:embedContent",
    "count-tokens": "/p/play-anthropic/messages/count_tokens",
}
SCORED = 900
KEY = {
    "authorization": "Bearer sk-test-canary",
    "content-type": "application/json",
    "accept-encoding": "gzip, br, zstd",
}
COUNTS = """\
SELECT f.basis, e.input_tokens, e.cache_read_tokens, e.cache_write_tokens, e.output_tokens, e.reasoning_tokens
FROM event AS e JOIN origin AS o ON o.id = e.id >> 40 JOIN facet AS f ON f.id = e.facet_id"""
BY_ID = f"{COUNTS} WHERE o.key = ? AND e.id & 1099511627775 = ?"
BY_RESPONSE = f"{COUNTS} JOIN event_detail AS d ON d.event_id = e.id WHERE d.response_id = ?"


def path_of(record: dict[str, Any]) -> str:
    """Return where a client of the proxy would send the recorded request."""
    if record["method"] == "GET":
        return "/p/play-openai/responses/" + str(urlsplit(record["url"]).path.rpartition("/")[2])
    return PATHS[record["api"]]


def request_of(record: dict[str, Any]) -> bytes | None:
    """Return the recorded request, or a small one where none was kept whole."""
    if record["method"] == "GET":
        return None
    if record["request_body"] and not record["request_body_truncated"]:
        return str(record["request_body"]).encode()
    request = {"model": record["request_model"] or "some-model", "messages": [{"role": "user", "content": "Hello."}]}
    return json.dumps(request | ({"stream": True} if record["streaming"] else {})).encode()


class Played(NamedTuple):
    """One recorded exchange, played: what the client got, and what the ledger says of it."""

    record: dict[str, Any]
    status: int
    body: bytes
    told: dict[str, Any]


def play(proxy: Proxy, record: dict[str, Any]) -> Played:
    """Send the recorded request; keep status, body as it came over the wire, and the row that it left."""
    target = urlsplit(proxy.url)
    connection = http.client.HTTPConnection(str(target.hostname), target.port, timeout=60)
    try:
        path = f"{path_of(record)}?record={record['id']}"
        connection.request(record["method"], path, body=request_of(record), headers=KEY)
        answer = connection.getresponse()
        body, event_id = answer.read(), answer.getheader("x-tokencli-event-id")
        return Played(record, answer.status, body, prediction(proxy, record, event_id))
    finally:
        connection.close()


def prediction(proxy: Proxy, record: dict[str, Any], event_id: str | None) -> dict[str, Any]:
    """Return what the ledger says of the call, in the words of the corpus; a later look at a call leaves no new row."""
    if event_id:
        key, _, seq = event_id.rpartition(".")
        rows = proxy.rows(BY_ID, key, int(seq))
        assert len(rows) == 1, (record["id"], event_id, rows)
    else:
        assert record["method"] == "GET", record["id"]
        rows = proxy.rows(BY_RESPONSE, record["response_id"])
        assert len(rows) <= 1, (record["id"], rows)
    nothing: tuple[Any, ...] = ("missing", *[None] * 5)
    basis, whole, read, written, output, reasoning = rows[0] if rows else nothing
    return {
        "id": record["id"],
        "input_total": whole,
        "uncached_input": None if whole is None else max(0, whole - read - written),
        "cache_read": read,
        "cache_write": written,
        "output_total": output,
        "reasoning": reasoning,
        "estimated": basis == "estimated",
    }


def judge(corpus: Path) -> Any:
    """Return the corpus' own score, as a module."""
    spec = importlib.util.spec_from_file_location("corpus_score", corpus / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.timeout(300)
def test_every_recorded_answer_is_counted_right_through_the_running_proxy(corpus: Path, tmp_path: Path) -> None:
    with (corpus / "exchanges.jsonl").open(encoding="utf-8") as lines:
        records = {each["id"]: each for each in map(json.loads, lines) if each["api"] in PATHS}
    with playing(records) as player, serving(tmp_path / "home", CONFIG.format(port=player.port)) as proxy:
        posts = [each for each in records.values() if each["method"] == "POST"]
        later_looks = sorted(
            (each for each in records.values() if each["method"] == "GET"),
            key=lambda each: (each["source_path"], each["interaction"]),
        )
        with ThreadPoolExecutor(8) as pool:
            played = list(pool.map(lambda each: play(proxy, each), posts))
        played += [play(proxy, each) for each in later_looks]
        assert proxy.stop() == 0
    score = judge(corpus)
    judged = [(each.record["id"], each.record["api"], *score.verdict(each.record, each.told)) for each in played]
    assert [each for each in judged if each[2] == "wrong"] == []
    assert sum(each[2] == "ok" for each in judged) > SCORED
    changed = [
        each.record["id"]
        for each in played
        if (each.status, each.body) != (each.record["status"] or 200, body_of(each.record))
        and not may_lose_its_usage_event(each.record)
    ]
    assert changed == []


def may_lose_its_usage_event(record: dict[str, Any]) -> bool:
    """Say whether the proxy asks for usage that this client did not ask for, and hides the answer to that."""
    return record["api"] in {"openai-chat", "openai-completions"} and bool(record["streaming"])
