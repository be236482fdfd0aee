import pytest

from tokencli.proxy.headers import (
    UnsendableKeyError,
    first,
    forwardable,
    has_credentials,
    key_header,
    query_without_key,
    without_credentials,
    without_hop_by_hop,
)

CANARY = "sk-test-canary-1"


def test_unknown_and_repeated_headers_pass_in_their_order() -> None:
    headers = [(b"x-b", b"1"), (b"x-a", b"\xff"), (b"x-b", b"2"), (b"content-encoding", b"gzip"), (b"user-agent", b"u")]
    assert forwardable(headers) == headers


def test_what_is_meant_for_one_connection_stays_behind() -> None:
    headers = [
        (b"connection", b"close, X-Private"),
        (b"keep-alive", b"timeout=5"),
        (b"proxy-authorization", b"Basic eA=="),
        (b"proxy-connection", b"keep-alive"),
        (b"te", b"trailers"),
        (b"trailer", b"expires"),
        (b"transfer-encoding", b"chunked"),
        (b"upgrade", b"h2c"),
        (b"x-private", b"1"),
        (b"accept", b"*/*"),
    ]
    assert without_hop_by_hop(headers) == [(b"accept", b"*/*")]


def test_what_is_said_anew_or_to_tokencli_stays_behind() -> None:
    headers = [
        (b"host", b"127.0.0.1:8000"),
        (b"content-length", b"3"),
        (b"expect", b"100-continue"),
        (b"x-tokencli-session", b"s"),
        (b"x-tokencli-token", CANARY.encode()),
        (b"accept", b"*/*"),
    ]
    assert forwardable(headers) == [(b"accept", b"*/*")]


def test_names_are_known_in_any_case() -> None:
    assert without_hop_by_hop([(b"Transfer-Encoding", b"chunked"), (b"X-Y", b"1")]) == [(b"X-Y", b"1")]


@pytest.mark.parametrize("name", [b"authorization", b"x-api-key", b"x-goog-api-key", b"api-key"])
def test_credentials_are_known_and_left_out(name: bytes) -> None:
    headers = [(name, CANARY.encode()), (b"accept", b"*/*")]
    assert has_credentials(headers, b"")
    assert without_credentials(headers) == [(b"accept", b"*/*")]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        (b"", b""),
        (b"alt=sse&key=sk-test-1", b"alt=sse"),
        (b"key=sk-test-1&alt=sse&key=", b"alt=sse"),
        (b"k%65y=sk-test-1&a=%20&&b", b"a=%20&&b"),
        (b"keys=1&KEY=2&a=key=3", b"keys=1&KEY=2&a=key=3"),
    ],
)
def test_a_key_in_the_query_is_left_out_and_the_rest_is_as_it_came(query: bytes, wanted: bytes) -> None:
    assert query_without_key(query) == wanted


def test_a_query_with_a_key_counts_as_credentials() -> None:
    assert has_credentials([], b"alt=sse&key=sk-test-1")
    assert not has_credentials([(b"accept", b"*/*")], b"alt=sse")


def test_a_key_is_carried_in_the_providers_manner() -> None:
    assert key_header("openai", "OPENAI_API_KEY", CANARY, b"authorization") == (
        b"authorization",
        b"Bearer sk-test-canary-1",
    )
    assert key_header("gemini", "GEMINI_API_KEY", f"{CANARY}\n", b"x-goog-api-key") == (
        b"x-goog-api-key",
        b"sk-test-canary-1",
    )


@pytest.mark.parametrize("key", [f"{CANARY}\r\nx-evil: 1", f"{CANARY} two", f"{CANARY}\u00e9"])
def test_a_key_that_no_header_can_carry_is_refused_and_not_shown(key: str) -> None:
    with pytest.raises(UnsendableKeyError) as refused:
        key_header("openai", "OPENAI_API_KEY", key, b"authorization")
    assert "canary" not in str(refused.value)
    assert "OPENAI_API_KEY" in str(refused.value)


def test_the_first_header_of_a_name_counts() -> None:
    headers = [(b"x-session-id", b" a "), (b"x-session-id", b"b"), (b"empty", b"")]
    assert first(headers, b"x-session-id") == "a"
    assert first(headers, b"empty") is None
    assert first(headers, b"missing") is None
