"""Real clients, installed into a cache once: each in a folder of its own, by the tool of the place it comes from.

TOKENCLI_CLIENTS_CACHE names the cache; it is .cache/clients in the repository otherwise. What cannot be installed is
left out with the reason.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import ROOT
from tokencli.clients.registry import CLIENTS

# Read now: tests have the user's TOKENCLI_ variables taken away.
CACHE = Path(os.environ.get("TOKENCLI_CLIENTS_CACHE") or ROOT / ".cache" / "clients").absolute()
_INSTALL_S = 600
_NODE = (22, 19)  # Kimi Code wants it; the others are content with it
_SPOKEN = re.compile(r"\S.*\S")


class NotInstalledError(Exception):
    """A client that this machine does not get."""


@dataclass(frozen=True, slots=True)
class Installed:
    """A client that can be run: where its command is, further folders that it needs in PATH, and its version."""

    command: Path
    paths: tuple[Path, ...]
    version: str


def installed(name: str, environ: dict[str, str]) -> Installed:
    """Return a client, installed when it was not; raise NotInstalledError with the reason."""
    client = CLIENTS[name]
    kind, _, package = (client.package or "").partition(":")
    folder = CACHE / name
    if kind == "npm":
        nodes = _node(environ)
        path = os.pathsep.join([*map(str, nodes), environ.get("PATH", "")])
        binary = _from_npm(folder, package, client.executables[0], {**environ, "PATH": path})
        found = json.loads((folder / "node_modules" / package / "package.json").read_text(encoding="utf-8"))
        return Installed(binary, nodes, str(found["version"]))
    binary = _from_pypi(folder, package, client.executables[0], environ)
    return Installed(binary, (), _version_of(folder, package))


def _node(environ: dict[str, str]) -> tuple[Path, ...]:
    """Return the folder of a Node that is new enough, none when the machine's own is."""
    own = shutil.which("node", path=environ.get("PATH"))
    if own is None or shutil.which("npm", path=environ.get("PATH")) is None:
        reason = "node and npm are not installed"
        raise NotInstalledError(reason)
    said = subprocess.run([own, "--version"], capture_output=True, text=True, check=False).stdout
    if tuple(map(int, re.findall(r"\d+", said)[:2])) >= _NODE:
        return ()
    return (_from_npm(CACHE / "node", f"node@{_NODE[0]}", "node", environ).parent,)


def _from_npm(folder: Path, package: str, executable: str, environ: dict[str, str]) -> Path:
    binary = folder / "node_modules" / ".bin" / executable
    if not binary.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _run(["npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund", package], environ)
    return binary


def _from_pypi(folder: Path, package: str, executable: str, environ: dict[str, str]) -> Path:
    if shutil.which("uv", path=environ.get("PATH")) is None:
        reason = "uv is not installed"
        raise NotInstalledError(reason)
    binary = folder / "bin" / executable
    if not binary.exists():
        _run(["uv", "venv", "--clear", "--python", "3.11", str(folder)], environ)
        _run(["uv", "pip", "install", "--python", str(folder / "bin" / "python"), package], environ)
    return binary


def _version_of(folder: Path, package: str) -> str:
    name = package.replace("-", "_")
    found = sorted((folder / "lib").glob(f"python3.*/site-packages/{name}-*.dist-info"))
    return found[0].name.removeprefix(f"{name}-").removesuffix(".dist-info") if found else "unknown"


def _run(command: list[str], environ: dict[str, str]) -> None:
    try:
        done = subprocess.run(
            command,
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_INSTALL_S,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotInstalledError(str(error)) from error
    if done.returncode:
        words = [line for line in _SPOKEN.findall(done.stderr) if "complete log of this run" not in line]
        reason = f"{' '.join(command[:2])}: {words[-1] if words else done.returncode}"
        raise NotInstalledError(reason)
