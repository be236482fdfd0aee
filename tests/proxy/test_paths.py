import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokencli.proxy.paths import target_of

GEMINI = b"/v1beta/models/gemini-2.5-pro:streamGenerateContent"
APIS = [
    (b"/v1/chat/completions", "openai-chat"),
    (b"/chat/completions", "openai-chat"),
    (b"/openai/v1/chat/completions", "openai-chat"),
    (b"/v1beta/openai/chat/completions", "openai-chat"),
    (b"/v1/completions", "openai-completions"),
    (b"/v1/fim/completions", "openai-completions"),
    (b"/v1/embeddings", "embeddings"),
    (b"/v1/responses", "openai-responses"),
    (b"/responses", "openai-responses"),
    (b"/openai/v1/responses", "openai-responses"),
    (b"/v1/messages", "anthropic-messages"),
    (b"/messages", "anthropic-messages"),
    (b"/v1/messages/count_tokens", "anthropic-count-tokens"),
    (GEMINI, "gemini-stream-generate"),
    (b"/v1/models/m:generateContent", "gemini-generate"),
    (b"/v1beta/models/m:countTokens", "gemini-count-tokens"),
    (b"/v1beta/models/m:embedContent", "gemini-embed"),
]


@pytest.mark.parametrize(("path", "api"), APIS)
@pytest.mark.parametrize(
    ("before", "session", "provider"),
    [
        (b"", None, None),
        (b"/", None, None),
        (b"/s/work", "work", None),
        (b"/p/groq", None, "groq"),
        (b"/s/work/p/groq", "work", "groq"),
        (b"/p/groq/s/work/", "work", "groq"),
    ],
)
def test_an_api_is_found_behind_the_choices(
    path: bytes, api: str, before: bytes, session: str | None, provider: str | None
) -> None:
    target = target_of("POST", before + path, b"alt=sse")
    assert target is not None
    assert target.api is not None
    assert (target.api.name, target.session_name, target.provider_name) == (api, session, provider)
    assert (target.rest, target.query) == (path.decode(), b"alt=sse")


@pytest.mark.parametrize(
    "path",
    [
        b"",
        b"/",
        b"/health",
        b"/v1/models",
        b"/api/sessions",
        b"/v1/logs",
        b"/s/work",
        b"/s/work/api/hello",
        b"/proxy/openai/v1/chat/completions",
        b"/coding/v1/chat/completions",
        b"http://evil.test/v1/chat/completions",
        b"*",
    ],
)
def test_other_paths_are_not_a_providers(path: bytes) -> None:
    assert target_of("POST", path) is None


@pytest.mark.parametrize(
    ("method", "path", "api"),
    [
        ("GET", b"/v1/responses/resp_1", "openai-responses-look"),
        ("POST", b"/v1/responses/resp_1/cancel", "openai-responses-look"),
        ("POST", b"/openai/v1/responses/resp_1/cancel", "openai-responses-look"),
        ("DELETE", b"/v1/responses/resp_1", None),
        ("GET", b"/responses/resp_1/input_items", None),
    ],
)
@pytest.mark.parametrize("before", [b"", b"/s/work", b"/p/openai"])
def test_an_answer_that_openai_keeps_is_openais_wherever_it_was_asked_for(
    method: str, path: bytes, api: str | None, before: bytes
) -> None:
    target = target_of(method, before + path)
    assert target is not None
    assert (target.api.name if target.api else None, target.rest) == (api, path.decode())


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", b"/v1/responses/resp_1"),
        ("GET", b"/v1/responses"),
        ("GET", b"/v1/responses/a/b/c"),
        ("DELETE", b"/v1/responses/%2e%2e"),
        ("GET", b"/api/responses/resp_1/input_items"),
    ],
)
def test_other_paths_beside_kept_answers_are_not_a_providers(method: str, path: bytes) -> None:
    assert target_of(method, path) is None


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_only_a_post_is_a_call_but_all_of_a_providers_paths_are_its_own(method: str) -> None:
    assert target_of(method, b"/v1/chat/completions") is None
    target = target_of(method, b"/p/openai/v1/chat/completions")
    assert target is not None
    assert target.api is None


