from datetime import UTC, datetime

import pytest

from tokencli.config.values import ModelSettings, ProviderSettings, Settings
from tokencli.domain.session import Session
from tokencli.proxy.paths import target_of
from tokencli.proxy.routes import Belonging, NoSuchProviderError, OtherApiError, Route, route_of

KINDS = {
    "openai": "openai",
    "anthropic": "anthropic",
    "gemini": "gemini",
    "mistral": "openai",
    "groq": "openai",
    "cerebras": "openai",
    "managed:kimi-code": "kimi",
}
MODELS = [
    ("mistral/mistral-large-2411", "mistral", "mistral-large-2411"),
    ("groq/compound", "groq", "groq/compound"),
    ("groq/gpt-oss-120b", "groq", "openai/gpt-oss-120b"),
    ("cerebras/gpt-oss-120b", "cerebras", "gpt-oss-120b"),
    ("groq/shared", "groq", "shared"),
    ("cerebras/shared", "cerebras", "shared"),
    ("gemini/gemini-2.5-pro", "gemini", "gemini-2.5-pro"),
    ("kimi-code/kimi-for-coding", "managed:kimi-code", "kimi-for-coding"),
]
SETTINGS = Settings(
    place="config.toml",
    providers={name: ProviderSettings(name=name, type=kind) for name, kind in KINDS.items()},
    models={key: ModelSettings(key=key, provider=provider, model=model) for key, provider, model in MODELS},
)
CHAT, MESSAGES, RESPONSES = b"/v1/chat/completions", b"/v1/messages", b"/v1/responses"
GENERATE = b"/v1beta/models/m:generateContent"


def session(provider: str | None, model: str | None = None, *, is_named: bool = False) -> Belonging:
    made = Session(
        id="s1", name="s", created_at=datetime(2026, 11, 21, tzinfo=UTC), provider_name=provider, model=model
    )
    return Belonging(session=made, is_named=is_named)


def route(
    path: bytes, asked: str | None = None, belonging: Belonging | None = None, settings: Settings = SETTINGS
) -> Route:
    target = target_of("POST", path)
    assert target is not None
    return route_of(target, asked, belonging or Belonging(), settings)


def where(path: bytes, asked: str | None = None, belonging: Belonging | None = None) -> tuple[str, str | None, bool]:
    found = route(path, asked, belonging)
    return found.provider.name, found.model, found.is_clients_choice


@pytest.mark.parametrize(
    ("asked", "provider", "model"),
    [
        ("mistral/mistral-large-2411", "mistral", "mistral-large-2411"),
        ("mistral-large-2411", "mistral", "mistral-large-2411"),
        ("mistral/brand-new", "mistral", "brand-new"),
        ("groq/gpt-oss-120b", "groq", "openai/gpt-oss-120b"),
        ("gpt-oss-120b", "cerebras", "gpt-oss-120b"),
        ("groq/compound", "groq", "groq/compound"),
        ("groq/compound-mini", "groq", "groq/compound-mini"),
        ("groq/llama-9", "groq", "llama-9"),
        ("google/gemini-9", "gemini", "gemini-9"),
    ],
)
def test_a_model_that_config_knows_chooses_its_provider(asked: str, provider: str, model: str) -> None:
    assert where(CHAT, asked) == (provider, model, False)
    assert where(CHAT, asked, session("openai", "gpt-5")) == (provider, model, False)
    assert where(CHAT, asked, session("openai", "gpt-5", is_named=True)) == (provider, model, False)


@pytest.mark.parametrize("is_named", [True, False])
def test_the_session_decides_where_the_model_is_unknown(*, is_named: bool) -> None:
    belonging = session("mistral", "mistral/mistral-large-2411", is_named=is_named)
    for asked in (None, "whatever", "gpt-4o"):
        assert where(CHAT, asked, belonging) == ("mistral", "mistral-large-2411", False)


def test_a_session_without_a_model_leaves_the_name_as_it_is() -> None:
    assert where(CHAT, "whatever", session("mistral")) == ("mistral", "whatever", False)
    assert where(CHAT, None, session("mistral")) == ("mistral", None, False)


def test_a_session_may_name_a_model_by_the_providers_own_name() -> None:
    assert where(CHAT, "x", session("mistral", "codestral-latest")) == ("mistral", "codestral-latest", False)


def test_another_model_of_the_sessions_provider_stays_as_asked_for() -> None:
    assert where(MESSAGES, "claude-haiku-4-5", session("anthropic", "claude-opus-4-6"))[:2] == (
        "anthropic",
        "claude-haiku-4-5",
    )
    assert where(CHAT, "shared", session("groq", "groq/compound"))[:2] == ("groq", "shared")


def test_a_maker_in_front_of_a_name_is_not_the_provider_where_the_sessions_own_names_have_makers() -> None:
    groq = session("groq", "groq/compound")
    assert where(CHAT, "openai/gpt-oss-20b", groq)[:2] == ("groq", "openai/gpt-oss-20b")
    assert where(CHAT, "mistral/brand-new", groq)[:2] == ("mistral", "brand-new")
    named = session("groq", "groq/compound", is_named=True)
    assert where(CHAT, "anthropic/claude-9", named)[:2] == ("groq", "anthropic/claude-9")
    assert where(CHAT, "mistral/mistral-large-2411", named)[:2] == ("mistral", "mistral-large-2411")
    assert where(CHAT, "anthropic/claude-9", session("cerebras", is_named=True))[:2] == ("anthropic", "claude-9")


def test_an_active_session_is_no_reason_to_send_an_api_where_it_is_not_spoken() -> None:
    assert where(MESSAGES, "claude-opus-4-6", session("mistral", "m")) == ("anthropic", "claude-opus-4-6", True)
    assert where(GENERATE, "gemini-9", session("mistral", "m")) == ("gemini", "gemini-9", True)


