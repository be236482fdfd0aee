import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import anthropic
import openai
import pytest
from google import genai
from google.genai.errors import ClientError, ServerError
from google.genai.types import HttpOptions

from tokencli.proxy.refusals import (
    BodyTooLargeError,
    ForeignHostError,
    ForeignOriginError,
    NoSuchPathError,
    Refusal,
    TokenMissingError,
    UpgradeRefusedError,
    family_of,
    refusal_body,
    refusal_headers,
)
from tokencli.wire.registry import Family

MESSAGES: list[anthropic.types.MessageParam] = [{"role": "user", "content": "hi"}]


class AwayError(Refusal):
    """A refusal that passes."""

    status = 503
    is_final = False


@contextmanager
def refusing(family: Family, refusal: Refusal) -> Iterator[str]:
    """Serve one refusal on every path; hold that what is final is asked once."""
    body = refusal_body(family, refusal)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(refusal.status)
            for name, value in refusal_headers(refusal, body):
                self.send_header(name.decode(), value.decode())
            self.end_headers()
            self.wfile.write(body)
            asked.append(self.path)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    asked: list[str] = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
    if refusal.is_final:
        assert len(asked) == 1


@pytest.mark.parametrize(
    ("refusal", "kind"),
    [
        (TokenMissingError(), openai.AuthenticationError),
        (ForeignHostError(["evil.example"]), openai.PermissionDeniedError),
        (NoSuchPathError("/x", "http://127.0.0.1:8000"), openai.NotFoundError),
        (BodyTooLargeError(1000), openai.APIStatusError),
    ],
)
def test_the_openai_library_raises_its_own_error_with_our_sentence_and_asks_once(
    refusal: Refusal, kind: type[openai.APIStatusError]
) -> None:
    with (
        refusing(Family.OPENAI, refusal) as base,
        openai.OpenAI(base_url=f"{base}/v1", api_key="k") as client,
        pytest.raises(kind) as caught,
    ):
        client.chat.completions.create(model="m", messages=[{"role": "user", "content": "hi"}])
    assert caught.value.status_code == refusal.status
    assert refusal.sentence in caught.value.message
    assert caught.value.code == f"tokencli_{refusal.code}"


@pytest.mark.parametrize(
    ("refusal", "kind"),
    [
        (TokenMissingError(), anthropic.AuthenticationError),
        (ForeignOriginError("http://evil.example"), anthropic.PermissionDeniedError),
        (BodyTooLargeError(1000), anthropic.RequestTooLargeError),
    ],
)
def test_the_anthropic_library_raises_its_own_error_with_our_sentence(
    refusal: Refusal, kind: type[anthropic.APIStatusError]
) -> None:
    with (
        refusing(Family.ANTHROPIC, refusal) as base,
        anthropic.Anthropic(base_url=base, api_key="k") as client,
        pytest.raises(kind) as caught,
    ):
        client.messages.create(model="m", max_tokens=5, messages=MESSAGES)
    assert refusal.sentence in str(caught.value)
    assert f"tokencli_{refusal.code}" in str(caught.value)


def test_the_gemini_library_raises_its_own_errors_with_our_sentence() -> None:
    for refusal, kind, status in (
        (TokenMissingError(), ClientError, "UNAUTHENTICATED"),
        (AwayError("come again."), ServerError, "UNAVAILABLE"),
    ):
        with refusing(Family.GEMINI, refusal) as base:
            options = HttpOptions(base_url=base, api_version="v1beta")
            with genai.Client(api_key="k", http_options=options) as client, pytest.raises(kind) as caught:
                client.models.generate_content(model="gemini-2.5-pro", contents="hi")
        assert caught.value.message == refusal.sentence
        assert caught.value.status == status


def test_a_known_wait_is_told_in_whole_seconds() -> None:
    refusal = Refusal("come back later.", retry_after_s=7)
    assert (b"retry-after", b"7") in refusal_headers(refusal, b"{}")
    assert not any(name == b"retry-after" for name, _ in refusal_headers(UpgradeRefusedError(), b"{}"))


@pytest.mark.parametrize("family", list(Family))
def test_every_shape_holds_the_sentence_and_the_code(family: Family) -> None:
    refusal = ForeignHostError(["evil.example\x1b[31m"])
    body = refusal_body(family, refusal)
    assert refusal.sentence in json.loads(body)["error"]["message"]
    assert b"tokencli_foreign_host" in body
    assert b"\x1b" not in body


@pytest.mark.parametrize(
    ("path", "family"),
    [
        ("/v1/chat/completions", Family.OPENAI),
        ("/health", Family.OPENAI),
        ("/v1/messages?beta=true", Family.ANTHROPIC),
        ("/s/work/messages/count_tokens", Family.ANTHROPIC),
        ("/p/anthropic/v1/models", Family.ANTHROPIC),
        ("/v1beta/models/gemini-2.5-pro:streamGenerateContent", Family.GEMINI),
        ("/v1beta/models/gemini-2.5-pro%3AcountTokens", Family.GEMINI),
        ("/v1beta/models/gemini/pro:generateContent", Family.GEMINI),
        ("/v1beta/models/gemini-embedding-001:batchEmbedContents", Family.GEMINI),
        ("/v1/models", Family.OPENAI),
        ("/v1/models/ft:gpt-4o", Family.OPENAI),
    ],
)
def test_a_path_tells_in_which_shape_its_caller_reads_errors(path: str, family: Family) -> None:
    assert family_of(path) is family


def test_hosts_are_counted_when_there_is_not_exactly_one() -> None:
    assert str(ForeignHostError([])).startswith("a request for no Host headers is refused")
    assert str(ForeignHostError(["a", "b"])).startswith("a request for 2 Host headers is refused")
