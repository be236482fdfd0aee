from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tokencli.cli.errors import run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def prices(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run `tokencli prices ...` and return (exit code, stdout, stderr)."""

    def called(*arguments: str) -> tuple[int, str, str]:
        code = run(["prices", *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return called


def test_show_prints_the_price_of_a_model(prices: Any) -> None:
    code, out, err = prices("show", "gpt-4o")
    assert (code, err) == (0, "")
    assert "gpt-4o at openai" in out
    assert "$2.50  per million tokens" in out


def test_show_looks_at_the_date(prices: Any) -> None:
    before = json.loads(prices("show", "gpt-5.6-sol", "--at", "2026-08-20", "--json")[1])
    after = json.loads(prices("show", "gpt-5.6-sol", "--at", "2026-08-21", "--json")[1])
    assert (before["price"]["prices"][0]["price"], after["price"]["prices"][0]["price"]) == ("5", "4")
    assert after["price"]["effective_from"] == "2026-08-21"
    assert len(after["history"]) == 2


def test_a_date_is_read_in_the_zone_that_was_named(prices: Any) -> None:
    arguments = ("show", "gpt-5.6-sol", "--at", "2026-08-21", "--json", "--tz")
    assert json.loads(prices(*arguments, "Asia/Tokyo")[1])["price"]["prices"][0]["price"] == "5"
    assert json.loads(prices(*arguments, "America/New_York")[1])["price"]["prices"][0]["price"] == "4"


def test_show_understands_keys_of_the_configuration(prices: Any) -> None:
    values = json.loads(prices("show", "kimi-code/kimi-for-coding", "--json")[1])
    assert (values["model"], values["price"]["status"]) == ("kimi-for-coding", "subscription")


def test_show_says_no_when_there_is_no_price(prices: Any) -> None:
    code, out, err = prices("show", "gpt-4oo")
    assert (code, out) == (1, "")
    assert err == "tokencli: no price is known for gpt-4oo: did you mean gpt-4o or gpt-4?\n"


def test_a_provider_can_be_named(prices: Any) -> None:
    assert prices("show", "qwen/qwen3-32b")[0] == 1
    assert json.loads(prices("show", "qwen/qwen3-32b", "--provider", "groq", "--json")[1])["provider"] == "groq"


def test_an_own_price_goes_first(prices: Any, home: Path) -> None:
    (home / "tokencli").mkdir()
    own = '[models."openai/gpt-4o"]\nprice = { input = 9, output = 9, effective_from = 2026-06-01 }\n'
    (home / "tokencli" / "prices.toml").write_text(own, encoding="utf-8")
    now = json.loads(prices("show", "openai/gpt-4o", "--at", "2026-07-01", "--json")[1])
    assert (now["price"]["source"], now["price"]["prices"][0]["price"]) == ("prices.toml", "9")
    before = json.loads(prices("show", "openai/gpt-4o", "--at", "2026-05-01", "--json")[1])
    assert before["price"]["source"].startswith("genai-prices")


def test_list_shows_the_models_of_the_configuration(prices: Any) -> None:
    code, out, err = prices("list")
    assert code == 0
    assert "mistral-large-2411" in out
    assert "subscription" in out
    assert "unpriced" in out
    assert "--search TEXT or --all" in err
    assert len(json.loads(prices("list", "--json")[1])["models"]) == 20


def test_list_searches_the_whole_price_list(prices: Any, home: Path) -> None:
    found = json.loads(prices("list", "--search", "SONNET-4-5", "--provider", "anthropic", "--json")[1])
    assert [model["model"] for model in found["models"]] == ["claude-sonnet-4-5"]
    assert len(json.loads(prices("list", "--all", "--json")[1])["models"]) > 2000
    caches = list((home / "tokencli" / "cache").glob("*"))
    assert sum(path.stat().st_size for path in caches) < 50_000


def test_list_says_no_when_nothing_is_found(prices: Any) -> None:
    code, out, err = prices("list", "--search", "zzz")
    assert (code, out) == (1, "")
    assert err.startswith("tokencli: no model with 'zzz' in its name has a price")


def test_diff_compares_two_models(prices: Any) -> None:
    code, out, _ = prices("diff", "gpt-4o", "gpt-4o-mini")
    assert code == 0
    assert "$2.50        $0.15" in out
    values = json.loads(prices("diff", "gpt-4o", "gpt-4o-mini", "--json")[1])
    assert values["prices"][0] == {
        "unit": "input_tokens",
        "per": 1_000_000,
        "above_tokens": 0,
        "first": "2.5",
        "second": "0.15",
    }


def test_diff_compares_two_dates(prices: Any) -> None:
    arguments = ("diff", "gpt-5.6-sol", "--at", "2026-07-01", "--and", "2026-11-01", "--json")
    values = json.loads(prices(*arguments)[1])
    assert (values["prices"][0]["first"], values["prices"][0]["second"]) == ("5", "4")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("diff", "gpt-4o"), "there is only one price to compare"),
        (("show", "gpt-4o", "--at", "soon"), "'soon' is no date: write it like 2026-11-20"),
    ],
)
def test_what_cannot_be_answered_is_wrong_usage(prices: Any, arguments: tuple[str, ...], sentence: str) -> None:
    code, out, err = prices(*arguments)
    assert (code, out) == (2, "")
    assert sentence in err


def test_a_wrong_configuration_is_one_sentence(prices: Any, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[report]\nweek_strat = "monday"\n', encoding="utf-8")
    code, out, err = prices("show", "gpt-4o")
    assert (code, out) == (3, "")
    assert "line 2: there is no key 'week_strat'; did you mean 'week_start'?" in err


TWO_SELLERS = """
[providers.acme]
type = "openai"
[providers.other]
type = "openai"
[models."acme/one"]
provider = "acme"
model = "one"
price = { input = 1, output = 2 }
[models."other/one"]
provider = "other"
model = "one"
price = "free"
[models."acme/gpt-4o"]
provider = "acme"
model = "gpt-4o"
price = { input = 7, output = 8 }
"""


def test_show_finds_an_own_price_by_the_bare_name_and_names_its_provider(prices: Any) -> None:
    code, out, err = prices("show", "kimi-for-coding")
    assert (code, err) == (0, "")
    assert out.startswith("kimi-for-coding at managed:kimi-code\n")
    assert "subscription" in out


def test_own_prices_at_several_providers_are_named(prices: Any, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(TWO_SELLERS)
    code, out, err = prices("show", "one")
    assert (code, out) == (2, "")
    assert err == "tokencli: your own prices have one at acme and other: choose one with --provider.\n"
    assert prices("show", "one", "--provider", "other")[1].startswith("one at other\n")
    assert prices("diff", "acme/one", "other/one")[0] == 0


def test_an_own_price_stands_before_the_list_for_a_bare_name(prices: Any, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(TWO_SELLERS)
    assert "$7.00  per million tokens" in prices("show", "gpt-4o")[1]
    assert "gpt-4o at openai" in prices("show", "openai/gpt-4o")[1]


def test_a_configuration_that_cannot_be_read_is_one_sentence(prices: Any) -> None:
    code, out, err = prices("list", "--config", "/")
    assert (code, out) == (3, "")
    assert err == "tokencli: / cannot be read: it is a directory.\n"
