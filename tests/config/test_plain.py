"""What the plain reader accepts, the full one accepts too, without a word and to the same values."""

from __future__ import annotations

import contextlib
import random
from pathlib import Path

import pytest

from tokencli.config.document import parse
from tokencli.config.places import BUILTIN
from tokencli.config.plain import plain_settings
from tokencli.config.plain_prices import plain_prices
from tokencli.config.settings import settings_of
from tokencli.domain.errors import ConfigError
from tokencli.domain.money import to_pico
from tokencli.domain.plain import NotPlainError

FILE = BUILTIN.read_bytes()
MORE = b"""
[providers.Local]
type = "google_genai"
base_url = "http://localhost:8080/v1"
timeout_s = 5
rpm = 0
on_disconnect = "drain"
set_key = false
[models.mine]
provider = "LOCAL"
price = { input = 1, output = 2.5, cache_read = 0.1 }
[models.yours]
provider = "openai"
model = ""
"""
CHANGES = (b"", *(bytes([each]) for each in b"\"\\'[]{}=#,.-_09x \n"))


def read_both(data: bytes) -> bool:
    """Say whether the plain reader accepts a file; fail when the full one differs."""
    try:
        plain = plain_settings(data)
    except NotPlainError:
        return False
    try:
        full = settings_of(parse(data, "config.toml"))
    except ConfigError as error:
        pytest.fail(f"{error} was not seen in {data!r}")
    assert full.warnings == ()
    assert (plain.week_start, plain.time_zone) == (full.report.week_start, full.report.time_zone)
    names = ("daily_usd", "weekly_usd", "monthly_usd")
    assert plain.limits == {name: to_pico(limit) for name in names if (limit := getattr(full.limits, name)) is not None}
    fields = ("key", "provider", "model", "context_limit_tokens")
    assert [[getattr(one, name) for name in fields] for one in plain.models.values()] == [
        [getattr(one, name) for name in fields] for one in full.models.values()
    ]
    with contextlib.suppress(NotPlainError):
        assert plain_prices(plain.models.values(), "/a/config.toml") == full.own_prices
    return True


def test_the_built_in_file_is_plain() -> None:
    assert read_both(FILE)
    assert read_both(FILE + MORE)
    assert read_both(b"")


def test_a_plain_file_changed_anywhere_is_read_alike_or_not_at_all() -> None:
    chance = random.Random(7)  # noqa: S311 - any changes will do, the same ones each time
    base = FILE[FILE.index(b"[server]") : FILE.index(b"[providers.nvidia]")] + MORE
    accepted = 0
    for _ in range(1500):
        at = chance.randrange(len(base))
        changed = base[:at] + chance.choice(CHANGES) + base[at + chance.randrange(3) :]
        accepted += read_both(changed)
    assert accepted > 100


@pytest.mark.parametrize(
    "text",
    [
        "[other]",
        "[report]\nweek_begin = 1",
        '[report]\nweek_start = "moonday"',
        "[limits]\ndaily_usd = true",
        "[limits]\ndaily_usd = 1000001",
        '[server]\nhost = ""',
        "[server]\nport = 0",
        '[server]\ntoken = "x"',
        '[providers.a]\napi_key = "sk-1"',
        '[providers.a]\ntype = "opanai"',
        '[providers.a]\nbase_url = "ftp://x"',
        '[providers.a]\nbase_url = "https://me@x/v1"',
        '[providers.a]\nbase_url = "https://x:99999/v1"',
        '[providers.a]\nbase_url = "https://x/../v1"',
        "[providers.a]\n[providers.A]",
        '[providers."a b"]',
        "[models.m]",
        '[models.m]\nprovider = "nobody"',
        '[models.m]\nprovider = "openai"\nmax_context_size = 0',
        '[models.m]\nprovider = "openai"\nprice = "cheap"',
        '[models.m]\nprovider = "openai"\nprice = { output = 1 }',
        "[privacy]\nkeep = true",
    ],
)
def test_what_the_full_reader_complains_of_is_not_plain(text: str) -> None:
    with pytest.raises(NotPlainError):
        plain_settings(text.encode())


def test_the_sample_in_the_repository_is_plain() -> None:
    assert read_both((Path(__file__).resolve().parents[2] / "config.toml").read_bytes())
