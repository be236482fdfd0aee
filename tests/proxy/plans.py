"""A planner with made-up providers, keys and sessions, and plans by it."""

import threading
from datetime import UTC, datetime

from tokencli.config.values import ModelSettings, ProviderSettings, Settings
from tokencli.domain.session import Session
from tokencli.proxy.headers import Headers
from tokencli.proxy.paths import target_of
from tokencli.proxy.plan import (
    Plan,
    Planner,
)

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
KEYS = {
    "OPENAI_API_KEY": "sk-test-openai",
    "ANTHROPIC_API_KEY": "sk-test-anthropic",
    "GEMINI_API_KEY": "sk-test-gemini",
    "GROQ_API_KEY": "sk-test-groq",
    "KIMI_API_KEY": "sk-test-kimi",
}
HOSTS = {
    "openai": ("openai", "https://openai.test/v1", "OPENAI_API_KEY"),
    "anthropic": ("anthropic", "https://anthropic.test/v1", "ANTHROPIC_API_KEY"),
    "gemini": ("gemini", "https://gemini.test/v1beta", "GEMINI_API_KEY"),
    "groq": ("openai", "https://groq.test/openai/v1", "GROQ_API_KEY"),
    "mistral": ("openai", "https://mistral.test/v1", "MISTRAL_API_KEY"),
    "kimi": ("kimi", "https://kimi.test/coding/v1", "KIMI_API_KEY"),
    "ollama": ("openai", "http://127.0.0.1:11434/v1", None),
}
MODELS = {
    "groq/big": ("groq", "openai/gpt-oss-120b"),
    "mistral/large": ("mistral", "mistral-large-2411"),
    "gemini/pro": ("gemini", "gemini-2.5-pro"),
    "kimi/code": ("kimi", "kimi-for-coding"),
    "ollama/llama": ("ollama", "llama3"),
}
SETTINGS = Settings(
    place="config.toml",
    providers={
        name: ProviderSettings(
            name=name, type=kind, base_url=url, api_key_env=variable, asks_for_usage=name != "mistral"
        )
        for name, (kind, url, variable) in HOSTS.items()
    },
    models={key: ModelSettings(key=key, provider=provider, model=model) for key, (provider, model) in MODELS.items()},
)
CHAT = b"/v1/chat/completions"
STREAM = b'{"model":"gpt-5.4","stream":true,"messages":[]}'
WORK = Session(id="id-work", name="work", created_at=NOW, provider_name="groq", model="groq/big")
OLD = Session(id="id-old", name="old", created_at=NOW, ended_at=NOW)


PATHS = [
    CHAT,
    b"/openai/v1/responses",
    b"/v1/messages",
    b"/v1beta/models/gemini/pro:generateContent",
    b"/s/work/v1/embeddings",
    *(f"/p/{name}/v1/anything".encode() for name in HOSTS),
]


class Book:
    """Sessions in memory; keeps which threads asked."""

    def __init__(self, active: Session | None = None) -> None:
        self.current = active
        self.threads: set[int] = set()

    def named(self, name_or_id: str) -> Session | None:
        self.threads.add(threading.get_ident())
        return next((each for each in (WORK, OLD) if name_or_id in {each.name, each.id}), None)

    def active(self) -> Session | None:
        self.threads.add(threading.get_ident())
        return self.current


class Estimator:
    """Counts bytes."""

    def estimate_input(self, api_name: str, provider_name: str | None, model: str | None, body: bytes) -> int | None:
        assert api_name
        assert provider_name
        assert model != ""
        return len(body)


def planner(settings: Settings = SETTINGS, book: Book | None = None, keys: dict[str, str] | None = None) -> Planner:
    return Planner(
        settings=lambda: settings,
        sessions=book or Book(),
        environ=KEYS if keys is None else keys,
        estimator=Estimator(),
        now=lambda: NOW,
        instance_id="me",
    )


def planned(
    path: bytes = CHAT,
    body: bytes = b"{}",
    headers: Headers | None = None,
    *,
    method: str = "POST",
    query: bytes = b"",
    by: Planner | None = None,
) -> Plan:
    target = target_of(method, path, query)
    assert target is not None
    return (by or planner()).plan(target, method, headers or [], body)


def sent(plan: Plan, name: bytes) -> list[bytes]:
    return [value for each, value in plan.headers if each == name]
