from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from tokencli.config.document import parse
from tokencli.config.keys import LIMIT_KEYS, MODEL_KEYS, PROVIDER_KEYS, SERVER_NUMBERS
from tokencli.config.places import BUILTIN
from tokencli.config.settings import load_prices, load_settings, settings_of
from tokencli.config.values import ServerSettings, Settings
from tokencli.domain.charge import CostStatus
from tokencli.domain.errors import ConfigError

ROOT = Path(__file__).parents[2]
ACME = '[providers.acme]\ntype = "openai"\n'


def settings(text: str) -> Settings:
    return settings_of(parse(text.encode(), "config.toml"))


def test_the_built_in_configuration_is_the_one_at_the_top() -> None:
    assert BUILTIN.read_bytes() == (ROOT / "config.toml").read_bytes()


def test_the_built_in_configuration_has_its_providers_and_models() -> None:
    built_in = load_settings(BUILTIN)
    assert list(built_in.providers) == [
        "managed:kimi-code",
        "nvidia",
        "mistral",
        "openrouter",
        "siliconflow",
        "groq",
        "cerebras",
        "gemini",
        "openai",
        "anthropic",
        "chatgpt",
    ]
    assert len(built_in.models) == 20
    large = built_in.models["mistral/mistral-large-2411"]
    assert (large.provider, large.model, large.context_limit_tokens, large.capabilities) == (
        "mistral",
        "mistral-large-2411",
        131_072,
        ("tool_use",),
    )
    assert all(
        each.is_wellknown or (each.api_key and each.api_key.startswith("${")) for each in built_in.providers.values()
    )
    assert [name for name, each in built_in.providers.items() if not each.asks_for_usage] == ["mistral"]
    assert built_in.warnings == ()
    assert built_in.place == "the built-in config.toml"


def test_a_plan_is_known_under_the_name_and_under_the_key() -> None:
    plans = {
        (price.provider_name, price.model)
        for price in load_settings(BUILTIN).own_prices
        if price.status is CostStatus.SUBSCRIPTION
    }
    assert plans == {
        ("managed:kimi-code", "kimi-for-coding"),
        ("managed:kimi-code", "kimi-code/kimi-for-coding"),
    }


def test_an_empty_file_is_all_defaults() -> None:
    empty = settings("")
    assert replace(empty, providers={}) == Settings(place="config.toml")
    assert {name: (each.type, each.base_url, each.api_key_env) for name, each in empty.providers.items()} == {
        "gemini": ("gemini", "https://generativelanguage.googleapis.com/v1beta", "GEMINI_API_KEY"),
        "openai": ("openai", "https://api.openai.com/v1", "OPENAI_API_KEY"),
        "anthropic": ("anthropic", "https://api.anthropic.com/v1", "ANTHROPIC_API_KEY"),
        "chatgpt": ("openai", "https://chatgpt.com/backend-api/codex", None),
    }
    assert all(each.is_wellknown for each in empty.providers.values())


def test_what_the_file_says_of_a_well_known_provider_is_added_to_what_is_known() -> None:
    found = settings('[providers.anthropic]\nrpm = 5\n[providers.openai]\nbase_url = "http://h/v1"\napi_key = "k"\n')
    anthropic, openai = found.providers["anthropic"], found.providers["openai"]
    assert (anthropic.type, anthropic.base_url, anthropic.api_key_env, anthropic.limit_rpm, anthropic.is_wellknown) == (
        "anthropic",
        "https://api.anthropic.com/v1",
        "ANTHROPIC_API_KEY",
        5,
        False,
    )
    assert (openai.base_url, openai.api_key_env, openai.key({"OPENAI_API_KEY": "other"})) == ("http://h/v1", None, "k")


def test_the_server_section_is_read() -> None:
    text = '[server]\nhost = "0.0.0.0"\nport = 9000\nmax_request_mb = 2\nmax_measured_mb = 3\nheader_timeout_s = 4\n'
    assert settings(text + "body_timeout_s = 5\ndrain_s = 6\n").server == ServerSettings(
        host="0.0.0.0",  # noqa: S104 - read from a file, never bound
        port=9000,
        max_request_bytes=2 * 2**20,
        measured_bytes=3 * 2**20,
        header_timeout_s=4,
        body_timeout_s=5,
        drain_s=6,
    )


