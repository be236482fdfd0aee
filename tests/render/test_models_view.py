"""Models as a table: nothing is cut, icons stand only where they can be seen."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from rich.console import Console

from tokencli.config.values import ModelSettings
from tokencli.domain.charge import CostStatus
from tokencli.domain.money import usd
from tokencli.pricing.card import PriceCard, Rate, Unit
from tokencli.render.context_words import context_words
from tokencli.render.models_view import has_icons, models_json, models_table
from tokencli.services.catalogue import ListedModel, models_values

CARD = PriceCard(
    provider="gemini",
    model="big-1",
    source="list",
    rates=(
        Rate(unit=Unit.INPUT, price=usd("1.25"), tiers=((200_000, usd("2.5")),)),
        Rate(unit=Unit.OUTPUT, price=usd(10)),
    ),
)


def model(key: str = "acme/big", upstream: str = "vendor/big-1", *, card: PriceCard | None = CARD) -> ListedModel:
    entry = ModelSettings(key=key, provider="acme", model=upstream, capabilities=("tool_use", "video_in"))
    return ListedModel(entry=entry, context_limit_tokens=1_048_576, card=card, has_key=True)


def console(width: int, *, is_terminal: bool = False) -> Console:
    return Console(file=StringIO(), width=width, force_terminal=is_terminal, no_color=True, legacy_windows=False)


def drawn(*rows: ListedModel, width: int = 160) -> str:
    page = console(width)
    page.print(models_table(rows, page))
    assert isinstance(page.file, StringIO)
    return "\n".join(line.rstrip() for line in page.file.getvalue().split("\n"))


def test_a_wide_table_has_a_column_for_each_fact() -> None:
    assert drawn(model()) == (
        "model     upstream name  context   input  output  key  can\n"
        "acme/big  vendor/big-1        1M  $1.25+  $10.00  yes  tool_use, video_in\n"
    )


def test_a_narrow_table_has_name_and_abilities_below_the_key() -> None:
    assert drawn(model(), model("acme/vendor/big-1", card=None), width=80) == (
        "model                 context     input  output  key\n"
        "acme/big                   1M    $1.25+  $10.00  yes\n"
        "  vendor/big-1\n"
        "  tool_use, video_in\n"
        "acme/vendor/big-1          1M  unpriced          yes\n"
        "  tool_use, video_in\n"
    )


def test_what_has_no_price_per_token_has_a_word() -> None:
    plan = PriceCard(provider=None, model="x", source="config.toml", status=CostStatus.SUBSCRIPTION)
    by_search = PriceCard(provider=None, model="x", source="list", rates=(Rate(unit=Unit.REQUEST, price=usd(5)),))
    shown = drawn(model(card=plan), model(card=by_search), model(card=None)).split("\n")
    assert [line.split()[3] for line in shown[1:4]] == ["subscription", "unpriced", "unpriced"]


@pytest.mark.parametrize("width", [80, 160])
def test_a_hostile_name_reaches_no_terminal_alive(width: int) -> None:
    shown = drawn(model("a\x1b]0;x\x07[red]", "\u202eb"), width=width)
    assert not set(shown) & {"\x1b", "\x07", "\u202e"}
    assert "[red]" in shown


@pytest.mark.parametrize(
    ("tokens", "words"),
    [
        (131_072, "128K"),
        (262_144, "256K"),
        (32_768, "32K"),
        (128_000, "128K"),
        (164_000, "164K"),
        (65_536, "64K"),
        (64_000, "64K"),
        (1_048_576, "1M"),
        (1_000_000, "1M"),
        (2_097_152, "2M"),
        (1_050_000, "1.05M"),
        (4_097, "4K"),
        (512, "512"),
        (None, "-"),
    ],
)
def test_a_context_is_said_as_people_say_it(tokens: int | None, words: str) -> None:
    assert context_words(tokens) == words


@pytest.mark.parametrize(
    ("term", "kind", "shown"),
    [
        ("xterm-256color", "terminal", "icons and words"),
        ("linux", "terminal", "words"),
        ("dumb", "terminal", "words"),
        ("xterm-256color", "file", "words"),
    ],
)
def test_icons_are_for_terminals_that_have_them(
    term: str, kind: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", term)
    page = console(160, is_terminal=kind == "terminal")
    page.print(models_table([model()], page))
    assert isinstance(page.file, StringIO)
    text = page.file.getvalue()
    assert has_icons(page) == (shown == "icons and words")
    assert ("\N{WRENCH} tool_use" in text) == (shown == "icons and words")
    assert "tool_use" in text
    assert "video_in" in text


def test_json_is_what_programs_get() -> None:
    assert json.loads(models_json([model()])) == models_values([model()])
