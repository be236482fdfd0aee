"""Make the environment on a bare machine: find uv or fetch the pinned one, then install what the lock names.

It runs on the system's python3 before anything is installed, so it imports the standard library alone. What it
downloads is run, so it is held to a digest that is written here, wherever it came from.
"""

from __future__ import annotations

import base64
import hashlib
import html
import io
import os
import platform
import re
import shutil
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
import zipfile
from http.client import HTTPException
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parent.parent
UV_VERSION = "0.13.8"
OLDEST_UV = (0, 9)
DEFAULT_INDEX = "https://pypi.org/simple"
WAIT_S = 60

# Published with uv 0.13.8 on PyPI: file name and SHA-256. Raise all of them together with UV_VERSION.
_UV_X86_64 = (
    f"uv-{UV_VERSION}-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
    "e18a57b8b352eb7c8feb317b9f6f533c8f0ad9673fd6cf34bbe3cf1a9f6a8984",
)
_UV_AARCH64 = (
    f"uv-{UV_VERSION}-py3-none-manylinux_2_28_aarch64.whl",
    "5337c30bb893b4f9ce0ceb921ba2da0d13f649da644f40ad3bef84083bef0203",
)
UV_WHEELS = {"x86_64": _UV_X86_64, "amd64": _UV_X86_64, "aarch64": _UV_AARCH64, "arm64": _UV_AARCH64}


class BootstrapError(Exception):
    """Something is in the way; the message says what, and what to do, in one sentence."""


def index_of(environ: dict[str, str]) -> str:
    """Return the package index to use: uv's own setting, else pip's, else PyPI; never with a slash at its end."""
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"):
        if environ.get(name):
            return environ[name].rstrip("/")
    return DEFAULT_INDEX


def fetch(url: str) -> bytes:
    """Return what is at a URL (its user and password go into a header); raise BootstrapError when it cannot be had."""
    parts = urlsplit(url)
    address = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    if parts.scheme not in {"http", "https", "file"}:
        message = f"{address} is no address of a package index: set UV_DEFAULT_INDEX to one that begins with https://."
        raise BootstrapError(message)
    request = urllib.request.Request(address, headers={"Accept": "text/html, */*;q=0.1"})  # noqa: S310 - checked above
    if parts.username:
        secret = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
        request.add_header("Authorization", "Basic " + base64.b64encode(secret).decode())
    try:
        with urllib.request.urlopen(request, timeout=WAIT_S) as answer:  # noqa: S310 - checked above
            return bytes(answer.read())
    except (OSError, HTTPException) as error:
        raise BootstrapError(_sentence(address, error)) from error


def _sentence(address: str, error: Exception) -> str:
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return (
            f"the certificate of {address} cannot be checked ({cause.verify_message}): install the certificates with "
            "'apt-get install ca-certificates', or name your own bundle in SSL_CERT_FILE."
        )
    return f"cannot reach {address} ({cause}): connect to the network, or set UV_DEFAULT_INDEX to a mirror."


def link_to(name: str, page: str, page_url: str) -> str:
    """Return the address of a file on an index page (PEP 503); raise BootstrapError when it is not listed."""
    for found in re.findall(r'href="([^"]*)"', page):
        address = urldefrag(urljoin(page_url, html.unescape(found))).url
        if unquote(urlsplit(address).path).endswith("/" + name):
            return address
    message = f"{page_url} does not list {name}: install uv {UV_VERSION} yourself and put it on PATH."
    raise BootstrapError(message)


def fetch_uv(place: Path, index: str, machine: str) -> Path:
    """Put the pinned uv into `place` and return the program's path; raise BootstrapError when that cannot be done."""
    program = place / f"uv-{UV_VERSION}" / "uv"
    if program.exists():
        return program
    if machine not in UV_WHEELS:
        message = f"no uv is pinned for {machine}: install uv {UV_VERSION} yourself and put it on PATH."
        raise BootstrapError(message)
    name, digest = UV_WHEELS[machine]
    page_url = f"{index}/uv/"
    say(f"fetching uv {UV_VERSION} from {urlsplit(index).hostname or index}")
    wheel = fetch(_with_login(link_to(name, fetch(page_url).decode("utf-8", "replace"), page_url), index))
    unpack(wheel, digest, program)
    return program