def test_a_provider_has_its_name_in_lower_case() -> None:
    found = settings('[providers.OpenAI]\nrpm = 3\n[models.a]\nprovider = "OPENAI"\nprice = "free"\n')
    assert (found.providers["openai"].name, found.providers["openai"].limit_rpm) == ("openai", 3)
    assert found.providers["openai"].base_url == "https://api.openai.com/v1"
    assert "OpenAI" not in found.providers
    assert (found.models["a"].provider, found.own_prices[0].provider_name) == ("openai", "openai")


def test_a_rewrite_is_switched_off_by_name() -> None:
    text = f"{ACME}include_usage = false\nrewrite_model = false\nset_key = false\n"
    acme = settings(text).providers["acme"]
    assert (acme.asks_for_usage, acme.rewrite_model, acme.set_key) == (False, False, False)
    assert settings("[providers.mistral]\ninclude_usage = true\n").providers["mistral"].asks_for_usage


def test_report_and_limits_are_read() -> None:
    found = settings(
        '[report]\nweek_start = "Sunday"\ntime_zone = "Europe/Paris"\n[limits]\ndaily_usd = 3\nmonthly_usd = 20.10\n'
    )
    assert (found.report.week_start, found.report.time_zone) == (6, "Europe/Paris")
    assert (found.limits.daily_usd, found.limits.weekly_usd, found.limits.monthly_usd) == (
        Decimal(3),
        None,
        Decimal("20.10"),
    )


def test_the_zone_local_is_the_machines_own() -> None:
    assert settings('[report]\ntime_zone = "local"\n').report.time_zone is None


def test_a_provider_is_read_with_all_its_settings() -> None:
    text = '[providers."p"]\ntype = "gemini"\nbase_url = "http://h:1/v1/"\napi_key_env = "E"\non_disconnect = "drain"\n'
    provider = settings(text + "drain_max_s = 5\ntimeout_s = 180\nrpm = 60\n").providers["p"]
    assert (provider.type, provider.base_url, provider.api_key_env, provider.on_disconnect) == (
        "gemini",
        "http://h:1/v1",
        "E",
        "drain",
    )
    assert (provider.drain_max_s, provider.timeout_s, provider.rpm) == (5, 180, 60)


