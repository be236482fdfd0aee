"""The proxies beside tokencli: each is told of the provider, and one that fails to start is told."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench import proxy_peers as room
from bench.proxy_peers import Origin, Peer, PeerFailedError, Start, free_port, running

PLAIN = Origin(port=1234, plain_port=1234)
TLS = Origin(port=4321, plain_port=1234, authority=Path("authority.pem"))


def test_provider_is_reached_by_a_name_that_its_certificate_holds() -> None:
    assert (PLAIN.url, PLAIN.side) == ("http://127.0.0.1:1234", "plain")
    assert (TLS.url, TLS.side) == ("https://localhost:4321", "TLS")


def test_tokencli_records_on_a_ledger_of_its_own_and_trusts_the_authority(tmp_path: Path) -> None:
    start = room._tokencli(tmp_path, TLS, 1)
    assert start.ledger == tmp_path / "ledger.db"
    assert start.env["SSL_CERT_FILE"] == "authority.pem"
    assert 'base_url = "https://localhost:4321/tokencli/v1"' in (tmp_path / "config.toml").read_text()
    assert "SSL_CERT_FILE" not in room._tokencli(tmp_path, PLAIN, 1).env


def test_nginx_checks_the_certificate_and_buffers_nothing(tmp_path: Path) -> None:
    room._nginx_start(tmp_path, TLS, 1)
    told = (tmp_path / "nginx.conf").read_text()
    assert "proxy_ssl_verify on" in told
    assert "proxy_buffering off" in told
    assert "https://provider" in told
    room._nginx_start(tmp_path, PLAIN, 1)
    assert "ssl" not in (tmp_path / "nginx.conf").read_text()


def test_proxy_that_ends_at_once_is_told_with_its_last_words(tmp_path: Path) -> None:
    command = (sys.executable, "-c", "print('no such thing'); raise SystemExit(1)")
    peer = Peer(name="broken", start=lambda *_: Start(command=command, ready="/"))
    with (
        pytest.raises(PeerFailedError, match="broken does not run: no such thing"),
        running(peer, tmp_path / "room", PLAIN),
    ):
        pass


def test_what_cannot_be_installed_is_told_and_no_error() -> None:
    assert room.installed(("false",)) == "false could not install it (CalledProcessError)"
    assert room.installed(("true",)) is None
    assert free_port() > 0
