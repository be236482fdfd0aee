"""A bare machine gets the pinned uv, the locked packages, or one sentence that says what is in the way."""

from __future__ import annotations

import base64
import hashlib
import io
import ssl
import subprocess
import sys
import threading
import tomllib
import urllib.error
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from tools import bootstrap
from tools.bootstrap import BootstrapError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROGRAM = b"#!/bin/sh\necho uv\n"
NAME, _ = bootstrap.UV_WHEELS["x86_64"]


def wheel() -> bytes:
    """Return a wheel that holds a small program where uv's wheels hold uv."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr(f"uv-{bootstrap.UV_VERSION}.data/scripts/uv", PROGRAM)
    return body.getvalue()


class Mirror(BaseHTTPRequestHandler):
    """A package index with one file; `seen` keeps the paths and logins it was asked with."""

    seen: list[tuple[str, str | None]]
    listed = NAME

    def do_GET(self) -> None:
        """Answer like an index."""
        self.seen.append((self.path, self.headers["Authorization"]))
        if self.path == "/simple/uv/":
            body = f'<a href="other.whl">other</a> <a href="../../files/{self.listed}#sha256=00">uv</a>'.encode()
        elif self.path == f"/files/{NAME}":
            body = wheel()
        else:
            self.send_error(404)
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Say nothing."""


