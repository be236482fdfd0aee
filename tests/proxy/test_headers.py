import time

from tokencli.proxy.headers import (
    first,
    forwardable,
    without_hop_by_hop,
)


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
        (b"x-tokencli-token", b"sk-test-canary-1"),
        (b"accept", b"*/*"),
    ]
    assert forwardable(headers) == [(b"accept", b"*/*")]


def test_names_are_known_in_any_case() -> None:
    assert without_hop_by_hop([(b"Transfer-Encoding", b"chunked"), (b"X-Y", b"1")]) == [(b"X-Y", b"1")]


def test_the_first_header_of_a_name_counts() -> None:
    headers = [(b"x-session-id", b" a "), (b"x-session-id", b"b"), (b"empty", b"")]
    assert first(headers, b"x-session-id") == "a"
    assert first(headers, b"empty") is None
    assert first(headers, b"missing") is None


def test_thousands_of_names_for_one_connection_cost_no_more_than_their_number() -> None:
    count = 20_000
    headers = [pair for n in range(count) for pair in ((b"connection", b"x-%d" % n), (b"x-%d" % n, b"y"))]
    begun = time.perf_counter()
    assert without_hop_by_hop([*headers, (b"x-kept", b"z")]) == [(b"x-kept", b"z")]
    assert time.perf_counter() - begun < 2
