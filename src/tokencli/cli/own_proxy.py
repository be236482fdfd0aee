"""A proxy that is started for one run, on a free port, in the background, and stopped with it.

It is a process of its own with a session of its own, so that Ctrl-C in the terminal does not reach it. It hears from
its standard input that whoever started it is gone, however that came.
"""

from __future__ import annotations

import json
import selectors
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from tokencli.cli.errors import say
from tokencli.domain.errors import ExitCode, NetworkError
from tokencli.domain.text import visible

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from pathlib import Path

    from tokencli.cli.globals import Globals

_START_S = 30.0
_STOP_S = 45.0
_MOST_LINES = 5
_OURS = "tokencli: "
_TOKEN = "TOKENCLI_TOKEN"  # noqa: S105 - a variable's name


class ProxyNotStartedError(NetworkError):
    """A proxy that was started and did not come up."""

    def __init__(self, said: str, log: str, exit_code: int | None) -> None:
        """Give its own last words, or where its log is; its exit code becomes ours."""
        why = said.removeprefix(_OURS) or f"its log is {log}"
        super().__init__(f"the proxy for this run did not start: {why}")
        if exit_code in set(ExitCode):
            self.exit_code = ExitCode(exit_code)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnProxy:
    """A proxy that answers; `keyed` are the providers for which it has a key."""

    base_url: str
    keyed: frozenset[str]


@contextmanager
def own_proxy(given: Globals, environ: Mapping[str, str], log: Path, *, is_quiet: bool = False) -> Generator[OwnProxy]:
    """Run a proxy on a free port of 127.0.0.1 while this lasts, then let it end its open calls.

    What it had to say is told at the end; its log stays where that was too long, or when it `is_quiet`. Raises
    ProxyNotStartedError.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with _read_out(log, is_quiet=is_quiet), _started(given, environ, log) as process:
        try:
            yield _greeted(process, log)
        finally:
            fault = _stop(process)
        if fault:
            say(f"the proxy of this run ended before its time, with exit code {fault}.")


def keyed_of(providers: list[dict[str, Any]]) -> frozenset[str]:
    """Return the names of the providers for which a proxy says it has a key."""
    return frozenset(str(each["name"]) for each in providers if each.get("has_key"))


@contextmanager
def _read_out(log: Path, *, is_quiet: bool) -> Generator[None]:
    try:
        yield
    finally:
        if not log.stat().st_size:
            log.unlink()
    if log.exists() and not is_quiet:
        lines = _lines_of(log)
        for line in lines[:_MOST_LINES]:
            say(line.removeprefix(_OURS))
        if len(lines) > _MOST_LINES:
            say(f"the proxy of this run said more: {log} has all of it.")
        else:
            log.unlink()


def _started(given: Globals, environ: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as said:
        return subprocess.Popen(  # noqa: S603 - this program itself
            _command(given),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            env={name: value for name, value in environ.items() if name != _TOKEN},
            start_new_session=True,
        )


def _command(given: Globals) -> list[str]:
    # -P: a project's own folder may hold modules with the names of Python's.
    command = [sys.executable, "-P", "-m", "tokencli", "--db", given.ledger_place]
    if given.config is not None:
        command += ["--config", given.config]
    return [*command, "serve", "--host", "127.0.0.1", "--port", "0", "--json", "--quiet", "--until-eof"]


def _greeted(process: subprocess.Popen[bytes], log: Path) -> OwnProxy:
    line = b"" if process.stdout is None else _first_line(process.stdout)
    if not line:
        process.kill()
        code = process.wait()
        raise ProxyNotStartedError(_last_words(log), str(log), code)
    greeting: dict[str, Any] = json.loads(line)
    return OwnProxy(base_url=greeting["base_urls"]["anthropic"], keyed=keyed_of(greeting["providers"]))


def _first_line(stdout: IO[bytes]) -> bytes:
    """Return the line that the proxy writes when it is ready; nothing when it ends first, or takes too long."""
    with selectors.DefaultSelector() as selector:
        selector.register(stdout, selectors.EVENT_READ)
        return stdout.readline() if selector.select(_START_S) else b""


def _last_words(log: Path) -> str:
    lines = _lines_of(log)
    return visible(lines[-1], limit=500) if lines else ""


def _lines_of(log: Path) -> list[str]:
    return [line for line in log.read_text(encoding="utf-8", errors="replace").split("\n") if line.strip()]


def _stop(process: subprocess.Popen[bytes]) -> int:
    """End a proxy; return the exit code of one that was not ended by this, 0 otherwise.

    One that was killed may be asked for its exit code a moment too early: its port is closed before it is quite dead.
    """
    process.terminate()
    try:
        return process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        return 0