def test_a_model_without_a_name_is_named_by_its_key() -> None:
    assert settings(f'{ACME}[models."big-1"]\nprovider = "acme"\n').models["big-1"].model == "big-1"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[report]\nweek_strat = "monday"', "line 2: there is no key 'week_strat'; did you mean 'week_start'?"),
        ('[report]\nweek_start = "tusday"', "line 2: report.week_start is 'tusday', but it is one of monday,"),
        ('[report]\nweek_start = "tusday"', "did you mean 'tuesday'?"),
        ("[report]\nzzz = 1", "line 2: report.zzz is 1, but [report] has no such key: it has week_start, time_zone."),
        ('[report]\ntime_zone = "Mars/X"', "line 2: report.time_zone is 'Mars/X', but it should be a name such as"),
        (
            "[limits]\n\ndaily_usd = -3",
            "line 3: limits.daily_usd is -3, but a limit is a number of dollars, 0 or more.",
        ),
        ("[limits]\ndaily = 3", "line 2: there is no key 'daily'; did you mean 'daily_usd'?"),
        ('[providers.x]\ntype = "openia"', "line 2: providers.x.type is 'openia', but it is one of"),
        ('[providers.x]\nbaseurl = "h"', "line 2: there is no key 'baseurl'; did you mean 'base_url'?"),
        ("[providers.x]\nbase_url = 1", "line 2: providers.x.base_url is 1, but it is text, in quotes."),
        ("[providers.x]\nrpm = -1", "line 2: providers.x.rpm is -1, but it should be a whole number between 0 and"),
        ('[providers.x]\non_disconnect = "stop"', "line 2: providers.x.on_disconnect is 'stop', but it is one of"),
        ("[providers.x]\ninclude_usage = 1", "line 2: providers.x.include_usage is 1, but it is true or false."),
        (
            "[providers.x]\ntimeout_s = 0",
            "line 2: providers.x.timeout_s is 0, but it should be a whole number between 1 and",
        ),
        ('[providers.x]\nbase_url = "api.x.ai"', "line 2: providers.x.base_url is 'api.x.ai', but did you mean 'https"),
        (
            '[providers."a/b"]\n',
            "line 1: providers.a/b is a table, but a provider's name is made of letters, digits and",
        ),
        ('[providers.""]\n', "line 1: providers. is a table, but a provider's name is made of letters, digits and"),
        ("[providers.A]\n[providers.a]\n", "line 2: providers.a is a table, but there is a provider 'a' already."),
        ("[server]\nprot = 1", "line 2: there is no key 'prot'; did you mean 'port'?"),
        (
            "[server]\nport = 70000",
            "line 2: server.port is 70000, but it should be a whole number between 1 and 65535.",
        ),
        ('[server]\ntoken = "t"', "line 2: server.token is '...', but a token stands in no file: set TOKENCLI_TOKEN,"),
        ('[server]\nhost = ""', "line 2: server.host is '', but it is a host name or an address."),
        ("[privacy]\nzzz = 1", "line 2: privacy.zzz is 1, but [privacy] has no such key: it has none."),
        ('[models."a"]\nmodel = "b"', "line 1: models.a is a table, but it needs a provider."),
        (
            f'{ACME}[models."a"]\nprovider = "acm"',
            "line 4: models.a.provider is 'acm', but it is one of acme, gemini, ",
        ),
        (f'{ACME}[models.a]\nprovider = "acme"\ncapabilities = [1]', "line 5: models.a.capabilities is a list, but it"),
        (
            f'{ACME}[models.a]\nprovider = "acme"\nprice = "gratis"',
            "line 5: models.a.price is 'gratis', but a price is",
        ),
        ("models = 3", "line 1: models is 3, but it is a section: [models.NAME]."),
        ("report = 3", "line 1: report is 3, but it is a section: [report]."),
        ("[models]\na = 1", 'line 2: models.a is 1, but it is a table: [models."a"].'),
        ("[provider.x]\n", "line 1: there is no key 'provider'; did you mean 'providers'?"),
    ],
)
def test_a_wrong_key_or_value_is_named_with_its_line(text: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        settings(text)
    assert str(caught.value).startswith("config.toml, ")
    assert sentence in str(caught.value)


def test_what_another_program_keeps_in_the_file_is_told_and_left_alone() -> None:
    found = settings('default_thinking = true\n[mcp]\nx = 1\n[providers.acme]\nicon = "A"\n')
    assert found.warnings == (
        "config.toml, line 1: tokencli does not use default_thinking.",
        "config.toml, line 2: tokencli does not use mcp.",
        "config.toml, line 5: tokencli does not use providers.acme.icon.",
    )


def test_a_file_of_the_kimi_programs_loads(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(
        """\
default_model = "kimi-code/kimi-for-coding"
default_thinking = true
theme = "dark"

[providers."managed:kimi-code"]
type = "kimi"
base_url = "https://api.kimi.com/coding/v1"
api_key = ""
custom_headers = { "X-Custom" = "value" }
[providers."managed:kimi-code".oauth]
storage = "file"

[providers.old]
type = "openai_legacy"
base_url = "https://api.mistral.ai/v1"
api_key = "${MISTRAL_API_KEY}"

[providers.google]
type = "google_genai"
base_url = "https://generativelanguage.googleapis.com/v1beta"

[models."kimi-code/kimi-for-coding"]
provider = "managed:kimi-code"
model = "kimi-for-coding"
max_context_size = 262144
max_output_size = 8192
capabilities = ["thinking", "video_in", "image_in"]
display_name = "Kimi"

[models."mistral/mistral-large-2411"]
provider = "old"
model = "mistral-large-2411"
max_context_size = 131072
display_name = "Large"

[loop_control]
max_steps_per_turn = 100

[services.moonshot_search]
base_url = "https://api.kimi.com/coding/v1/search"
api_key = "sk-canary"

[[hooks]]
event = "Stop"
""",
        encoding="utf-8",
    )
    found = load_settings(path)
    kimi, old, google = (found.providers[name] for name in ("managed:kimi-code", "old", "google"))
    assert (kimi.type, kimi.key({}), old.type, google.type) == ("kimi", None, "openai_legacy", "gemini")
    assert found.models["mistral/mistral-large-2411"].context_limit_tokens == 131_072
    assert [warning.partition("tokencli does not use ")[2] for warning in found.warnings] == [
        "default_model.",
        "default_thinking.",
        "theme.",
        "loop_control.",
        "services.",
        "hooks.",
        "providers.managed:kimi-code.custom_headers.",
        "providers.managed:kimi-code.oauth.",
        "models.kimi-code/kimi-for-coding.max_output_size.",
        "models.kimi-code/kimi-for-coding.display_name, here and in 1 more.",
    ]
    assert "sk-canary" not in "".join(found.warnings)


def test_a_name_with_a_point_wants_quotes() -> None:
    with pytest.raises(ConfigError, match=r'a name with a point is written in quotes, \[models\."kimi-k2\.5"\]'):
        settings(f'{ACME}[models.kimi-k2.5]\nprovider = "acme"\n')


def test_a_written_out_key_in_a_file_that_others_may_read_draws_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f'{ACME}api_key = "sk-123"\n', encoding="utf-8")
    path.chmod(0o644)
    (warning,) = load_settings(path).warnings
    assert "line 3: the key stands in a file that others may read" in warning
    assert "sk-123" not in warning
    path.chmod(0o600)
    assert load_settings(path).warnings == ()


def test_a_key_from_the_environment_draws_none(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f'{ACME}api_key = "${{ACME_KEY}}"\n', encoding="utf-8")
    path.chmod(0o644)
    assert load_settings(path).warnings == ()


def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot be read: is a directory\.$"):
        load_settings(tmp_path)


def test_the_own_price_list_is_read(tmp_path: Path) -> None:
    path = tmp_path / "prices.toml"
    path.write_text(
        '[models."nvidia/moonshotai/kimi-k2.5"]\nprice = [{ input = 1 }, { input = 2, effective_from = 2026-06-01 }]\n'
        '[models."anything"]\nprice = "free"\n'
        '[models."short"]\nprovider = "acme"\nmodel = "vendor/long-name"\nprice = { input = 3, disputed = true }\n',
        encoding="utf-8",
    )
    found = [(price.provider_name, price.model, price.input_usd, price.is_disputed) for price in load_prices(path)]
    assert found == [
        ("nvidia", "moonshotai/kimi-k2.5", 1, False),
        ("nvidia", "moonshotai/kimi-k2.5", 2, False),
        (None, "anything", None, False),
        ("acme", "vendor/long-name", 3, True),
    ]
    assert {price.source for price in load_prices(path)} == {"prices.toml"}


def test_no_own_price_list_means_no_own_prices(tmp_path: Path) -> None:
    assert load_prices(tmp_path / "prices.toml") == ()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[models.a]\n", "line 1: models.a is a table, but it needs a price."),
        ("[models.a]\nprices = 1\n", "line 2: there is no key 'prices'; did you mean 'price'?"),
        (
            "[models.a]\nzzz = 1\n",
            "line 2: models.a.zzz is 1, but a model in a price list has provider, model and price.",
        ),
        ("[report]\n", "line 1: report is a table, but a price list holds"),
    ],
)
def test_a_wrong_price_list_is_named_with_its_line(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "prices.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_prices(path)
    assert sentence in str(caught.value)


@pytest.mark.docs
@pytest.mark.parametrize("page", ["config.toml", "docs/reference/config.md"])
def test_every_key_is_explained(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    keys = (*PROVIDER_KEYS, *MODEL_KEYS, *LIMIT_KEYS, "host", *SERVER_NUMBERS, "week_start", "time_zone")
    assert [key for key in keys if not re.search(rf"\b{key}\b", text)] == []
