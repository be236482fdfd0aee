import pytest

from tokencli.proxy.guard import Guard, ShortTokenError, TokenNeededError, UnusableTokenError, is_local
from tokencli.proxy.refusals import (
    ForeignHostError,
    ForeignOriginError,
    Refusal,
    TokenMissingError,
    UpgradeRefusedError,
)

LOCAL = Guard(["127.0.0.1"], 8000)
OPEN = Guard(["0.0.0.0"], 8000, "s3cret-token-of-20c")  # noqa: S104  an open bind is what is tested
HOST = (b"host", b"127.0.0.1:8000")


@pytest.mark.parametrize(
    "host",
    [b"127.0.0.1:8000", b"127.0.0.1", b"localhost", b"LOCALHOST:8000", b"LocalHost:9999", b"[::1]:8000", b"[::1]"],
)
def test_every_local_name_is_served_on_any_port(host: bytes) -> None:
    assert LOCAL.check([(b"host", host)], b"") == ([(b"host", host)], b"")


@pytest.mark.parametrize(
    "hosts",
    [
        [],
        [b""],
        [b"evil.example"],
        [b"evil.example:8000"],
        [b"127.0.0.1.evil.example"],
        [b"localhost.evil.example:8000"],
        [b"localhost."],
        [b"evil.example#127.0.0.1"],
        [b"127.0.0.1@evil.example"],
        [b"127.0.0.1:8000@evil.example"],
        [b"::1"],
        [b"[::1"],
        [b"[::1]x"],
        [b"0.0.0.0:8000"],
        [b"127.1"],
        [b"2130706433"],
        [b"0x7f000001"],
        [b"192.168.1.4:8000"],
        [b"localhost:"],
        [b"localhost:80x"],
        [b"localhost:" + b"9" * 5000],
        [b"local\xe9host"],
        [b"127.0.0.1:8000", b"127.0.0.1:8000"],
        [b"127.0.0.1:8000", b"evil.example"],
        [b"127.0.0.1, evil.example"],
    ],
)
def test_any_other_host_is_refused(hosts: list[bytes]) -> None:
    with pytest.raises(ForeignHostError):
        LOCAL.check([(b"host", host) for host in hosts], b"")


@pytest.mark.parametrize("origin", [b"http://127.0.0.1:8000", b"http://LOCALHOST:8000", b"http://[::1]:8000"])
def test_our_own_pages_may_ask(origin: bytes) -> None:
    headers = [HOST, (b"origin", origin), (b"sec-fetch-site", b"same-origin")]
    assert LOCAL.check(headers, b"") == (headers, b"")


@pytest.mark.parametrize(
    "header",
    [
        (b"origin", b"null"),
        (b"origin", b""),
        (b"origin", b"http://evil.example"),
        (b"origin", b"https://127.0.0.1:8000"),
        (b"origin", b"http://127.0.0.1"),
        (b"origin", b"http://127.0.0.1:3000"),
        (b"origin", b"http://localhost:8000.evil.example"),
        (b"origin", b"http://localhost:8000/"),
        (b"origin", b"http://user@localhost:8000"),
        (b"origin", b"file://"),
        (b"origin", b"chrome-extension://abcdef"),
        (b"sec-fetch-site", b"cross-site"),
        (b"sec-fetch-site", b"same-site"),
        (b"sec-fetch-site", b"Cross-Site"),
    ],
)
def test_pages_of_other_sites_are_refused(header: tuple[bytes, bytes]) -> None:
    with pytest.raises(ForeignOriginError):
        LOCAL.check([HOST, header], b"")


def test_one_foreign_origin_beside_a_right_one_is_refused() -> None:
    with pytest.raises(ForeignOriginError):
        LOCAL.check([HOST, (b"origin", b"http://127.0.0.1:8000"), (b"origin", b"http://evil.example")], b"")


def test_a_page_opened_by_hand_is_served() -> None:
    assert LOCAL.check([HOST, (b"sec-fetch-site", b"none")], b"a=b")[1] == b"a=b"


def test_a_websocket_handshake_is_refused_and_one_of_a_foreign_page_by_its_origin() -> None:
    handshake = [HOST, (b"connection", b"Upgrade"), (b"upgrade", b"WebSocket")]
    with pytest.raises(UpgradeRefusedError):
        LOCAL.check(handshake, b"")
    with pytest.raises(ForeignOriginError):
        LOCAL.check([*handshake, (b"origin", b"http://evil.example")], b"")


def test_an_offer_of_http_2_is_no_websocket() -> None:
    LOCAL.check([HOST, (b"connection", b"Upgrade, HTTP2-Settings"), (b"upgrade", b"h2c")], b"")


