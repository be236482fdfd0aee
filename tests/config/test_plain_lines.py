"""What the plain reader reads is what tomllib reads, and what is not plain it does not read."""

from __future__ import annotations

import tomllib
from decimal import Decimal

import pytest

from tokencli.config.plain_lines import Number, tables_of
from tokencli.domain.plain import NotPlainError

PLAIN = """\
# a comment with = and [brackets]
[report]   # more
week_start = "monday" # a day
  time_zone="Europe/Paris"
[models."a/b#c"]
size = 12   # twelve
share = 0.50
is_new = true
can = [ "one", "two, three", ] # both
none = []
price = { input = 1, output = 2.5 }
[models.plain-name]
"""


def plainer(value: object) -> object:
    return Decimal(value.pico) / 10**12 if isinstance(value, Number) else value


def test_plain_tables_are_those_of_tomllib() -> None:
    known = tomllib.loads(PLAIN, parse_float=Decimal)
    found = tables_of(PLAIN.encode())
    assert {key: plainer(value) for key, value in found["report", ""].items()} == known["report"]
    assert set(known["models"]) == {name for section, name in found if section == "models"}
    model = {key: plainer(value) for key, value in found["models", "a/b#c"].items() if key != "price"}
    assert model == {key: value for key, value in known["models"]["a/b#c"].items() if key != "price"}


@pytest.mark.parametrize(
    "text",
    [
        "a = 1",
        "[models]",
        "[[models]]",
        "[models.]",
        '[models.""]',
        "[models.a.b]",
        "[report.a]",
        "[report",
        "[report] x",
        "[report]\na = 1\na = 2",
        "[report]\n[report]",
        "[report]\na.b = 1",
        '[report]\n"a" = 1',
        "[report]\na = 'x'",
        '[report]\na = "x\\n"',
        '[report]\na = """x"""',
        '[report]\na = "x" y',
        '[report]\na = "x',
        "[report]\na = 01",
        "[report]\na = +1",
        "[report]\na = 1.",
        "[report]\na = 1_000",
        "[report]\na = 2026-11-20",
        "[report]\na = [1]",
        '[report]\na = ["x" "y"]',
        '[report]\na = ["x",',
        "[report]\na = {}",
        "[report]\na = { b = 1, }",
        "[report]\na = { b = 1, b = 2 }",
        "[report]\na",
        "[report]\na =",
        "[report]\r\na = 1",
        "[report]\n\ta = 1",
        "[report]\n# \x00",
        "\ufeff[report]",
    ],
)
def test_more_is_not_plain(text: str) -> None:
    with pytest.raises(NotPlainError):
        tables_of(text.encode())


def test_bytes_that_are_no_text_and_large_files_are_not_plain() -> None:
    for data in (b"\xff", b"# \n" * 50_000):
        with pytest.raises(NotPlainError):
            tables_of(data)
