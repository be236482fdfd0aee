"""Settings in TOML: one value changes, and every other character stays."""

from __future__ import annotations

import tomllib

import pytest

from tokencli.clients.editing.toml import NoRoomError, NoTableError, NotTomlError, drop, load, put, source_at

URL = "http://127.0.0.1:8000/v1"
PATH = ("model_providers", "tokencli", "base_url")
WRITTEN = '''\
# mine
model = "gpt-5"   # the large one
notes = """
[not.a.table]
base_url = "no"
"""

[model_providers."a.b"] # theirs
base_url = 'https://a'
list = [
  "x", # ]
  { y = 1 },
]

[[mcp]]
base_url = "m"
'''


@pytest.mark.parametrize("line", ["\n", "\r\n"])
def test_a_value_is_replaced_where_it_stands_and_put_back_as_it_was_written(line: str) -> None:
    text = WRITTEN.replace("\n", line)
    path = ("model_providers", "a.b", "base_url")
    changed = put(text, path, URL)
    assert changed == text.replace("'https://a'", f'"{URL}"')
    assert put(changed, path, None, source_at(text, path)) == text


@pytest.mark.parametrize("line", ["\n", "\r\n"])
def test_a_new_key_stands_before_the_first_table_and_can_be_taken_out_again(line: str) -> None:
    text = WRITTEN.replace("\n", line)
    changed = put(text, ("model_provider",), "tokencli")
    assert changed == text.replace(f'"""{line}{line}[', f'"""{line}model_provider = "tokencli"{line}{line}[')
    assert drop(changed, ("model_provider",)) == text


@pytest.mark.parametrize("text", ["", "a = 1", WRITTEN, "# words\n", "[t]\n"])
def test_a_new_table_stands_at_the_end(text: str) -> None:
    changed = put(text, PATH, URL)
    assert changed.startswith(text)
    assert load(changed)["model_providers"]["tokencli"] == {"base_url": URL}
    two = put(changed, (*PATH[:-1], "name"), "tokencli")
    assert two == f'{changed}name = "tokencli"\n'
    assert drop(drop(two, (*PATH[:-1], "name")), PATH).rstrip("\n") == text.rstrip("\n")


def test_what_has_no_place_of_its_own_is_refused() -> None:
    with pytest.raises(NoRoomError):
        put("model_providers = { a = 1 }\n", PATH, URL)
    with pytest.raises(NoRoomError):
        put("[[model_providers.tokencli]]\nbase_url = 'x'\n", ("model_providers", "tokencli"), URL)
    with pytest.raises(NotTomlError):
        put("a = ", PATH, URL)
    assert drop(WRITTEN, PATH) == WRITTEN
    assert tomllib.loads(WRITTEN) == load(WRITTEN)


@pytest.mark.parametrize("text", ["model_providers = 3\n", "[[model_providers]]\n", "model_providers.tokencli = 'x'\n"])
def test_what_stands_where_a_table_has_to_be_is_named(text: str) -> None:
    with pytest.raises(NoTableError, match=r"^model_providers(\.tokencli)? is not a table\.$"):
        put(text, ("model_providers", "tokencli", "name"), "tokencli")