@pytest.mark.parametrize(
    ("header", "query"),
    [
        ((b"x-tokencli-token", b"s3cret-token-of-20c"), b""),
        ((b"authorization", b"Bearer s3cret-token-of-20c"), b""),
        ((b"authorization", b"bearer  s3cret-token-of-20c"), b""),
        ((b"x-api-key", b"s3cret-token-of-20c"), b""),
        ((b"x-goog-api-key", b"s3cret-token-of-20c"), b""),
        (None, b"token=s3cret-token-of-20c"),
        (None, b"alt=sse&key=s3cret%2Dtoken-of-20c"),
    ],
)
def test_the_token_is_taken_from_each_of_its_places_and_taken_out(
    header: tuple[bytes, bytes] | None, query: bytes
) -> None:
    accept = (b"accept", b"*/*")
    headers, left = OPEN.check([(b"host", b"box.lan"), accept, *([header] if header else [])], query)
    assert headers == [(b"host", b"box.lan"), accept]
    assert left in {b"", b"alt=sse"}


def test_a_client_s_own_key_beside_the_token_stays() -> None:
    own = (b"authorization", b"Bearer sk-own")
    assert OPEN.check([own, (b"x-tokencli-token", b"s3cret-token-of-20c")], b"key=own&x=%20") == (
        [own],
        b"key=own&x=%20",
    )


def test_the_token_is_taken_out_of_every_place_that_holds_it() -> None:
    both = [(b"x-api-key", b"s3cret-token-of-20c"), (b"authorization", b"Bearer s3cret-token-of-20c")]
    assert OPEN.check(both, b"key=s3cret-token-of-20c&token=s3cret-token-of-20c") == ([], b"")


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ([], b""),
        ([HOST], b"token="),
        ([(b"x-tokencli-token", b"s3cret-token-of-20")], b""),
        ([(b"x-tokencli-token", b"s3cret-token-of-20c2")], b""),
        ([(b"x-tokencli-token", b"S3CRET-TOKEN")], b""),
        ([(b"authorization", b"Basic s3cret-token-of-20c")], b""),
        ([(b"authorization", b"s3cret-token-of-20c")], b""),
        ([(b"cookie", b"token=s3cret-token-of-20c")], b""),
        ([(b"x-other", b"s3cret-token-of-20c")], b""),
        ([], b"other=s3cret-token-of-20c"),
    ],
)
def test_without_the_right_token_nothing_is_served(headers: list[tuple[bytes, bytes]], query: bytes) -> None:
    with pytest.raises(TokenMissingError):
        OPEN.check(headers, query)


def test_a_token_on_a_local_bind_does_not_switch_the_host_rule_off() -> None:
    guard = Guard(["127.0.0.1", "::1"], 8000, "s3cret-token-of-20c")
    with pytest.raises(ForeignHostError):
        guard.check([(b"host", b"evil.example"), (b"x-tokencli-token", b"s3cret-token-of-20c")], b"")
    with pytest.raises(TokenMissingError):
        guard.check([HOST], b"")


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.168.1.4", "::ffff:10.0.0.1"])  # noqa: S104  see OPEN
def test_a_bind_that_others_reach_needs_a_token(address: str) -> None:
    assert not is_local(address)
    with pytest.raises(TokenNeededError, match="can be reached from other machines"):
        Guard(["127.0.0.1", address], 8000)


@pytest.mark.parametrize("token", ["", "two words", "tab\t", "café"])
def test_a_token_that_cannot_be_sent_is_refused(token: str) -> None:
    with pytest.raises(UnusableTokenError):
        Guard(["127.0.0.1"], 8000, token)


def test_another_address_of_this_machine_is_known_by_its_own_name() -> None:
    assert Guard(["127.0.0.7"], 8000).check([(b"host", b"127.0.0.7:8000")], b"")


def test_no_refusal_repeats_the_token() -> None:
    with pytest.raises(Refusal) as caught:
        OPEN.check([(b"x-tokencli-token", b"almost")], b"")
    assert "s3cret" not in str(caught.value)
    assert "almost" not in str(caught.value)


@pytest.mark.parametrize("token", ["x", "fifteen-letters"])
def test_a_token_that_others_could_find_by_trying_is_refused_with_the_reason(token: str) -> None:
    with pytest.raises(ShortTokenError, match="fewer than 16 characters can be found by trying") as caught:
        Guard(["127.0.0.1", "192.168.1.5"], 8000, token)
    assert token not in str(caught.value).split()
    assert Guard(["192.168.1.5"], 8000, "x" * 16)
    assert Guard(["127.0.0.1"], 8000, token)