def _with_login(address: str, index: str) -> str:
    """Return the address with the index's user and password when it is on the index's own host."""
    parts, home = urlsplit(address), urlsplit(index)
    if parts.username or not home.username or parts.hostname != home.hostname:
        return address
    login = home.netloc.rpartition("@")[0]
    return urlunsplit(parts._replace(netloc=f"{login}@{parts.netloc}"))


def unpack(wheel: bytes, digest: str, program: Path) -> None:
    """Write the uv program of a wheel to `program`; raise BootstrapError unless the wheel has that SHA-256."""
    found = hashlib.sha256(wheel).hexdigest()
    if found != digest:
        message = f"the downloaded uv has SHA-256 {found}, not {digest}: it is damaged or not the real one; try again."
        raise BootstrapError(message)
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        body = archive.read(f"uv-{UV_VERSION}.data/scripts/uv")
    program.parent.mkdir(parents=True, exist_ok=True)
    part = program.with_name(f"uv.{os.getpid()}.part")
    part.write_bytes(body)
    part.chmod(0o755)
    part.replace(program)


def uv_on_path() -> Path | None:
    """Return the uv on PATH when there is one and it is new enough to read the lock, else None."""
    found = shutil.which("uv")
    if not found:
        return None
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
    numbers = re.match(r"uv (\d+)\.(\d+)", said)
    return Path(found) if numbers and (int(numbers[1]), int(numbers[2])) >= OLDEST_UV else None


def commands(uv: str, groups: list[str], index: str) -> list[list[str]]:
    """Return the commands that install the locked packages of these groups; each package is held to its digest.

    The lock names PyPI. With another index uv would call the lock out of date, so there the same files with the same
    digests are asked for by name.
    """
    wanted = ["--no-default-groups", *(word for group in groups for word in ("--group", group))]
    if index == DEFAULT_INDEX:
        return [[uv, "sync", "--locked", "--inexact", *wanted]]
    listed = str(ROOT / ".tools" / "requirements.txt")
    return [
        [uv, "venv", "--quiet", "--allow-existing"],
        [uv, "export", "--quiet", "--frozen", "--no-emit-project", *wanted, "--output-file", listed],
        [uv, "pip", "install", "--require-hashes", "--requirements", listed],
        [uv, "pip", "install", "--no-deps", "--editable", "."],
    ]


def environment(environ: dict[str, str], index: str) -> dict[str, str]:
    """Return the environment for uv: the system's Python and certificates, and the index; the user's words win."""
    quiet = {name: value for name, value in environ.items() if name not in {"UV_INDEX_URL", "VIRTUAL_ENV"}}
    settings = {"UV_PYTHON_DOWNLOADS": "never", "UV_PYTHON_PREFERENCE": "system", "UV_SYSTEM_CERTS": "true"}
    if index != DEFAULT_INDEX:
        settings["UV_DEFAULT_INDEX"] = index
    return {**settings, **quiet}


def install(groups: list[str]) -> None:
    """Install tokencli and these groups of tools into .venv; raise BootstrapError when that fails."""
    environ = dict(os.environ)
    index = index_of(environ)
    (ROOT / ".tools").mkdir(exist_ok=True)
    uv = uv_on_path() or fetch_uv(ROOT / ".tools", index, platform.machine().lower())
    for command in commands(str(uv), groups, index):
        try:
            subprocess.run(command, cwd=ROOT, env=environment(environ, index), check=True)
        except subprocess.CalledProcessError as error:
            message = f"'uv {command[1]}' ended with code {error.returncode}; its own words are above."
            raise BootstrapError(message) from error
        except OSError as error:
            message = f"{uv} does not run here ({error}): install uv {UV_VERSION} yourself and put it on PATH."
            raise BootstrapError(message) from error


def say(text: str) -> None:
    """Tell the user what happens, on stderr."""
    print(f"bootstrap: {text}", file=sys.stderr, flush=True)


def main(arguments: list[str]) -> int:
    """Install the groups named as arguments; return the exit code."""
    try:
        install(arguments)
    except BootstrapError as error:
        say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
