"""Questions to hosts that answer, refuse, lead elsewhere, keep silent, or are not there."""

from __future__ import annotations

import socket
import ssl
from contextlib import contextmanager, suppress
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from tests.services.checkup.hosts import CANARY, closed_port, host, silent_host
from tokencli.services.checkup.asking import Answer, Question, ask_all

if TYPE_CHECKING:
    from collections.abc import Generator

KEY = {"Authorization": f"Bearer {CANARY}"}


def asked(url: str, environ: dict[str, str] | None = None, wait_s: float = 5.0) -> Answer:
    return ask_all([Question(url=url, headers=KEY, has_key=True)], environ or {}, wait_s=wait_s)[0]


@contextmanager
def tls_host() -> Generator[int]:
    """Offer a certificate that no system knows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate: Any = trustme.CA().issue_cert("127.0.0.1")
    certificate.configure_cert(context)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            taken, _ = listener.accept()
            with taken, suppress(OSError):
                context.wrap_socket(taken, server_side=True).close()

        thread = Thread(target=greet)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def test_a_status_is_the_answer_and_the_path_and_the_key_are_what_was_asked() -> None:
    with host(401) as there:
        assert asked(f"{there.url}/v1/models").status == 401
    ((path, headers),) = there.asked
    assert (path, headers["authorization"]) == ("/v1/models", f"Bearer {CANARY}")


def test_a_redirect_is_not_followed_and_its_goal_gets_no_key() -> None:
    with host() as goal, host(302, headers={"Location": f"{goal.url}/v1/models"}) as there:
        assert asked(f"{there.url}/v1/models").status == 302
    assert goal.asked == []


def test_only_the_body_of_a_400_is_read() -> None:
    with host(400, body=b"API_KEY_INVALID") as bad, host(200, body=b"[]") as good:
        assert (asked(bad.url).body, asked(good.url).body) == (b"API_KEY_INVALID", b"")


def test_a_tokencli_is_known_by_its_header() -> None:
    with host(headers={"x-tokencli-instance": "a"}) as ours, host() as other:
        assert (asked(ours.url).is_tokencli, asked(other.url).is_tokencli) == (True, False)


@pytest.mark.parametrize("header", ["x-tokencli-instance", "X-Tokencli-Error"])
def test_a_tokencli_is_recognised_before_it_could_hear_a_key(header: str) -> None:
    with host(headers={header: "a"}) as there:
        assert asked(f"{there.url}/v1/models").is_tokencli
    assert there.asked == []
    assert CANARY not in str(there.greeted)


def test_whoever_is_no_tokencli_was_asked_for_its_health_without_the_key() -> None:
    with host() as there:
        assert asked(f"{there.url}/v1/models").status == 200
    assert [path for path, _ in there.greeted] == ["/health", "/v1/health"]
    assert CANARY not in str(there.greeted)


def test_a_host_that_does_not_say_how_it_is_gets_no_key() -> None:
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up() -> None:
            taken, _ = listener.accept()
            with taken:
                heard.append(taken.recv(4096))

        thread = Thread(target=hang_up)
        thread.start()
        assert asked(f"http://127.0.0.1:{listener.getsockname()[1]}/v1/models").fault
        thread.join()
    assert heard[0].startswith(b"GET /health ")
    assert CANARY.encode() not in heard[0]


def test_without_a_key_nobody_is_asked_twice() -> None:
    with host() as there:
        ask_all([Question(url=f"{there.url}/v1/models")], {})
    assert there.greeted == []


def test_one_that_is_silent_does_not_keep_the_others_waiting() -> None:
    counts: list[int] = []
    with silent_host() as silent, host() as there:
        questions = [Question(url=silent), Question(url=there.url), Question(url=closed_port())]
        answers = ask_all(questions, {}, wait_s=0.5, heard=counts.append)
    assert [each.status for each in answers] == [None, 200, None]
    assert [each.fault for each in answers] == ["does not answer within 0.5 s", "", "the connection is refused"]
    assert counts[:2] == [1, 2]


def test_a_certificate_that_is_not_trusted_is_no_answer() -> None:
    with tls_host() as port:
        assert asked(f"https://127.0.0.1:{port}").fault.startswith("its certificate is not valid (")


def test_what_speaks_no_tls_and_what_speaks_no_http() -> None:
    with host() as there:
        assert "TLS" in asked(there.url.replace("http:", "https:")).fault
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            taken, _ = listener.accept()
            with taken:
                taken.recv(4096)
                taken.sendall(b"SSH-2.0-hello\r\n")

        thread = Thread(target=greet)
        thread.start()
        assert asked(f"http://127.0.0.1:{listener.getsockname()[1]}").fault == "it does not speak HTTP"
        thread.join()


def test_a_name_that_is_not_known_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert asked("https://nobody.invalid").fault == "its name is not resolved"


def test_a_key_that_no_header_can_carry_stands_in_no_sentence() -> None:
    found = ask_all([Question(url=closed_port(), headers={"x-api-key": f"{CANARY}\nx"})], {})[0]
    assert found.fault
    assert CANARY not in repr(found)


def test_tls_leads_through_the_proxy_of_the_network_which_never_sees_the_key() -> None:
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def refuse() -> None:
            taken, _ = listener.accept()
            with taken:
                heard.append(taken.recv(4096))
                taken.sendall(b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n")

        thread = Thread(target=refuse)
        thread.start()
        way = f"http://me:word@127.0.0.1:{listener.getsockname()[1]}"
        fault = asked("https://api.example.com/v1/models", {"HTTPS_PROXY": way}).fault
        assert fault == "the connection is refused, by way of HTTPS_PROXY"
        thread.join()
    assert heard[0].startswith(b"CONNECT api.example.com:443 ")
    assert b"Proxy-Authorization: Basic bWU6d29yZA==" in heard[0]
    assert CANARY.encode() not in heard[0]


def test_hosts_that_are_exempt_are_asked_directly() -> None:
    environ = {"HTTPS_PROXY": closed_port(), "NO_PROXY": "127.0.0.1"}
    with host() as there:
        assert "TLS" in asked(there.url.replace("http:", "https:"), environ).fault


def test_no_question_is_no_answer() -> None:
    assert ask_all([], {}) == []


def test_a_question_does_not_show_its_key() -> None:
    assert CANARY not in repr(Question(url="http://127.0.0.1", headers=KEY))
