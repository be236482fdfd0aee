"""Providers as a table: where the key is read, never the key."""

from __future__ import annotations

import json
from io import StringIO

from rich.console import Console

from tokencli.config.values import ProviderSettings
from tokencli.render.providers_view import key_words, providers_json, providers_table
from tokencli.services.catalogue import IN_THE_FILE, ListedProvider, providers_values

ACME = ProviderSettings(name="acme", base_url="https://api.acme.example/v1", api_key="${ACME_KEY}", rpm=1200)


def listed(
    entry: ProviderSettings = ACME, *, has_key: bool = True, key_source: str | None = "ACME_KEY"
) -> ListedProvider:
    return ListedProvider(entry=entry, models=3, has_key=has_key, key_source=key_source)


def drawn(*rows: ListedProvider, width: int = 160) -> str:
    page = Console(file=StringIO(), width=width, force_terminal=False)
    page.print(providers_table(rows, page))
    assert isinstance(page.file, StringIO)
    return "\n".join(line.rstrip() for line in page.file.getvalue().split("\n"))


def test_a_wide_table_has_a_column_for_each_fact() -> None:
    bare = ListedProvider(entry=ProviderSettings(name="bare", rpm=0), models=0, has_key=False, key_source=None)
    assert drawn(listed(), bare) == (
        "provider  type    base URL                     key            models      limit  timeout\n"
        "acme      openai  https://api.acme.example/v1  from ACME_KEY       3  1,200/min    120 s\n"
        "bare      openai  no base URL                  no key              0       none    120 s\n"
    )


def test_a_narrow_table_has_address_and_key_below_the_name() -> None:
    assert drawn(listed(has_key=False), width=80) == (
        "provider                       models      limit  timeout\n"
        "acme                                3  1,200/min    120 s\n"
        "  https://api.acme.example/v1\n"
        "  ACME_KEY is not set\n"
    )


def test_a_key_is_said_as_where_it_is_read() -> None:
    secret = ProviderSettings(name="x", api_key="sk-canary")
    rows = [listed(), listed(has_key=False), listed(secret, key_source=IN_THE_FILE), listed(secret, key_source=None)]
    assert [key_words(row).plain for row in rows] == [
        "from ACME_KEY",
        "ACME_KEY is not set",
        "in config.toml",
        "no key",
    ]
    assert "sk-canary" not in drawn(*rows) + providers_json(rows)


def test_a_hostile_name_reaches_no_terminal_alive() -> None:
    hostile = ProviderSettings(name="a\x1b[31m[b]", base_url="https://h/\u202e")
    for width in (80, 160):
        shown = drawn(listed(hostile, key_source="\x07K"), width=width)
        assert not set(shown) & {"\x1b", "\x07", "\u202e"}
        assert "[b]" in shown


def test_json_is_what_programs_get() -> None:
    assert json.loads(providers_json([listed()])) == providers_values([listed()])
