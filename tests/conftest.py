"""Every test runs in a home of its own, at UTC, and reaches no host but this one."""

from __future__ import annotations

import ctypes
import os
import shutil
import socket
import time
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
LOOPBACK = ("127.", "::1", "localhost")
NO_CHROMIUM = "chromium is not installed: 'apt-get install chromium' lets this test look at the page as a browser does"
NO_DRIVER = "chromium's driver lacks a library: 'apt-get install libatomic1' lets this test look at the page in it"
NO_CORPUS = "the corpus of recorded calls is not here: name its folder in TOKENCLI_CORPUS to run this test"

settings.register_profile("tokencli", deadline=None, derandomize=bool(os.environ.get("CI")), print_blob=True)
settings.load_profile("tokencli")


class OutsideNetworkError(AssertionError):
    """A test tried to reach a host that is not this machine."""

    def __init__(self, address: object) -> None:
        """Name the address."""
        super().__init__(f"a test may only reach 127.0.0.1, not {address!r}")


def _check(family: int, address: Any) -> None:
    if family != socket.AF_UNIX and not str(address[0]).startswith(LOOPBACK):
        raise OutsideNetworkError(address)


@pytest.fixture(autouse=True, scope="session")
def loopback_only() -> Iterator[None]:
    """Refuse connections to other hosts, and questions about their names."""
    connect, connect_ex, lookup = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        _check(self.family, address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        _check(self.family, address)
        return connect_ex(self, address)

    def guarded_lookup(host: Any, *rest: Any, **named: Any) -> Any:
        if host is not None:
            _check(socket.AF_INET, (host.decode() if isinstance(host, bytes) else host,))
        return lookup(host, *rest, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        patch.setattr(socket, "getaddrinfo", guarded_lookup)
        yield


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return an endless row of fresh folders' paths."""
    base = tmp_path_factory.mktemp("homes")
    return (base / str(number) for number in count())


@pytest.fixture(autouse=True)
def home(homes: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give each test an empty home, no settings of the user's, UTC, and a terminal of 80 columns without colour."""
    place = next(homes)
    place.mkdir()
    for name in list(os.environ):
        if name.startswith("TOKENCLI_") and name not in {"TOKENCLI_CORPUS", "TOKENCLI_NEEDS_CHROMIUM"}:
            monkeypatch.delenv(name)
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "PYTHONPATH", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    for name, folder in (
        ("HOME", ""),
        ("TOKENCLI_HOME", "tokencli"),
        ("XDG_CONFIG_HOME", ".config"),
        ("XDG_DATA_HOME", ".local/share"),
        ("XDG_STATE_HOME", ".local/state"),
        ("XDG_CACHE_HOME", ".cache"),
        ("XDG_RUNTIME_DIR", "run"),
    ):
        monkeypatch.setenv(name, str(place / folder))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield place
    monkeypatch.undo()
    time.tzset()


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the repository's root."""
    return ROOT


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Return the folder of recorded calls, or skip."""
    place = Path(os.environ.get("TOKENCLI_CORPUS") or ROOT.parent / "shared" / "corpus")
    if not place.is_dir():
        pytest.skip(NO_CORPUS)
    return place


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a browser where there is none; with TOKENCLI_NEEDS_CHROMIUM=1 its absence is a failure."""
    reason = _why_no_browser()
    if reason and os.environ.get("TOKENCLI_NEEDS_CHROMIUM") != "1":
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.skip(reason=reason))


def _why_no_browser() -> str | None:
    if not (shutil.which("chromium") or shutil.which("chromium-browser")):
        return NO_CHROMIUM
    try:
        ctypes.CDLL("libatomic.so.1")  # the node inside playwright is linked to it
    except OSError:
        return NO_DRIVER
    return None
