import asyncio
import gzip
import threading
from contextlib import suppress
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.proxy.plans import (
    CHAT,
    HOSTS,
    NOW,
    PATHS,
    SETTINGS,
    STREAM,
    WORK,
    Book,
    planned,
    planner,
    sent,
)
from tokencli.proxy.headers import Headers
from tokencli.proxy.loops import PassedBeforeError
from tokencli.proxy.paths import target_of
from tokencli.proxy.plan import EndedSessionError, HugeBodyError, NoBaseUrlError, NoJsonError, NoSuchSessionError
from tokencli.proxy.refusals import Refusal


def test_an_ordinary_call_is_sent_as_it_came() -> None:
    body = b'{"model":"gpt-5.4","messages":[]}'
    headers = [(b"x-unknown", b"1"), (b"accept-encoding", b"br"), (b"x-unknown", b"2"), (b"host", b"127.0.0.1:8000")]
    plan = planned(body=body, headers=headers, query=b"a=%2F&b")
    assert plan.body is body
    assert plan.url == "https://openai.test/v1/chat/completions?a=%2F&b"
    assert plan.headers == [
        (b"x-unknown", b"1"),
        (b"accept-encoding", b"br"),
        (b"x-unknown", b"2"),
        (b"authorization", b"Bearer sk-test-openai"),
        (b"x-tokencli-via", b"me"),
    ]
    assert (plan.original_body, plan.withhold_usage, plan.is_stream) == (None, False, False)


def test_the_intent_says_what_is_known() -> None:
    headers = [
        (b"user-agent", b"claude-cli/2.0"),
        (b"x-claude-code-session-id", b"c1"),
        (b"x-tokencli-session", b"work"),
        (b"x-tokencli-project", b"p"),
    ]
    body = b'{"model":"groq/big"}'
    intent = planned(body=body, headers=headers).intent
    assert intent is not None
    assert (intent.opened_at, intent.provider_name, intent.operation_name) == (NOW, "groq", "chat")
    assert (intent.request_model, intent.session_id) == ("openai/gpt-oss-120b", "id-work")
    assert (intent.client, intent.conversation_id, intent.project) == ("claude-code", "c1", "p")
    assert intent.estimated_input_tokens == len(b'{"model":"openai/gpt-oss-120b"}')


@pytest.mark.parametrize(
    ("model", "url", "body"),
    [
        ("groq/big", "https://groq.test/openai/v1/chat/completions", b'{"model":"openai/gpt-oss-120b", "x":1}'),
        ("gemini/pro", "https://gemini.test/v1beta/openai/chat/completions", b'{"model":"gemini-2.5-pro", "x":1}'),
        ("kimi/code", "https://kimi.test/coding/v1/chat/completions", b'{"model":"kimi-for-coding", "x":1}'),
        ("claude-opus-4-6", "https://anthropic.test/v1/chat/completions", b'{"model":"claude-opus-4-6", "x":1}'),
    ],
)
def test_a_model_key_chooses_address_and_name(model: str, url: str, body: bytes) -> None:
    plan = planned(body=f'{{"model":"{model}", "x":1}}'.encode())
    assert (plan.url, plan.body) == (url, body)


def test_a_model_key_in_geminis_path_is_renamed_there() -> None:
    plan = planned(b"/v1beta/models/gemini/pro:streamGenerateContent", b'{"contents":[]}', query=b"alt=sse")
    assert plan.url == "https://gemini.test/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse"
    assert (plan.body, plan.request_model, plan.is_stream) == (b'{"contents":[]}', "gemini-2.5-pro", True)


def test_a_provider_may_be_told_to_leave_names_and_keys_alone() -> None:
    groq = replace(SETTINGS.providers["groq"], rewrite_model=False, set_key=False)
    by = planner(replace(SETTINGS, providers={**SETTINGS.providers, "groq": groq}))
    body = b'{"model":"groq/big"}'
    headers = [(b"authorization", b"Bearer sk-test-client")]
    plan = planned(b"/p/groq/v1/chat/completions", body, headers, by=by)
    assert plan.body is body
    assert plan.request_model == "groq/big"
    assert sent(plan, b"authorization") == [b"Bearer sk-test-client"]


NAMES = st.sampled_from(
    [b"content-encoding", b"connection", b"user-agent", b"x-tokencli-session", b"x-tokencli-tags", b"authorization"]
)
HEADERS = st.lists(st.tuples(NAMES | st.binary(max_size=9), st.binary(max_size=30)), max_size=6)
PIECES = st.sampled_from([*PATHS, b"/s/", b"/p/", b"..", b"%2e", b"//", b"?", b"models/", b":generateContent", b"\xff"])


