import gzip
import zlib
from collections.abc import Callable

import pytest
import zstandard

from tokencli.proxy.bodies import read_body

brotli = pytest.importorskip("brotli")

CHAT = b'{ "model" : "mistral/x", "stream":true,\n "messages":[{"role":"user","content":"\xc3\xa9 \\u00e9"}] }'
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.compress,
}


def test_a_body_that_needs_no_rewrite_is_the_very_same() -> None:
    body = read_body(CHAT)
    assert body.sent is CHAT
    assert (body.model, body.is_stream, body.asks_for_usage) == ("mistral/x", True, False)


def test_only_the_model_changes() -> None:
    changed = read_body(CHAT).with_model('y\u00e9"')
    assert changed.sent == CHAT.replace(b'"mistral/x"', b'"y\xc3\xa9\\""')
    assert changed.model == 'y\u00e9"'


def test_a_body_without_a_model_is_given_one() -> None:
    assert read_body(b'{"a":1}').with_model("y").sent == b'{"model":"y","a":1}'
    assert read_body(b'{"model":null}').with_model("y").sent == b'{"model":"y"}'


@pytest.mark.parametrize(
    ("came", "sent"),
    [
        (b'{"stream":true}', b'{"stream_options":{"include_usage":true},"stream":true}'),
        (b'{"stream":true,"stream_options":null}', b'{"stream":true,"stream_options":{"include_usage":true}}'),
        (b'{"stream_options" : { } ,"x":1}', b'{"stream_options" : { "include_usage":true} ,"x":1}'),
        (
            b'{"stream_options":{"include_usage":false,"x":[1, 2]}}',
            b'{"stream_options":{"include_usage":true,"x":[1, 2]}}',
        ),
        (b'{"stream_options":{"x":1},"y":NaN}', b'{"stream_options":{"include_usage":true,"x":1},"y":NaN}'),
    ],
)
def test_usage_is_asked_for_and_every_other_option_kept(came: bytes, sent: bytes) -> None:
    body = read_body(came)
    assert not body.asks_for_usage
    assert body.with_usage_asked().sent == sent
    assert body.with_usage_asked().asks_for_usage


@pytest.mark.parametrize("odd", [b'{"stream_options":7}', b'{"stream_options":[]}', b"[1]", b"", b'{"a":1,}'])
def test_where_usage_cannot_be_asked_for_the_body_stays(odd: bytes) -> None:
    body = read_body(odd)
    assert body.with_usage_asked() is body


def test_a_clients_own_wish_for_usage_is_seen() -> None:
    assert read_body(b'{"stream_options":{"include_usage":true}}').asks_for_usage
    assert not read_body(b'{"stream_options":{"include_usage":"true"}}').asks_for_usage


@pytest.mark.parametrize(
    "odd",
    [
        b"",
        b"null",
        b"[]",
        b'"model"',
        b'{"model":',
        b'--b\r\nContent-Disposition: form-data; name="model"\r\n\r\nwhisper-1\r\n--b--',
        b"\x00\xff\xfe",
        '{"model":"x"}'.encode("utf-16"),
    ],
)
def test_what_is_no_json_object_passes_as_it_came(odd: bytes) -> None:
    body = read_body(odd)
    assert (body.model, body.is_stream, body.asks_for_usage, body.prompt_cache_key) == (None, False, False, None)
    assert body.with_model("y") is body
    assert body.sent is odd


@pytest.mark.parametrize("value", [b"7", b"null", b'""', b'["x"]', b'"\\ud800"', b'"\xff"'])
def test_a_model_that_is_no_name_is_none(value: bytes) -> None:
    body = read_body(b'{"model":' + value + b',"stream":1,"prompt_cache_key":{}}')
    assert (body.model, body.is_stream, body.prompt_cache_key) == (None, False, None)


def test_of_a_name_that_stands_twice_the_last_counts() -> None:
    assert read_body(b'{"model":"x","model":"y"}').model == "y"


@pytest.mark.parametrize(("encoding", "pack"), PACKERS.items(), ids=PACKERS)
def test_a_compressed_body_is_read_and_sent_as_it_came(encoding: str, pack: Callable[[bytes], bytes]) -> None:
    packed = pack(CHAT)
    body = read_body(packed, encoding)
    assert (body.model, body.is_packed, body.sent is packed) == ("mistral/x", True, True)
    changed = body.with_model("y")
    assert (changed.sent, changed.is_packed) == (CHAT.replace(b"mistral/x", b"y"), False)
    assert body.text == CHAT


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd", "deflate", "unheard-of", "gzip, gzip"])
def test_a_body_that_cannot_be_unpacked_passes_as_it_came(encoding: str) -> None:
    body = read_body(CHAT, encoding)
    assert (body.sent is CHAT, body.model, body.is_packed, body.is_huge) == (True, None, True, False)
    assert body.with_model("y") is body


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tokencli.proxy.bodies.MOST_UNPACKED_BYTES", 1_000)
    packed = gzip.compress(b'{"model":"x","a":"' + b" " * 1_000_000 + b'"}')
    body = read_body(packed, "gzip")
    assert (body.sent is packed, body.model, body.is_huge) == (True, None, True)


@pytest.mark.parametrize("encoding", ["", "identity", " Identity "])
def test_a_body_without_compression_is_its_own_text(encoding: str) -> None:
    assert not read_body(CHAT, encoding).is_packed


def test_no_representation_shows_a_body() -> None:
    assert "mistral" not in repr(read_body(CHAT))