@pytest.fixture
def mirror() -> Iterator[tuple[str, type[Mirror]]]:
    """Yield host:port of an index on this machine, and its handler."""
    handler = type("Handler", (Mirror,), {"seen": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"127.0.0.1:{server.server_port}", handler
        server.shutdown()
        thread.join()


@pytest.fixture
def pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pin the small wheel instead of the real one."""
    monkeypatch.setitem(bootstrap.UV_WHEELS, "x86_64", (NAME, hashlib.sha256(wheel()).hexdigest()))


@pytest.mark.usefixtures("pinned")
def test_uv_comes_from_the_index_and_only_once(mirror: tuple[str, type[Mirror]], tmp_path: Path) -> None:
    host, handler = mirror
    program = bootstrap.fetch_uv(tmp_path, f"http://{host}/simple", "x86_64")
    assert program.read_bytes() == PROGRAM
    assert program.stat().st_mode & 0o777 == 0o755
    assert bootstrap.fetch_uv(tmp_path, f"http://{host}/simple", "x86_64") == program
    assert [path for path, _ in handler.seen] == ["/simple/uv/", f"/files/{NAME}"]
    assert [entry.name for entry in program.parent.iterdir()] == ["uv"]


@pytest.mark.usefixtures("pinned")
def test_an_index_with_a_login_gets_it_in_a_header(mirror: tuple[str, type[Mirror]], tmp_path: Path) -> None:
    host, handler = mirror
    bootstrap.fetch_uv(tmp_path, f"http://me:p%40ss@{host}/simple", "x86_64")
    login = "Basic " + base64.b64encode(b"me:p@ss").decode()
    assert handler.seen == [("/simple/uv/", login), (f"/files/{NAME}", login)]


def test_a_download_with_another_digest_is_not_kept(mirror: tuple[str, type[Mirror]], tmp_path: Path) -> None:
    with pytest.raises(BootstrapError, match="not the real one"):
        bootstrap.fetch_uv(tmp_path, f"http://{mirror[0]}/simple", "x86_64")
    assert not list(tmp_path.iterdir())


def test_an_index_without_the_file_is_named(mirror: tuple[str, type[Mirror]], tmp_path: Path) -> None:
    host, handler = mirror
    handler.listed = "uv-0.1.0.whl"
    with pytest.raises(BootstrapError, match=f"{host}/simple/uv/ does not list {NAME}"):
        bootstrap.fetch_uv(tmp_path, f"http://{host}/simple", "x86_64")


def test_a_machine_without_a_pinned_uv_is_told_to_install_one(tmp_path: Path) -> None:
    with pytest.raises(BootstrapError, match=r"no uv is pinned for riscv64: install uv \d"):
        bootstrap.fetch_uv(tmp_path, bootstrap.DEFAULT_INDEX, "riscv64")


def test_no_network_is_one_sentence(mirror: tuple[str, type[Mirror]], tmp_path: Path) -> None:
    with pytest.raises(BootstrapError, match=r"cannot reach http://127\.0\.0\.1:\d+/none/uv/ .*: connect to the"):
        bootstrap.fetch_uv(tmp_path, f"http://{mirror[0]}/none", "x86_64")


def test_missing_certificates_are_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    cause = ssl.SSLCertVerificationError(1, "certificate verify failed")
    cause.verify_message = "unable to get local issuer certificate"

    def refuse(*_: object, **__: object) -> None:
        raise urllib.error.URLError(cause)

    monkeypatch.setattr("urllib.request.urlopen", refuse)
    with pytest.raises(BootstrapError, match=r"\(unable to get local issuer .*'apt-get install ca-certificates'"):
        bootstrap.fetch("https://pypi.org/simple/uv/")


def test_an_index_that_is_no_address_is_refused() -> None:
    with pytest.raises(BootstrapError, match=r"begins with https://\."):
        bootstrap.fetch("pypi.org/simple/uv/")


@pytest.mark.parametrize(
    ("environ", "index"),
    [
        ({}, "https://pypi.org/simple"),
        ({"PIP_INDEX_URL": "https://mirror.test/simple/"}, "https://mirror.test/simple"),
        ({"PIP_INDEX_URL": "https://a.test", "UV_DEFAULT_INDEX": "https://b.test"}, "https://b.test"),
        ({"PIP_INDEX_URL": ""}, "https://pypi.org/simple"),
    ],
)
def test_the_index_is_uvs_own_setting_then_pips_then_pypi(environ: dict[str, str], index: str) -> None:
    assert bootstrap.index_of(environ) == index


def test_packages_are_held_to_the_lock_with_pypi_and_with_a_mirror() -> None:
    [command] = bootstrap.commands("uv", ["test", "lint"], bootstrap.DEFAULT_INDEX)
    assert command[:3] == ["uv", "sync", "--locked"]
    assert command[-4:] == ["--group", "test", "--group", "lint"]
    mirrored = bootstrap.commands("uv", [], "https://mirror.test/simple")
    assert "--frozen" in mirrored[1]
    assert "--require-hashes" in mirrored[2]
    assert "--no-deps" in mirrored[3]


def test_uv_uses_the_systems_python_and_fetches_none() -> None:
    environ = bootstrap.environment({"PATH": "/bin", "VIRTUAL_ENV": "/elsewhere"}, bootstrap.DEFAULT_INDEX)
    assert environ["UV_PYTHON_DOWNLOADS"] == "never"
    assert "VIRTUAL_ENV" not in environ
    assert "UV_DEFAULT_INDEX" not in environ
    assert bootstrap.environment({"UV_SYSTEM_CERTS": "false"}, "https://m.test")["UV_SYSTEM_CERTS"] == "false"


@pytest.mark.parametrize(("said", "is_used"), [("uv 0.13.8 (x86)", True), ("uv 0.8.22", False), ("hello", False)])
def test_a_uv_on_path_is_used_when_it_can_read_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, *, is_used: bool
) -> None:
    program = tmp_path / "uv"
    program.write_text(f"#!/bin/sh\necho '{said}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert bootstrap.uv_on_path() == (program if is_used else None)


def test_a_failure_of_uv_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "uv"
    program.write_text('#!/bin/sh\n[ "$1" = --version ] && echo uv 99.0.0 && exit\nexit 3\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    with pytest.raises(BootstrapError, match="'uv sync' ended with code 3"):
        bootstrap.install(["test"])


def test_it_runs_without_anything_installed(root: Path) -> None:
    code = "import sys; sys.path.insert(0, 'tools'); import bootstrap"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], cwd=root, check=False, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")


def test_the_pinned_uv_satisfies_the_project(root: Path) -> None:
    wanted = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["uv"]["required-version"]
    assert wanted == ">=" + ".".join(str(number) for number in bootstrap.OLDEST_UV)
    assert all(bootstrap.UV_VERSION in name and len(digest) == 64 for name, digest in bootstrap.UV_WHEELS.values())
