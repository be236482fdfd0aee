"""Providers on 127.0.0.1 that take the key, refuse it, lead elsewhere, keep silent, or are not there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.services.checkup.hosts import CANARY, closed_port, host, silent_host
from tokencli.config.values import ProviderSettings, Settings
from tokencli.domain.checkup import CheckLine, State
from tokencli.services.checkup.providers import Manner, models_url, provider_lines

if TYPE_CHECKING:
    from tests.services.checkup.hosts import Host

KEYED = {"MISTRAL_API_KEY": CANARY}


def provider(url: str | None, name: str = "mistral", **more: Any) -> ProviderSettings:
    values: dict[str, Any] = {"type": "openai", "api_key": "${MISTRAL_API_KEY}", **more}
    return ProviderSettings(name=name, base_url=url, **values)


def lines_of(*providers: ProviderSettings, environ: dict[str, str], **more: Any) -> list[CheckLine]:
    settings = Settings(place="c.toml", providers={each.name: each for each in providers})
    told = {"heard": more.pop("heard")} if "heard" in more else {}
    return provider_lines(settings, environ, Manner(**more), **told)


def line_of(one: ProviderSettings, environ: dict[str, str] | None = None, **more: Any) -> CheckLine:
    (line,) = lines_of(one, environ=KEYED if environ is None else environ, **more)
    assert CANARY not in repr(line)
    return line


def headers_of(there: Host) -> dict[str, str]:
    ((_, headers),) = there.asked
    return headers


def test_a_provider_that_answers_is_asked_once_for_its_models_with_its_key() -> None:
    with host() as there:
        line = line_of(provider(f"{there.url}/v1"))
    assert (line.state, line.message) == (State.OK, "answers (200); key from MISTRAL_API_KEY")
    assert [path for path, _ in there.asked] == ["/v1/models"]
    assert headers_of(there)["authorization"] == f"Bearer {CANARY}"


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [("anthropic", "x-api-key", CANARY), ("gemini", "x-goog-api-key", CANARY), ("kimi", "authorization", "Bearer ")],
)
def test_each_kind_of_provider_gets_its_key_in_its_own_header(kind: str, name: str, value: str) -> None:
    with host() as there:
        line_of(provider(there.url, type=kind))
    headers = headers_of(there)
    assert headers[name].startswith(value)
    assert sum(CANARY in each for each in headers.values()) == 1


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_refused_is_a_problem(status: int) -> None:
    with host(status, body=CANARY.encode()) as there:
        line = line_of(provider(f"{there.url}/v1"))
    assert (line.state, line.message) == (State.PROBLEM, f"refuses the key ({status})")
    assert line.next_step == "put a valid key into MISTRAL_API_KEY"


def test_googles_way_to_refuse_a_key_is_known() -> None:
    with host(400, body=b'{"error": {"details": [{"reason": "API_KEY_INVALID"}]}}') as there:
        assert line_of(provider(there.url, type="gemini")).state is State.PROBLEM
    with host(400) as there:
        assert line_of(provider(there.url, type="gemini")).state is State.OK


def test_without_a_key_a_refusal_only_says_that_somebody_is_there() -> None:
    with host(401) as there:
        line = line_of(provider(f"{there.url}/v1"), {})
        own = line_of(provider(f"{there.url}/v1", is_wellknown=True), {})
    assert (line.state, line.message) == (State.WARNING, "reachable (401); MISTRAL_API_KEY is not set")
    assert line.next_step == "set MISTRAL_API_KEY where tokencli runs"
    assert (own.state, own.next_step) == (State.OK, "")


def test_one_that_needs_no_key_is_well_without_one() -> None:
    with host() as there:
        line = line_of(provider(there.url, api_key=None), {})
    assert (line.state, line.message) == (State.OK, "answers (200); needs no key")
    assert "authorization" not in headers_of(there)


def test_a_redirect_is_an_answer_and_its_goal_gets_nothing() -> None:
    with host() as goal, host(307, headers={"Location": f"{goal.url}/v1/models"}) as there:
        line = line_of(provider(f"{there.url}/v1"))
    assert (line.state, line.message) == (State.OK, "reachable (307); key from MISTRAL_API_KEY")
    assert goal.asked == []


def test_a_fault_of_the_providers_own_is_a_warning() -> None:
    with host(503) as there:
        line = line_of(provider(there.url))
    assert line.state is State.WARNING
    assert line.message.startswith("reachable, but it answers 503")


def test_one_that_is_not_there_or_keeps_silent_is_told_in_words() -> None:
    gone = closed_port()
    line = line_of(provider(gone))
    assert (line.state, line.message) == (State.PROBLEM, f"{gone[7:]}: the connection is refused")
    assert "network" in line.next_step
    with silent_host() as silent:
        line = line_of(provider(silent), {}, wait_s=0.3)
    assert (line.state, line.message) == (State.WARNING, f"{silent[7:]}: does not answer within 0.3 s")


def test_a_base_url_that_leads_to_a_tokencli_is_a_problem() -> None:
    with host(headers={"x-tokencli-instance": "a"}) as there:
        line = line_of(provider(there.url))
    assert (line.state, line.message) == (State.PROBLEM, "its base_url leads to a tokencli")
    assert there.asked == []


def test_the_proxys_own_address_gets_no_key() -> None:
    with host() as there:
        url = there.url.replace("127.0.0.1", "localhost")
        line = line_of(provider(f"{url}/v1"), own_url=there.url)
    assert (line.state, line.message) == (State.PROBLEM, "its base_url leads to a tokencli")
    assert there.asked == []


def test_offline_nobody_is_asked() -> None:
    with host() as there:
        line = line_of(provider(there.url), is_offline=True)
    assert (line.state, line.message) == (State.SKIPPED, "not asked; key from MISTRAL_API_KEY")
    assert there.asked == []


def test_a_key_that_cannot_be_sent_is_a_problem_and_is_not_sent() -> None:
    with host() as there:
        line = line_of(provider(there.url), {"MISTRAL_API_KEY": f"{CANARY} {CANARY}"})
    assert (line.state, line.next_step) == (State.PROBLEM, "copy it anew into MISTRAL_API_KEY")
    assert "authorization" not in headers_of(there)


def test_a_key_that_is_switched_off_is_not_sent() -> None:
    with host(401) as there:
        line = line_of(provider(there.url, set_key=False))
    assert (line.state, "set_key = false" in line.message) == (State.OK, True)
    assert "authorization" not in headers_of(there)


def test_no_key_goes_where_others_can_read_it() -> None:
    line = line_of(provider("http://10.0.0.1/v1"), is_offline=True)
    assert line.message == "not asked; key from MISTRAL_API_KEY, not sent: the address has no TLS"


def test_a_provider_without_an_address_is_told() -> None:
    line = line_of(provider(None))
    assert (line.state, line.next_step) == (State.WARNING, 'set base_url in [providers."mistral"]')


def test_nobody_is_asked_who_has_to_do_with_a_clients_login_alone() -> None:
    with host() as there:
        chatgpt = ProviderSettings(name="chatgpt", type="openai", base_url=there.url, is_wellknown=True)
        assert lines_of(chatgpt, environ={}) == []
    assert there.asked == []


def test_those_of_the_built_in_configuration_without_a_key_are_one_line_and_not_asked() -> None:
    told: list[tuple[int, int]] = []

    def heard(done: int, of: int) -> None:
        told.append((done, of))

    with host() as there, host() as known:
        mistral, groq = provider(there.url), provider(there.url, "groq")
        openai = provider(known.url, "openai", is_wellknown=True)
        lines = lines_of(mistral, groq, openai, environ={}, is_builtin=True, heard=heard)
    assert there.asked == []
    assert [(line.name, line.state) for line in lines] == [("openai", State.OK), ("others", State.SKIPPED)]
    assert lines[1].message == "no key for mistral, groq"
    assert told == [(0, 1), (1, 1)]


@pytest.mark.parametrize(
    ("kind", "base", "url"),
    [
        ("openai", "https://a.b/v1", "https://a.b/v1/models"),
        ("openai", "https://a.b", "https://a.b/v1/models"),
        ("openai", "https://a.b/openai/v1", "https://a.b/openai/v1/models"),
        ("openai", "https://a.b/api", "https://a.b/api/models"),
        ("anthropic", "https://a.b/claude", "https://a.b/claude/v1/models"),
        ("gemini", "https://a.b/v1beta", "https://a.b/v1beta/models"),
        ("gemini", "https://a.b", "https://a.b/v1beta/models"),
        ("kimi", "https://a.b/coding/v1", "https://a.b/coding/v1/models"),
    ],
)
def test_the_list_of_models_is_where_each_api_has_it(kind: str, base: str, url: str) -> None:
    assert models_url(provider(base, type=kind)) == url