@given(
    path=st.lists(PIECES, max_size=4).map(b"".join),
    query=st.binary(max_size=20),
    headers=HEADERS,
    body=st.binary(max_size=50) | st.sampled_from([STREAM, b'{"model":"groq/big","stream":true}']),
)
def test_no_request_is_too_odd_to_be_planned_or_refused(
    path: bytes, query: bytes, headers: Headers, body: bytes
) -> None:
    target = target_of("POST", path, query)
    if target is None:
        return
    with suppress(Refusal):
        plan = planner(book=Book(WORK)).plan(target, "POST", headers, body)
        assert plan.url.isascii()
        assert urlsplit(plan.url).netloc in {urlsplit(url).netloc for _, url, _ in HOSTS.values()}


def test_usage_is_asked_for_where_a_streaming_client_did_not() -> None:
    headers = [(b"accept-encoding", b"gzip, br")]
    plan = planned(body=STREAM, headers=headers)
    assert plan.body == b'{"stream_options":{"include_usage":true},' + STREAM[1:]
    assert plan.original_body is STREAM
    assert plan.withhold_usage
    assert plan.is_stream
    assert sent(plan, b"accept-encoding") == [b"identity"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (CHAT, b'{"model":"gpt-5.4","stream":true,"stream_options":{"include_usage":true}}'),
        (CHAT, b'{"model":"gpt-5.4","stream":false}'),
        (CHAT, b'{"model":"gpt-5.4"}'),
        (b"/v1/responses", STREAM),
        (b"/v1/messages", STREAM),
        (b"/v1/embeddings", STREAM),
        (b"/p/openai/v1/other", STREAM),
        (b"/p/mistral/v1/fim/completions", STREAM),
        (b"/p/mistral/v1/chat/completions", STREAM),
        (CHAT, b'{"stream":true,"stream_options":[]}'),
    ],
)
def test_usage_is_not_asked_for_elsewhere(path: bytes, body: bytes) -> None:
    headers = [(b"authorization", b"Bearer x"), (b"accept-encoding", b"gzip")]
    plan = planned(path, body, headers)
    assert plan.body is body
    assert (plan.withhold_usage, plan.original_body) == (False, None)
    assert sent(plan, b"accept-encoding") == [b"gzip"]


def test_an_explicit_no_to_usage_is_hidden_from_the_client_too() -> None:
    plan = planned(body=b'{"stream":true,"stream_options":{"include_usage":false,"x":1}}')
    assert plan.body == b'{"stream":true,"stream_options":{"include_usage":true,"x":1}}'
    assert plan.withhold_usage


def test_a_compressed_body_stays_so_unless_it_is_rewritten() -> None:
    headers = [(b"content-encoding", b"gzip"), (b"content-type", b"application/json")]
    packed = gzip.compress(b'{"model":"gpt-5.4"}')
    plan = planned(body=packed, headers=headers)
    assert plan.body is packed
    assert sent(plan, b"content-encoding") == [b"gzip"]
    renamed = planned(body=gzip.compress(b'{"model":"groq/big"}'), headers=headers)
    assert renamed.body == b'{"model":"openai/gpt-oss-120b"}'
    assert sent(renamed, b"content-encoding") == []
    asking = planned(body=gzip.compress(STREAM), headers=headers)
    assert asking.original_body == STREAM
    assert sent(asking, b"content-encoding") == []


def test_the_active_session_takes_calls_that_name_none() -> None:
    by = planner(book=Book(WORK))
    plan = planned(body=b'{"x":1}', by=by)
    assert (plan.provider.name, plan.body) == ("groq", b'{"model":"openai/gpt-oss-120b","x":1}')
    elsewhere = planned(b"/v1/messages", b"{}", by=by)
    assert elsewhere.intent is not None
    assert (elsewhere.provider.name, elsewhere.intent.session_id) == ("anthropic", "id-work")


def test_a_session_in_the_path_comes_before_one_in_a_header() -> None:
    plan = planned(b"/s/id-work/chat/completions", headers=[(b"x-tokencli-session", b"none such")])
    assert plan.intent is not None
    assert plan.intent.session_id == "id-work"


def test_a_session_that_is_not_there_or_over_is_refused() -> None:
    with pytest.raises(NoSuchSessionError, match="there is no session 'nope'") as missing:
        planned(b"/s/nope/v1/chat/completions")
    with pytest.raises(EndedSessionError, match="'old' has ended") as ended:
        planned(headers=[(b"x-tokencli-session", b"old")])
    assert (missing.value.status, ended.value.status) == (400, 400)