@pytest.mark.parametrize(
    ("path", "rest"),
    [
        (b"/p/openai", ""),
        (b"/p/openai/", "/"),
        (b"/p/openai/v1/files/a%2Fb%20c", "/v1/files/a%2Fb%20c"),
        (b"/p/openai//evil.test/v1", "/evil.test/v1"),
        (b"/p/openai/p/groq/p/x", "/p/groq/p/x"),
        (b"/p/openai/v1/files/caf\xc3\xa9", "/v1/files/caf%C3%A9"),
        (b"/p/openai/a..b/.../.c", "/a..b/.../.c"),
    ],
)
def test_the_rest_is_passed_as_it_came(path: bytes, rest: str) -> None:
    target = target_of("GET", path)
    assert target is not None
    assert (target.provider_name, target.rest) == ("openai", rest)


@pytest.mark.parametrize(
    "dots",
    [
        b"/..",
        b"/../admin",
        b"/a/./b",
        b"/%2e%2E/admin",
        b"/.%2e",
        b"/a%2f..%2fb",
        b"/..\\a",
        b"/a%5c..",
        b"/v1/.",
        b"/..;/admin",
        b"/a/%2e%2e;x=y/b",
        b"/..%3B/admin",
    ],
)
def test_no_path_leads_out_of_a_providers_base(dots: bytes) -> None:
    assert target_of("GET", b"/p/openai" + dots) is None


def test_a_path_that_is_seen_again_keeps_its_own_query() -> None:
    queries = [getattr(target_of("POST", b"/v1/messages", query), "query", None) for query in (b"a=1", b"", b"b=2")]
    assert queries == [b"a=1", b"", b"b=2"]


def test_a_very_long_path_is_read_as_any_other() -> None:
    target = target_of("GET", b"/p/openai/" + b"x" * 5_000)
    assert target is not None
    assert target.rest == "/" + "x" * 5_000


@pytest.mark.parametrize("part", [b"/models/", b"/models/a:b", b"/p", b"/..."])
def test_a_path_of_thousands_of_parts_is_read_at_once(part: bytes) -> None:
    begun = time.perf_counter()
    target_of("POST", b"/v1" + part * (60_000 // len(part)) + b"/chat/completions")
    assert time.perf_counter() - begun < 1


def test_names_are_decoded() -> None:
    target = target_of("POST", b"/s/my%20w%C3%B6rk%2F1/p/managed:kimi-code/chat/completions")
    assert target is not None
    assert (target.session_name, target.provider_name) == ("my wörk/1", "managed:kimi-code")
    assert target_of("POST", b"/s/%ff/chat/completions") is None


@pytest.mark.parametrize(
    ("path", "model", "renamed"),
    [
        (GEMINI, "gemini-2.5-pro", "/v1beta/models/other:streamGenerateContent"),
        (
            b"/v1beta/models/gemini/gemini-2.5-pro:generateContent",
            "gemini/gemini-2.5-pro",
            "/v1beta/models/other:generateContent",
        ),
        (b"/v1beta/models/a%2Fb%3AgenerateContent", "a/b", "/v1beta/models/other%3AgenerateContent"),
    ],
)
def test_a_model_in_the_path_is_read_and_renamed(path: bytes, model: str, renamed: str) -> None:
    target = target_of("POST", path)
    assert target is not None
    assert target.model == model
    assert target.with_model("other").rest == renamed
    assert target.with_model("other").model == "other"


def test_a_path_without_a_model_stays() -> None:
    target = target_of("POST", b"/v1/chat/completions")
    assert target is not None
    assert target.with_model("other") is target


@given(st.binary(max_size=60) | st.text(alphabet="/ps.%2eaopenai:v1", max_size=40).map(str.encode))
def test_no_path_is_too_odd(path: bytes) -> None:
    target = target_of("GET", b"/p/openai/" + path)
    if target is not None:
        assert target.rest.startswith("/") or not target.rest
        assert not target.rest.startswith("//")
        assert target.rest.isascii()
