"""A provider, a model and a name, as people type them; what is wrong is answered with the nearest right one."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokencli.config.places import BUILTIN
from tokencli.config.settings import load_settings
from tokencli.config.values import ModelSettings, ProviderSettings, Settings
from tokencli.domain.errors import ExitCode, InputError
from tokencli.services.session_choice import (
    BadSessionNameError,
    Choice,
    check_name,
    chosen,
    default_name,
)

DAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def builtin() -> Settings:
    """Return the settings of a user who has none."""
    return load_settings(BUILTIN)


@pytest.mark.parametrize(
    ("provider", "model", "choice"),
    [
        (None, None, (None, None)),
        (None, "mistral/mistral-large-2411", ("mistral", "mistral/mistral-large-2411")),
        ("mistral", "mistral/mistral-large-2411", ("mistral", "mistral/mistral-large-2411")),
        (None, "Mistral/Mistral-Large-2411", ("mistral", "mistral/mistral-large-2411")),
        (None, "mistral-large-2411", ("mistral", "mistral/mistral-large-2411")),
        (None, "kimi-for-coding", ("managed:kimi-code", "kimi-code/kimi-for-coding")),
        (None, "openai/gpt-oss-120b", ("groq", "groq/gpt-oss-120b")),
        ("google", None, ("gemini", None)),
        ("Mistral", None, ("mistral", None)),
        ("kimi", None, ("managed:kimi-code", None)),
        ("openai", None, ("openai", None)),
        (None, "gpt-4o", ("openai", "gpt-4o")),
        (None, "openai/gpt-4o", ("openai", "gpt-4o")),
        ("openai", "gpt-4o", ("openai", "gpt-4o")),
        ("openai", "openai/gpt-4o", ("openai", "gpt-4o")),
        (None, "claude-3-5-haiku-20241022", ("anthropic", "claude-3-5-haiku-20241022")),
    ],
)
def test_what_is_typed_means_a_provider_and_a_model(
    builtin: Settings, provider: str | None, model: str | None, choice: tuple[str | None, str | None]
) -> None:
    assert chosen(builtin, provider, model) == Choice(*choice)


def test_an_unknown_model_cannot_drive_the_terminal_that_shows_it(builtin: Settings) -> None:
    with pytest.raises(InputError) as raised:
        chosen(builtin, None, "\x1b[31m\ud800")
    assert str(raised.value).isprintable()


@pytest.mark.parametrize(
    ("provider", "model", "words"),
    [
        ("mistrl", None, "no provider 'mistrl': did you mean 'mistral'?"),
        ("zzz", None, "no provider 'zzz': use anthropic, cerebras,"),
        ("nope", None, "no provider 'nope': use anthropic, cerebras,"),
        (None, "mistral-large-2412", "no model 'mistral-large-2412': did you mean 'mistral-large-2411'?"),
        (None, "mistral/mistral-large", "did you mean 'mistral/mistral-large-2411'?"),
        ("openai", "gpt-4p", "no model 'gpt-4p' at openai: did you mean 'gpt-4'?"),
        ("mistral", "gpt-4o", "no model 'gpt-4o' at mistral"),
        (None, "zzzzzzzzzzzz", 'add it to config.toml as [models."PROVIDER/zzzzzzzzzzzz"]'),
        ("groq", "mistral/mistral-large-2411", "is a model of mistral, not of groq"),
    ],
)
def test_a_wrong_word_is_answered_with_the_nearest_right_one(
    builtin: Settings, provider: str | None, model: str | None, words: str
) -> None:
    with pytest.raises(InputError, match=re.escape(words)) as raised:
        chosen(builtin, provider, model)
    assert raised.value.exit_code == ExitCode.INPUT
    assert "\n" not in str(raised.value)


def test_a_provider_of_which_no_model_is_known_takes_any() -> None:
    settings = Settings(place="config.toml", providers={"attic": ProviderSettings(name="attic")})
    assert chosen(settings, "attic", "llama-of-mine") == Choice("attic", "llama-of-mine")
    assert chosen(settings, None, "attic/llama-of-mine") == Choice("attic", "llama-of-mine")


def test_a_name_that_several_providers_have_must_be_told_apart() -> None:
    settings = Settings(
        place="config.toml",
        providers={name: ProviderSettings(name=name) for name in ("left", "right")},
        models={f"{name}/x": ModelSettings(key=f"{name}/x", provider=name, model="x") for name in ("left", "right")},
    )
    with pytest.raises(InputError, match="'x' may mean left/x or right/x"):
        chosen(settings, None, "x")
    assert chosen(settings, "right", "x") == Choice("right", "right/x")


@pytest.mark.parametrize("name", ["a", "mistral-large-2411", "2026-11-21", "_x", "~x", "a" * 64, "a.b~c_d-e"])
def test_names_that_fit_a_url_and_a_header_are_taken(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize(
    "name", ["", "-x", ".", "..", ".x", "a b", "a/b", "ü", "a" * 65, "a\n", "a%20", "a?b", "a#b", "a*", "\x1b[31m"]
)
def test_other_names_are_refused_with_the_rule(name: str) -> None:
    with pytest.raises(BadSessionNameError, match="use 1 to 64 letters, digits"):
        check_name(name)


@pytest.mark.parametrize(
    ("choice", "name"),
    [
        (Choice("mistral", "mistral/mistral-large-2411"), "mistral-large-2411"),
        (Choice("managed:kimi-code", None), "kimi-code"),
        (Choice(None, None), "2026-11-21"),
        (Choice("x", "ft:gpt-4o:me"), "ft-gpt-4o-me"),
        (Choice("x", "---"), "2026-11-21"),
    ],
)
def test_a_default_name_is_short_and_tells_the_model(choice: Choice, name: str) -> None:
    assert default_name(choice, DAY, lambda _: False) == name


def test_a_default_name_that_is_taken_gets_a_number() -> None:
    taken = {"mistral-large-2411", "mistral-large-2411-2"}
    choice = Choice("mistral", "mistral/mistral-large-2411")
    assert default_name(choice, DAY, taken.__contains__) == "mistral-large-2411-3"


SIGNS = st.text("aZ9._~-/: ü", max_size=80)
WORDS = st.none() | st.text(max_size=80) | SIGNS | SIGNS.map(lambda words: words.ljust(80, "x"))


@given(provider=WORDS, model=WORDS, taken=st.integers(0, 12))
def test_every_default_name_is_a_good_name(provider: str | None, model: str | None, taken: int) -> None:
    asked: list[str] = []

    def is_taken(name: str) -> bool:
        asked.append(name)
        return len(asked) <= taken

    name = default_name(Choice(provider, model), DAY, is_taken)
    check_name(name)
    assert asked.index(name) == taken


def test_a_part_of_an_own_key_is_answered_with_that_key(builtin: Settings) -> None:
    with pytest.raises(InputError, match=r"did you mean 'mistral/mistral-large-2411'\?"):
        chosen(builtin, None, "mistral-large")
