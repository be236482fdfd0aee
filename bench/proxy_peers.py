"""The proxies that are measured beside each other: how each is installed, told of the provider, and started.

Each runs as a user would run it after reading its first page: one process, no database, no cache. What this machine
cannot install is left out, with a sentence that says why.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

import trustme

from bench.measure import session_pids

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

START_S: Final = 120
_ASK_EVERY_S: Final = 0.1
_ROOT: Final = Path(__file__).parent.parent
OURS: Final = "tokencli"
# Hidden, so that tools which look for sources do not look here.
PEERS: Final = ".peers"
_PROVIDER: Final = "the provider"
_INSTALL_S: Final = 900
_PATH: Final = "/v1/chat/completions"
_LITELLM_ENV: Final = {
    "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "true",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
}
_open = build_opener(ProxyHandler({})).open


class PeerFailedError(Exception):
    """A proxy that did not start, or stopped: what it said last."""

    def __init__(self, name: str, log: Path) -> None:
        """Name it and show the end of its log."""
        super().__init__(f"{name} does not run: {log.read_text(errors='replace')[-500:]}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The provider that all proxies lead to, plain or over TLS.

    `authority` is the file its certificate is checked against, None where there is none; `plain_port` tells the count.
    """

    port: int
    plain_port: int
    authority: Path | None = None

    @property
    def url(self) -> str:
        """Return its address."""
        return f"https://localhost:{self.port}" if self.authority else f"http://127.0.0.1:{self.port}"

    @property
    def side(self) -> str:
        """Return how it is spoken to."""
        return "TLS" if self.authority else "plain"

    def calls(self, caller: str) -> int:
        """Return how many calls it has had under the path of this name, on both ports."""
        return int(fetched(f"http://127.0.0.1:{self.plain_port}/count/{caller}"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A proxy that answers: where, as which session of processes, and the headers it wants of a call."""

    name: str
    url: str
    session: int
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    ledger: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """How to start a proxy: its command and environment, the path that tells that it is ready, its own headers."""

    command: tuple[str, ...]
    ready: str
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    ledger: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A proxy by name; `missing` tells why it cannot be measured, None when it can."""

    name: str
    start: Callable[[Path, Origin, int], Start]
    missing: str | None = None


def fetched(url: str) -> bytes:
    """Return what a GET request to this machine answers."""
    with _open(url, timeout=5) as answer:
        content: bytes = answer.read()
    return content


@contextmanager
def running(peer: Peer, room: Path, origin: Origin) -> Generator[Running]:
    """Run a proxy in a directory of its own until the block ends.

    Raises:
        PeerFailedError: it does not answer.
    """
    room.mkdir(parents=True)
    port = free_port()
    start = peer.start(room, origin, port)
    with session(peer.name, start.command, start.env, room / "log") as process:
        url = f"http://127.0.0.1:{port}"
        _wait_until_ready(peer.name, process, f"{url}{start.ready}", room / "log")
        yield Running(
            name=peer.name, url=f"{url}{_PATH}", session=process.pid, headers=start.headers, ledger=start.ledger
        )


@contextmanager
def session(
    name: str, command: tuple[str, ...], env: Mapping[str, str], log: Path
) -> Generator[subprocess.Popen[bytes]]:
    """Run a command as a session of its own, which is asked to stop, and made to, at the end of the block."""
    with log.open("ab") as said:
        process = subprocess.Popen(
            command,
            cwd=log.parent,
            env={"PATH": os.environ["PATH"], "HOME": str(log.parent), "LC_ALL": "C.UTF-8", **env},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    try:
        yield process
        if process.poll() is not None:
            raise PeerFailedError(name, log)
    finally:
        process.terminate()
        try:
            process.wait(START_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pid in session_pids(process.pid):
            os.kill(int(pid), 9)


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _wait_until_ready(name: str, process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            fetched(url)
        except (URLError, OSError):
            time.sleep(_ASK_EVERY_S)
        else:
            return
    raise PeerFailedError(name, log)


@contextmanager
def provider(room: Path) -> Generator[tuple[Origin, Origin]]:
    """Run the provider until the block ends: plain, and over TLS with a certificate of its own making."""
    room.mkdir(parents=True)
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    authority.cert_pem.write_to_path(str(room / "authority.pem"))
    certificate.private_key_pem.write_to_path(str(room / "key.pem"))
    with (room / "certificate.pem").open("wb") as file:
        for each in certificate.cert_chain_pems:
            file.write(each.bytes())
    files = (str(room / "certificate.pem"), str(room / "key.pem"))
    command = (sys.executable, "-m", "bench.proxy_provider", *files)
    with session(_PROVIDER, command, {"PYTHONPATH": str(_ROOT)}, room / "log") as process:
        plain, packed = _ports(process, room / "log")
        yield (
            Origin(port=plain, plain_port=plain),
            Origin(port=packed, plain_port=plain, authority=room / "authority.pem"),
        )


def _ports(process: subprocess.Popen[bytes], log: Path) -> tuple[int, int]:
    deadline = time.monotonic() + START_S
    while process.poll() is None and time.monotonic() < deadline:
        said = log.read_text(encoding="utf-8")
        if said.endswith("\n"):
            plain, packed = map(int, said.split())
            return plain, packed
        time.sleep(_ASK_EVERY_S)
    raise PeerFailedError(_PROVIDER, log)


def all_peers(data: Path) -> list[Peer]:
    """Return every proxy that is measured, tokencli first; those of other makers are installed under `data`."""
    home = data / PEERS
    return [Peer(name=OURS, start=_tokencli), _nginx(), _litellm(home / "litellm"), _portkey(home / "portkey")]


def _tokencli(room: Path, origin: Origin, port: int) -> Start:
    config = room / "config.toml"
    config.write_text(f'[providers.openai]\nbase_url = "{origin.url}/{OURS}/v1"\n', encoding="utf-8")
    ledger = room / "ledger.db"
    program = str(Path(sys.executable).with_name("tokencli"))
    return Start(
        command=(program, "--db", str(ledger), "--config", str(config), "serve", "--port", str(port)),
        ready="/health",
        env={"TOKENCLI_HOME": str(room), "OPENAI_API_KEY": "sk-bench", **_trust(origin, "SSL_CERT_FILE")},
        ledger=ledger,
    )


def _trust(origin: Origin, variable: str) -> dict[str, str]:
    return {variable: str(origin.authority)} if origin.authority else {}


def _nginx() -> Peer:
    missing = None if shutil.which("nginx") else "nginx is not installed (apt-get install nginx)"
    return Peer(name="nginx", start=_nginx_start, missing=missing)


def _nginx_start(room: Path, origin: Origin, port: int) -> Start:
    trust = ""
    if origin.authority:
        trust = f"""
            proxy_ssl_trusted_certificate {origin.authority};
            proxy_ssl_verify on;
            proxy_ssl_server_name on;
            proxy_ssl_name localhost;"""
    scheme = "https" if origin.authority else "http"
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "\n".join(f"    {kind}_temp_path {room}/{kind};" for kind in kinds)
    (room / "nginx.conf").write_text(
        f"""
daemon off; worker_processes 1; pid {room}/pid; error_log {room}/errors;
events {{ worker_connections 4096; }}
http {{
    access_log off;
{places}
    upstream provider {{ server 127.0.0.1:{origin.port}; keepalive 128; keepalive_requests 1000000; }}
    server {{
        listen 127.0.0.1:{port}; keepalive_requests 1000000;
        location = /ready {{ return 200; }}
        location / {{
            proxy_pass {scheme}://provider; proxy_http_version 1.1; proxy_buffering off;
            proxy_set_header Connection ""; proxy_set_header Host localhost;{trust}
        }}
    }}
}}
""",
        encoding="utf-8",
    )
    program = shutil.which("nginx") or "nginx"
    return Start(command=(program, "-p", str(room), "-c", str(room / "nginx.conf")), ready="/ready")


def _litellm(home: Path) -> Peer:
    program = home / "bin" / "litellm"
    missing = None
    if not program.exists():
        missing = installed(
            ("uv", "venv", "-q", "--clear", str(home)),
            ("uv", "pip", "install", "-q", "--python", str(home / "bin" / "python"), "litellm[proxy]"),
        )

    def start(room: Path, origin: Origin, port: int) -> Start:
        (room / "litellm.yaml").write_text(
            "model_list:\n"
            + "".join(
                f'  - model_name: {model}\n    litellm_params: {{model: openai/{model}, api_base: "{origin.url}/v1", '
                "api_key: sk-bench}\n"
                for model in ("gpt-4o-mini", "held")
            )
            + "litellm_settings: {telemetry: false}\n",
            encoding="utf-8",
        )
        return Start(
            command=(str(program), "--config", str(room / "litellm.yaml"), "--port", str(port), "--host", "127.0.0.1"),
            ready="/health/liveliness",
            env={**_LITELLM_ENV, **_trust(origin, "SSL_CERT_FILE")},
        )

    return Peer(name="LiteLLM", start=start, missing=missing and f"LiteLLM is left out: {missing}")


def _portkey(home: Path) -> Peer:
    program = home / "node_modules" / "@portkey-ai" / "gateway" / "build" / "start-server.js"
    missing = None if shutil.which("node") else "node is not installed"
    if missing is None and not program.exists():
        home.mkdir(parents=True, exist_ok=True)
        missing = installed(("npm", "install", "--silent", "--prefix", str(home), "@portkey-ai/gateway"))

    def start(room: Path, origin: Origin, port: int) -> Start:
        del room
        return Start(
            command=("node", str(program), f"--port={port}", "--headless"),
            ready="/",
            env={"PORT": str(port), **_trust(origin, "NODE_EXTRA_CA_CERTS")},
            headers={"x-portkey-provider": "openai", "x-portkey-custom-host": f"{origin.url}/v1"},
        )

    return Peer(name="Portkey", start=start, missing=missing and f"Portkey is left out: {missing}")


def installed(*commands: tuple[str, ...]) -> str | None:
    """Run the commands that install something; return why that did not work, None when it did."""
    for command in commands:
        print(" ".join(command), file=sys.stderr)
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=_INSTALL_S)
        except (OSError, subprocess.SubprocessError) as error:
            return f"{command[0]} could not install it ({type(error).__name__})"
    return None
