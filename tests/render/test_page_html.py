from __future__ import annotations

import base64
import hashlib
import json
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokencli.render.page_html import Html, data_block, element, escaped, hash_source, join, script


class Tags(HTMLParser):
    """What a parser makes of markup: its tags, attributes and text."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@given(st.text())
def test_text_never_becomes_markup(text: str) -> None:
    parsed = Tags(element("p", text, title=text))
    assert [tag for tag, _ in parsed.tags] == ["p"]
    assert list(parsed.tags[0][1]) == ["title"]


@given(st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S"))))
def test_visible_text_is_shown_as_it_is(text: str) -> None:
    parsed = Tags(element("p", text, title=text))
    assert parsed.text == text
    assert parsed.tags[0][1]["title"] == text


def test_hidden_characters_are_shown() -> None:
    assert escaped("a\x1b[31m\u202eb\u2028") == "a\\x1b[31m\\u202eb\\u2028"


def test_markup_passes_once() -> None:
    assert element("p", element("b", "x"), "<i>") == "<p><b>x</b>&lt;i&gt;</p>"
    assert isinstance(escaped(Html("<b>")), Html)


def test_attributes_take_their_names_from_python_names() -> None:
    assert element("td", class_="number", aria_label="x", data_rank=3, id=None) == (
        '<td class="number" aria-label="x" data-rank="3"></td>'
    )


def test_void_elements_are_not_closed() -> None:
    assert element("meta", charset="utf-8") == '<meta charset="utf-8">'
    assert element("rect", width=1) == '<rect width="1"/>'


def test_join_leaves_none_out() -> None:
    assert join("a", None, "<", between=" & ") == "a &amp; &lt;"


@given(st.recursive(st.text() | st.integers() | st.none(), st.lists))
def test_a_data_block_holds_its_value_and_cannot_be_closed_from_inside(value: object) -> None:
    block = data_block("charts", value)
    inside = block.removeprefix('<script type="application/json" id="charts">').removesuffix("</script>")
    assert json.loads(inside) == value
    assert not set(inside) & set("<>&\u2028\u2029")


def test_a_data_block_refuses_what_json_has_no_word_for() -> None:
    with pytest.raises(ValueError, match="Out of range float"):
        data_block("charts", float("nan"))


@pytest.mark.parametrize("source", ["x='</SCRIPT>'", "<!-- x", "a\rb"])
def test_a_script_that_a_parser_would_read_otherwise_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match="must hold no"):
        script(source)


def test_the_policy_names_a_script_by_its_hash() -> None:
    digest = base64.b64encode(hashlib.sha256(b"run()").digest()).decode()
    assert hash_source("run()") == f"'sha256-{digest}'"