def test_what_has_passed_a_tokencli_is_refused() -> None:
    with pytest.raises(PassedBeforeError):
        planned(headers=[(b"x-tokencli-via", b"another")])


@pytest.mark.parametrize("path", [b"/v1/responses/input_tokens", b"/p/openai/v1/moderations"])
def test_what_never_costs_anything_is_not_estimated(path: bytes) -> None:
    intent = planned(path, b'{"model":"gpt-5.4","input":"Hello."}').intent
    assert intent is not None
    assert intent.estimated_input_tokens is None


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "DELETE"])
def test_what_is_no_call_has_no_intent(method: str) -> None:
    plan = planned(b"/p/openai/v1/models", b"", method=method)
    assert (plan.intent, plan.api, plan.url) == (None, None, "https://openai.test/v1/models")


def test_a_post_to_an_unknown_path_is_a_call_of_another_kind() -> None:
    body = b'{"model":"gpt-image-1"}'
    plan = planned(b"/p/openai/v1/images/generations", body)
    assert plan.body is body
    assert plan.intent is not None
    assert (plan.intent.operation_name, plan.intent.request_model) == ("other", "gpt-image-1")
    assert plan.intent.estimated_input_tokens is None


def test_a_body_of_an_unknown_kind_is_never_given_a_model() -> None:
    plan = planned(b"/p/groq/v1/other", b'{"x":1}', by=planner(book=Book(WORK)))
    assert plan.body == b'{"x":1}'


@pytest.mark.parametrize("url", [None, "", "ftp://a.test", "a.test/v1", "https://", "http://[::1", "http://a:99999"])
def test_a_provider_without_an_address_is_refused(url: str | None) -> None:
    openai = replace(SETTINGS.providers["openai"], base_url=url)
    with pytest.raises(NoBaseUrlError, match="has no base_url"):
        planned(by=planner(replace(SETTINGS, providers={"openai": openai})))


def test_a_very_long_model_name_is_sent_whole_and_kept_short() -> None:
    name = "x" * 5_000
    plan = planned(body=f'{{"model":"{name}"}}'.encode())
    assert name.encode() in plan.body
    assert plan.request_model == "x" * 200


def test_a_large_body_is_read_in_a_thread_and_the_ledger_is_not() -> None:
    book = Book()
    body = b'{"model":"groq/big","x":"' + b"y" * 300_000 + b'"}'
    target = target_of("POST", CHAT)
    assert target is not None
    plan = asyncio.run(planner(book=book).planned(target, "POST", [], body))
    assert plan.provider.name == "groq"
    assert book.threads == {threading.get_ident()}
    assert plan == planner().plan(target, "POST", [], body)


def test_a_later_look_at_an_answer_is_no_call_and_says_what_is_known_of_one() -> None:
    plan = planned(b"/v1/responses/resp_1", body=b"", method="GET")
    assert (plan.intent, plan.method) == (None, "GET")
    assert plan.look is not None
    assert (plan.look.provider_name, plan.look.operation_name) == ("openai", "chat")


@pytest.mark.parametrize("path", [CHAT, b"/v1/messages", b"/v1/responses", b"/s/work/v1/embeddings"])
@pytest.mark.parametrize(
    ("body", "words"), [(b"hello", "is no JSON object"), (b"[]", "is no JSON object"), (b"", "has no body")]
)
def test_a_body_that_names_no_model_since_it_is_no_json_is_what_the_client_is_told_of(
    path: bytes, body: bytes, words: str
) -> None:
    with pytest.raises(NoJsonError, match=words) as refused:
        planned(path, body)
    assert (refused.value.status, refused.value.code) == (400, "broken_body")


def test_under_a_provider_s_own_path_or_packed_in_an_unknown_way_any_body_passes_as_it_came() -> None:
    assert planned(b"/p/openai/v1/chat/completions", b"hello").body == b"hello"
    assert planned(CHAT, b"hello", [(b"content-encoding", b"unknown")]).body == b"hello"
    assert planned(b"/v1/responses/resp_1/cancel", b"").method == "POST"


def test_a_body_that_is_huge_unpacked_goes_to_a_provider_that_the_path_names_and_to_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tokencli.proxy.bodies.MOST_UNPACKED_BYTES", 1_000)
    packed = gzip.compress(b'{"model":"groq/big","a":"' + b" " * 5_000 + b'"}')
    headers = [(b"content-encoding", b"gzip")]
    with pytest.raises(HugeBodyError) as refused:
        planned(CHAT, packed, headers)
    assert refused.value.status == 413
    assert planned(b"/p/groq/v1/chat/completions", packed, headers).body is packed