def test_a_session_named_by_the_request_is_held_to() -> None:
    with pytest.raises(OtherApiError, match="mistral does not answer Anthropic requests"):
        route(MESSAGES, "claude-opus-4-6", session("mistral", "m", is_named=True))
    with pytest.raises(NoSuchProviderError, match="there is no provider 'gone'"):
        route(CHAT, "x", session("gone", is_named=True))


def test_an_active_session_of_a_provider_that_is_gone_does_not_matter() -> None:
    assert where(CHAT, "gpt-5", session("gone")) == ("openai", "gpt-5", True)
    assert where(CHAT, "gpt-5", session(None)) == ("openai", "gpt-5", True)


@pytest.mark.parametrize(
    ("path", "asked", "provider", "is_clients_choice"),
    [
        (MESSAGES, "anything", "anthropic", True),
        (MESSAGES, None, "anthropic", True),
        (GENERATE, "anything", "gemini", True),
        (b"/v1beta/openai/chat/completions", "anything", "gemini", True),
        (CHAT, "anything", "openai", True),
        (CHAT, None, "openai", True),
        (CHAT, "gpt-5.4", "openai", True),
        (CHAT, "claude-opus-4-6", "anthropic", False),
        (CHAT, "gemini-2.0-flash", "gemini", False),
        (CHAT, "codestral-latest", "mistral", False),
        (RESPONSES, "gpt-5.4", "openai", True),
        (RESPONSES, "anything", "openai", True),
        (b"/v1/fim/completions", "anything", "mistral", True),
        (b"/v1/agents/completions", None, "mistral", True),
        (b"/v1/embeddings", "mistral-embed", "mistral", False),
    ],
)
def test_without_any_choice_the_apis_own_provider_answers(
    path: bytes, asked: str | None, provider: str, *, is_clients_choice: bool
) -> None:
    assert where(path, asked) == (provider, asked, is_clients_choice)


@pytest.mark.parametrize(
    ("path", "asked", "model"),
    [
        (b"/p/mistral/v1/chat/completions", "mistral/mistral-large-2411", "mistral-large-2411"),
        (b"/p/mistral/v1/chat/completions", "groq/gpt-oss-120b", "groq/gpt-oss-120b"),
        (b"/p/mistral/v1/chat/completions", "mistral/brand-new", "mistral/brand-new"),
        (b"/p/Mistral/v1/chat/completions", "x", "x"),
        (b"/p/mistral/v1/messages", "claude-opus-4-6", "claude-opus-4-6"),
        (b"/p/mistral/v1/unheard/of", None, None),
    ],
)
def test_a_provider_in_the_path_is_where_it_goes_as_it_came(path: bytes, asked: str | None, model: str | None) -> None:
    assert where(path, asked, session("openai", "gpt-5", is_named=True)) == ("mistral", model, True)


def test_a_session_lends_its_model_to_its_own_provider_only() -> None:
    belonging = session("mistral", "mistral/mistral-large-2411")
    assert where(b"/p/mistral/v1/chat/completions", None, belonging)[1] == "mistral-large-2411"
    assert where(b"/p/groq/v1/chat/completions", None, belonging)[1] is None


@pytest.mark.parametrize(("name", "provider"), [("google", "gemini"), ("claude", "anthropic"), ("OpenAI", "openai")])
def test_a_provider_is_known_by_its_other_names(name: str, provider: str) -> None:
    assert where(f"/p/{name}/v1/x".encode())[0] == provider


def test_an_unknown_provider_is_named_with_the_nearest_one() -> None:
    with pytest.raises(NoSuchProviderError, match="did you mean 'mistral'") as refused:
        route(b"/p/mistrall/v1/chat/completions")
    assert refused.value.status == 400
    with pytest.raises(NoSuchProviderError, match=r"'\\x1b\[31m' in config.toml: there are anthropic, "):
        route(b"/p/%1b[31m/v1/chat/completions")
    with pytest.raises(NoSuchProviderError, match=r"no provider 'nope' in config.toml: there are anthropic, "):
        route(b"/p/nope/v1/chat/completions")


def test_a_family_whose_provider_is_not_configured_is_not_sent_to_another() -> None:
    bare = Settings(place="config.toml", providers={"openai": ProviderSettings(name="openai")})
    with pytest.raises(NoSuchProviderError, match="there is no provider 'mistral'"):
        route(CHAT, "mistral-large-latest", settings=bare)


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        (MESSAGES, "mistral/mistral-large-2411"),
        (GENERATE, "mistral/mistral-large-2411"),
        (RESPONSES, "claude-opus-4-6"),
        (RESPONSES, "gemini/gemini-2.5-pro"),
        (b"/v1/completions", "gemini/gemini-2.5-pro"),
        (MESSAGES, "gemini/gemini-2.5-pro"),
    ],
)
def test_an_api_that_a_provider_does_not_speak_is_refused(path: bytes, asked: str) -> None:
    with pytest.raises(OtherApiError) as refused:
        route(path, asked)
    assert refused.value.status == 400
    assert "/p/" in refused.value.sentence


@pytest.mark.parametrize(
    ("path", "asked", "provider"),
    [
        (MESSAGES, "kimi-code/kimi-for-coding", "managed:kimi-code"),
        (CHAT, "kimi-code/kimi-for-coding", "managed:kimi-code"),
        (CHAT, "gemini/gemini-2.5-pro", "gemini"),
        (b"/v1/embeddings", "gemini/gemini-2.5-pro", "gemini"),
    ],
)
def test_a_provider_may_speak_more_than_its_own_api(path: bytes, asked: str, provider: str) -> None:
    assert where(path, asked)[0] == provider
