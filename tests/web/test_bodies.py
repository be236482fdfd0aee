import asyncio
from pathlib import Path

import httpx
import pytest
from starlette.requests import Request
from starlette.types import Message

from tests.web.rooms import asking, values
from tokencli.web.bodies import json_object
from tokencli.web.errors import BadBodyError


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_what_a_web_page_could_send_unasked_is_refused(tmp_path: Path, kind: str) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        headers = {"content-type": kind} if kind else {}
        answer = await client.post("/api/sessions", content=b'{"name": "work"}', headers=headers)
        assert values(answer, 415)["error"]["code"] == "tokencli_wrong_type"
        assert values(await client.get("/api/sessions"))["sessions"] == []

    asking(tmp_path, talk)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"x"', b"\xff", b"[" * 100_000, b'{"name": "' + b"x" * 70_000 + b'"}']
)
def test_a_body_that_is_no_small_object_is_refused_in_one_sentence(tmp_path: Path, body: bytes) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        headers = {"content-type": "application/json; charset=utf-8"}
        answer = await client.post("/api/sessions", content=body, headers=headers)
        assert values(answer, 400)["error"]["message"].startswith("the request's body ")

    asking(tmp_path, talk)


def test_a_client_that_leaves_in_the_middle_of_its_body_is_no_bug() -> None:
    pieces: list[Message] = [{"type": "http.request", "body": b'{"na', "more_body": True}, {"type": "http.disconnect"}]

    async def receive() -> Message:
        return pieces.pop(0)

    headers = [(b"content-type", b"application/json")]
    request = Request({"type": "http", "method": "POST", "headers": headers}, receive)
    with pytest.raises(BadBodyError, match="did not come to its end"):
        asyncio.run(json_object(request))


@pytest.mark.parametrize("member", ["name", "provider", "model"])
@pytest.mark.parametrize("value", ['"\\ud800"', '"\\u0000"', '"\\u001b[31m"', '"' + "x" * 201 + '"', "NaN", "[]"])
def test_a_member_that_is_no_short_text_that_can_be_shown_is_refused(tmp_path: Path, member: str, value: str) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        content = f'{{"provider": "mistral", "{member}": {value}}}'
        answer = await client.post("/api/sessions", content=content, headers={"content-type": "application/json"})
        told = values(answer, 400)["error"]["message"]
        assert told.startswith("the request's body has ")
        assert told.isprintable()
        assert values(await client.get("/api/sessions"))["sessions"] == []

    asking(tmp_path, talk)
