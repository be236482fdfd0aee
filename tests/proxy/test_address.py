from __future__ import annotations

import pytest

from tokencli.proxy.address import address_of
from tokencli.proxy.faults import UnsendableRequestError


@pytest.mark.parametrize(
    ("url", "origin", "host", "target"),
    [
        ("https://api.test/v1/x?a=%20b", (True, "api.test", 443), b"api.test", b"/v1/x?a=%20b"),
        ("http://api.test:443", (False, "api.test", 443), b"api.test:443", b"/"),
        ("http://[::1]:8080/x", (False, "::1", 8080), b"[::1]:8080", b"/x"),
        ("https://m\xfcnchen.test/\xe9", (True, "xn--mnchen-3ya.test", 443), b"xn--mnchen-3ya.test", b"/\xc3\xa9"),
    ],
)
def test_a_url_says_where_to_go_and_what_to_ask(
    url: str, origin: tuple[bool, str, int], host: bytes, target: bytes
) -> None:
    address = address_of(url)
    assert (tuple(address.origin), address.host, address.target, address.login) == (origin, host, target, b"")


def test_a_login_is_taken_out_of_what_is_shown() -> None:
    address = address_of("https://me:p%40ss@api.test/v1")
    assert (address.shown, address.host, address.login) == ("api.test", b"api.test", b"Basic bWU6cEBzcw==")


def test_a_long_url_is_read_like_a_short_one() -> None:
    assert address_of("http://api.test/" + "x" * 5000).target == b"/" + b"x" * 5000


@pytest.mark.parametrize(
    "url", ["http:///v1", "ftp://host/v1", "http://host:99999/v1", "http://host:x/", "nothing", ""]
)
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(UnsendableRequestError):
        address_of(url)
