import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokencli.proxy.json_members import read_members, with_member

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)
SPACES = st.sampled_from(["", " ", "\n\t", "\r\n  "])
NEW = b'"other"'
ODD = {
    "not a number": b'{"a": NaN, "model":"x" ,"b":-Infinity}',
    "a byte order mark": b'\xef\xbb\xbf {"model" : "x"}\n',
    "a huge number": b'{"a":1' + b"0" * 9_000 + b',"model":"x","b":1.0000000000000000000000001}',
    "a raw line end": b'{"a":"1\n2","model":"x"}',
    "no UTF-8 in a value": b'{"a":"\xff\xfe","model":"x"}',
    "no UTF-8 in a key": b'{"\xff\xfe":1,"model":"x"}',
    "half a surrogate": b'{"a":"\\ud800","model":"x"}',
    "other keys twice": b'{"a":1,"a":[2],"model":"x","a":1}',
    "the key inside": b'{"a":{"model":"x"},"b":"\\"model\\":\\"x\\"","model":"x","c":["model","x"]}',
    "an escaped key": b'{"mod\\u0065l":"x"}',
    "no space": b'{"model":"x"}',
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_only_the_named_value_changes_in_odd_json(text: bytes) -> None:
    members = read_members(text)
    assert members is not None
    assert bytes(members["model"]) == b'"x"'
    before, _, after = text.rpartition(b'"x"')
    if text is ODD["the key inside"]:
        before, after = text[: text.index(b'"x","c"')], b',"c":["model","x"]}'
    assert with_member(text, members, "model", NEW) == before + NEW + after


def test_a_value_that_stands_twice_is_replaced_twice() -> None:
    text = b'{"model":"x","a":1,"model":"y"}'
    members = read_members(text)
    assert members is not None
    assert bytes(members["model"]) == b'"y"'
    assert with_member(text, members, "model", NEW) == b'{"model":"other","a":1,"model":"other"}'


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (b"{}", b'{"model":"other"}'),
        (b" { } ", b' { "model":"other"} '),
        (b'{"a":1}', b'{"model":"other","a":1}'),
        (b'\xef\xbb\xbf{\n "a":NaN}', b'\xef\xbb\xbf{\n "model":"other","a":NaN}'),
    ],
)
def test_a_member_that_is_not_there_is_put_in_front(text: bytes, wanted: bytes) -> None:
    members = read_members(text)
    assert members is not None
    assert with_member(text, members, "model", NEW) == wanted


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b" ",
        b"[]",
        b"null",
        b'"{}"',
        b"{",
        b'{"a":}',
        b'{"a":1,}',
        b'{"a":1}x',
        b"{}{}",
        b'{"a" 1}',
        b"--boundary\r\n{}",
        '{"model":"x"}'.encode("utf-16"),
        b'{"a":' + b"[" * 100_000,
    ],
)
def test_what_is_no_object_has_no_members(text: bytes) -> None:
    assert read_members(text) is None


@given(
    before=st.dictionaries(st.text(), VALUES, max_size=4),
    after=st.dictionaries(st.text(), VALUES, max_size=4),
    spaces=SPACES,
    ascii_only=st.booleans(),
)
def test_a_replacement_changes_that_value_and_no_other_byte(
    before: dict[str, object], after: dict[str, object], spaces: str, *, ascii_only: bool
) -> None:
    def spelled(members: dict[str, object]) -> list[bytes]:
        return [
            f"{json.dumps(name, ensure_ascii=ascii_only)}{spaces}:{spaces}"
            f"{json.dumps(value, ensure_ascii=ascii_only)}{spaces}".encode("utf-8", "surrogatepass")
            for name, value in members.items()
            if name != "model"
        ]

    def whole(model: bytes) -> bytes:
        return b"{" + b",".join([*spelled(before), b'"model":' + model, *spelled(after)]) + b"}"

    text = whole(b'"x"')
    members = read_members(text)
    assert members is not None
    assert with_member(text, members, "model", NEW) == whole(NEW)


@given(st.binary(max_size=60) | st.text(alphabet='{}[]":,\\model x1NaN\n', max_size=60).map(str.encode))
def test_no_bytes_are_too_odd(text: bytes) -> None:
    members = read_members(text)
    if members is not None:
        changed = with_member(text, members, "model", NEW)
        again = None if changed is None else read_members(changed)
        assert again is not None
        assert bytes(again["model"]) == NEW


def test_not_a_number_stays_one() -> None:
    text = b'{"temperature":NaN}'
    members = read_members(text)
    assert members is not None
    changed = with_member(text, members, "model", NEW)
    assert changed is not None
    assert math.isnan(json.loads(changed)["temperature"])
