from __future__ import annotations

from decimal import Decimal

import pytest

from tokencli.config.document import ConfigSyntaxError, Document, UnknownKeyError, UnreadableConfigError, parse
from tokencli.domain.errors import ConfigError

TEXT = """\
top = 1
# [models.fake]
[models."a/b"] # a comment
provider = "p"
price = [
  { input = 0.1 } ]

[[list.of]]
x = 1

[report]
"week_start" = "monday"
sub.key = 2
"""


def document(text: str = TEXT) -> Document:
    return parse(text.encode(), "some.toml")


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("top",), 1),
        (("models", "a/b"), 3),
        (("models", "a/b", "provider"), 4),
        (("models", "a/b", "price"), 5),
        (("models", "a/b", "price", "output"), 5),
        (("models", "a/b", "missing"), 3),
        (("list", "of"), 8),
        (("report", "week_start"), 12),
        (("report", "sub", "key"), 13),
        (("list",), 8),
        (("nothing",), None),
    ],
)
def test_a_key_is_found_on_the_line_where_it_is_written(path: tuple[str, ...], line: int | None) -> None:
    assert document().line_of(*path) == line


def test_numbers_are_exact() -> None:
    assert document().values["models"]["a/b"]["price"][0]["input"] == Decimal("0.1")


def test_a_misspelt_key_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(UnknownKeyError) as caught:
        document().unknown_keys(("models", "a/b"), ["provider"], ["providers"])
    assert str(caught.value) == "some.toml, line 4: there is no key 'provider'; did you mean 'providers'?"


def test_a_key_that_resembles_nothing_is_given_back() -> None:
    assert document().unknown_keys((), ["zzz", "top"], ["top"]) == ["zzz"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a = 1\nb = ", "some.toml, line 2: invalid value; this is not TOML."),
        ("a = 1\na = 2\n", "some.toml, line 2: a is there for the second time; this is not TOML."),
        ("[a.b]\nc = 1\n[a.b]\n", "some.toml, line 3: [a.b] is there for the second time; this is not TOML."),
        ("[a\n", "some.toml, line 1: expected ']' at the end of a table declaration; this is not TOML."),
    ],
)
def test_what_is_not_toml_names_its_line(text: str, sentence: str) -> None:
    with pytest.raises(ConfigSyntaxError) as caught:
        document(text)
    assert str(caught.value) == sentence


@pytest.mark.parametrize("data", [b"\xff\xfe", b"a = 1\n" * 1_000_000])
def test_what_cannot_be_read_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableConfigError):
        parse(data, "some.toml")


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(ConfigSyntaxError):
        parse(b"a = " + b"[" * 100_000, "some.toml")


@pytest.mark.parametrize(
    "number", ["1" * 5000, "0x" + "f" * 9000, "1e99999999999999999999", "-1e-99999999999999999999"]
)
def test_a_number_without_end_is_one_sentence(number: str) -> None:
    with pytest.raises(ConfigError) as caught:
        raise document(f"a = {number}").wrong(("a",), 16**9000, "it is wrong")
    assert "too many digits" in str(caught.value)


def test_a_byte_order_mark_and_windows_line_ends_are_read() -> None:
    found = parse(b"\xef\xbb\xbfa = 1\r\nb = 2\r\n", "some.toml")
    assert (found.values, found.line_of("b")) == ({"a": 1, "b": 2}, 2)


def test_a_value_from_outside_does_not_drive_the_terminal() -> None:
    error = document().wrong(("x\x1b]0;",), "\x1b[31m", "it is wrong")
    assert "\x1b" not in str(error)


def test_a_source_is_the_name_of_the_file() -> None:
    assert parse(b"", "/home/x/config.toml").source == "config.toml"
    assert parse(b"", "the built-in config.toml").source == "the built-in config.toml"
