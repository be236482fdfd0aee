from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokencli.proxy.urls import api_path, joined, printable, with_query

JOINED = [
    ("https://a.test/v1", "/v1/chat/completions", "https://a.test/v1/chat/completions"),
    ("https://a.test/v1/", "/chat/completions", "https://a.test/v1/chat/completions"),
    ("https://a.test/openai/v1", "/openai/v1/chat/completions", "https://a.test/openai/v1/chat/completions"),
    ("https://a.test/openai/v1", "/v1/models", "https://a.test/openai/v1/models"),
    ("https://a.test/v1beta", "/v1beta/models/m:generateContent", "https://a.test/v1beta/models/m:generateContent"),
    ("https://a.test/v1beta", "/v1/models/m:generateContent", "https://a.test/v1/models/m:generateContent"),
    ("https://a.test/v1beta", "/v1alpha/models", "https://a.test/v1alpha/models"),
    ("https://a.test/coding/v1", "/coding/v1/models", "https://a.test/coding/v1/models"),
    ("https://a.test", "/v1/models", "https://a.test/v1/models"),
    ("https://a.test/", "/v1/models/", "https://a.test/v1/models/"),
    ("https://a.test/v1", "", "https://a.test/v1"),
    ("https://a.test/v1", "/", "https://a.test/v1/"),
    ("http://[::1]:9/x", "/a%2Fb/c%20d", "http://[::1]:9/x/a%2Fb/c%20d"),
    ("https://a.test/v1?api-version=3", "/models", "https://a.test/v1/models?api-version=3"),
    ("https://a.test/v1", "/@b.test/v1", "https://a.test/v1/@b.test/v1"),
]
API_PATHS = [
    ("openai", "https://a.test/v1", "/v1/chat/completions", "https://a.test/v1/chat/completions"),
    ("openai", "https://a.test/v1", "/openai/v1/responses", "https://a.test/v1/responses"),
    ("openai", "https://a.test/v1", "/v1beta/openai/chat/completions", "https://a.test/v1/chat/completions"),
    ("openai", "https://a.test/openai/v1", "/openai/v1/chat/completions", "https://a.test/openai/v1/chat/completions"),
    ("openai", "https://a.test/openai/v1", "/chat/completions", "https://a.test/openai/v1/chat/completions"),
    ("openai", "https://a.test/v1beta/openai", "/v1/chat/completions", "https://a.test/v1beta/openai/chat/completions"),
    ("openai", "https://a.test/v1/acc/gw/openai", "/v1/embeddings", "https://a.test/v1/acc/gw/openai/embeddings"),
    ("openai", "https://a.test/coding/v1", "/coding/v1/chat/completions", "https://a.test/coding/v1/chat/completions"),
    ("openai", "https://a.test", "/v1/chat/completions", "https://a.test/v1/chat/completions"),
    ("openai", "https://a.test", "/chat/completions", "https://a.test/chat/completions"),
    ("openai", "https://a.test", "/openai/v1/responses", "https://a.test/openai/v1/responses"),
    ("openai", "https://a.test/gateway", "/v1/chat/completions", "https://a.test/gateway/v1/chat/completions"),
    ("openai", "https://a.test/gateway", "/chat/completions", "https://a.test/gateway/chat/completions"),
    ("gemini", "https://a.test/v1beta", "/v1/chat/completions", "https://a.test/v1beta/openai/chat/completions"),
    ("gemini", "https://a.test/v1beta", "/chat/completions", "https://a.test/v1beta/openai/chat/completions"),
    ("gemini", "https://a.test/v1beta", "/openai/v1/embeddings", "https://a.test/v1beta/openai/embeddings"),
    ("gemini", "https://a.test/v1beta", "/v1beta/openai/embeddings", "https://a.test/v1beta/openai/embeddings"),
    ("anthropic", "https://a.test/v1", "/v1/messages", "https://a.test/v1/messages"),
    ("anthropic", "https://a.test/v1", "/messages/count_tokens", "https://a.test/v1/messages/count_tokens"),
    ("anthropic", "https://a.test", "/messages", "https://a.test/v1/messages"),
    ("anthropic", "https://a.test/coding", "/v1/messages", "https://a.test/coding/v1/messages"),
]


@pytest.mark.parametrize(("base", "rest", "wanted"), JOINED)
def test_what_base_and_path_share_stands_once(base: str, rest: str, wanted: str) -> None:
    assert joined(base, rest) == wanted


@pytest.mark.parametrize(("kind", "base", "rest", "wanted"), API_PATHS)
def test_an_api_is_reached_where_the_provider_has_it(kind: str, base: str, rest: str, wanted: str) -> None:
    assert joined(base, api_path(rest, base, kind=kind)) == wanted


def test_the_query_is_passed_as_it_came() -> None:
    query = b"alt=sse&a=%2F%20&&b=1;2&c"
    assert with_query(joined("https://a.test/v1", "/m"), query) == "https://a.test/v1/m?alt=sse&a=%2F%20&&b=1;2&c"
    assert with_query(joined("https://a.test/v1?x=1", "/m"), b"y=2") == "https://a.test/v1/m?x=1&y=2"


def test_bytes_that_no_url_holds_are_escaped() -> None:
    assert printable(b"/a b\xff#\r\n%41{x}") == "/a%20b%FF%23%0D%0A%41{x}"


@given(
    base=st.lists(st.sampled_from(["v1", "v1beta", "openai", "x"]), max_size=4),
    rest=st.lists(st.sampled_from(["v1", "v1beta", "openai", "x", "y@z", "a:b", ""]), max_size=5),
    query=st.binary(max_size=20),
)
def test_scheme_and_host_are_always_the_configurations(base: list[str], rest: list[str], query: bytes) -> None:
    path = "".join(f"/{each}" for each in rest)
    parts = urlsplit(with_query(joined("https://a.test:7/" + "/".join(base), path), query))
    assert (parts.scheme, parts.netloc, parts.fragment) == ("https", "a.test:7", "")
