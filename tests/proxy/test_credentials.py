from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.proxy.plans import (
    CHAT,
    HOSTS,
    KEYS,
    MODELS,
    PATHS,
    WORK,
    Book,
    planned,
    planner,
    sent,
)
from tokencli.domain.session import Session
from tokencli.proxy.credentials import (
    NoKeyError,
    UnsendableKeyError,
    has_credentials,
    key_header,
    query_without_key,
    without_credentials,
)
from tokencli.proxy.paths import target_of
from tokencli.proxy.refusals import Refusal

CANARY = "sk-test-canary-1"


def test_a_claude_plans_token_is_passed_on_where_it_was_meant_to_go() -> None:
    plan_token = [(b"authorization", b"Bearer sk-ant-oat01-test")]
    for path in (b"/v1/messages", b"/p/anthropic/v1/messages"):
        plan = planned(path, b'{"model":"claude-opus-4-6"}', plan_token)
        assert sent(plan, b"authorization") == [b"Bearer sk-ant-oat01-test"]
        assert sent(plan, b"x-api-key") == []
    elsewhere = planned(b"/v1/messages", b'{"model":"kimi/code"}', plan_token)
    assert b"sk-ant-oat" not in b"".join(value for _, value in elsewhere.headers)


@pytest.mark.parametrize(
    ("path", "body", "name", "value"),
    [
        (CHAT, b"{}", b"authorization", b"Bearer sk-test-openai"),
        (b"/v1/messages", b"{}", b"x-api-key", b"sk-test-anthropic"),
        (CHAT, b'{"model":"claude-opus-4-6"}', b"authorization", b"Bearer sk-test-anthropic"),
        (b"/v1beta/models/m:generateContent", b"{}", b"x-goog-api-key", b"sk-test-gemini"),
        (CHAT, b'{"model":"gemini/pro"}', b"authorization", b"Bearer sk-test-gemini"),
        (b"/p/gemini/openai/models", b"", b"authorization", b"Bearer sk-test-gemini"),
        (b"/p/gemini/models", b"", b"x-goog-api-key", b"sk-test-gemini"),
        (b"/p/anthropic/v1/files", b"", b"x-api-key", b"sk-test-anthropic"),
        (b"/v1/messages", b'{"model":"kimi/code"}', b"x-api-key", b"sk-test-kimi"),
        (CHAT, b'{"model":"kimi/code"}', b"authorization", b"Bearer sk-test-kimi"),
    ],
)
def test_the_providers_key_takes_the_place_of_the_clients(path: bytes, body: bytes, name: bytes, value: bytes) -> None:
    own = [
        (b"authorization", b"Bearer sk-test-client"),
        (b"x-api-key", b"sk-test-client"),
        (b"x-goog-api-key", b"sk-test-client"),
    ]
    plan = planned(path, body, own, query=b"key=sk-test-client&alt=sse")
    assert sent(plan, name) == [value]
    assert b"sk-test-client" not in b"".join(value for _, value in plan.headers)
    assert plan.url.endswith("?alt=sse")


@pytest.mark.parametrize(
    "path", [b"/p/groq/v1/chat/completions", CHAT, b"/v1/messages", b"/v1beta/models/m:countTokens"]
)
def test_a_clients_own_key_goes_where_the_client_itself_wanted(path: bytes) -> None:
    headers = [(b"authorization", b"Bearer sk-test-client")]
    plan = planned(path, b"{}", headers, query=b"key=sk-test-client", by=planner(keys={}))
    assert sent(plan, b"authorization") == [b"Bearer sk-test-client"]
    assert plan.url.endswith("?key=sk-test-client")


@pytest.mark.parametrize("model", ["groq/big", "mistral/large", "claude-opus-4-6", "gemini/pro"])
def test_a_clients_own_key_goes_nowhere_else(model: str) -> None:
    with pytest.raises(NoKeyError) as refused:
        planned(
            body=f'{{"model":"{model}"}}'.encode(),
            headers=[(b"authorization", b"Bearer sk-test-client")],
            by=planner(keys={}),
        )
    assert refused.value.status == 401
    assert "_API_KEY where tokencli runs, or send your own key to the path /p/" in refused.value.sentence
    assert "sk-test" not in refused.value.sentence


def test_a_call_without_any_key_is_refused_with_what_to_set() -> None:
    with pytest.raises(NoKeyError, match="no key for openai: set OPENAI_API_KEY"):
        planned(by=planner(keys={}))


def test_a_provider_that_needs_no_key_gets_none() -> None:
    plan = planned(body=b'{"model":"ollama/llama"}', headers=[(b"authorization", b"Bearer sk-test-client")])
    assert sent(plan, b"authorization") == []
    assert plan.url == "http://127.0.0.1:11434/v1/chat/completions"


@given(
    path=st.sampled_from(PATHS),
    model=st.sampled_from([*MODELS, "gpt-5", "claude-x", "codestral-x", "unheard", None]),
    active=st.sampled_from([None, WORK]),
    held=st.sets(st.sampled_from(sorted(KEYS))),
)
def test_a_key_never_leaves_for_another_host(
    path: bytes, model: str | None, active: Session | None, held: set[str]
) -> None:
    by = planner(book=Book(active), keys={name: KEYS[name] for name in held})
    body = b"{}" if model is None else f'{{"model":"{model}","stream":true}}'.encode()
    target = target_of("POST", path)
    assert target is not None
    refusal, plan = None, None
    try:
        plan = by.plan(target, "POST", [(b"authorization", b"Bearer sk-test-client")], body)
    except Refusal as raised:
        refusal = raised
    if plan is None:
        assert "sk-test" not in str(refusal)
        return
    whole = plan.url.encode() + plan.body + b"".join(name + value for name, value in plan.headers)
    own = HOSTS[plan.provider.name][2]
    for variable, key in KEYS.items():
        assert (key.encode() not in whole) or variable == own
    assert urlsplit(plan.url).netloc == urlsplit(HOSTS[plan.provider.name][1]).netloc
    assert "sk-test" not in repr(plan)
    assert "sk-test" not in repr(by)


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
        (b"access_token=sk-test-1&alt=sse", b"alt=sse"),
    ],
)
def test_a_key_in_the_query_is_left_out_and_the_rest_is_as_it_came(query: bytes, wanted: bytes) -> None:
    assert query_without_key(query) == wanted


def test_cookies_do_not_go_along_with_another_key_and_are_none_themselves() -> None:
    headers = [(b"cookie", b"sk-test-canary"), (b"accept", b"*/*")]
    assert without_credentials(headers) == [(b"accept", b"*/*")]
    assert not has_credentials(headers, b"")


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
