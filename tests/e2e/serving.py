"""`tokencli serve` as a process of its own, for tests that look at it from outside."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from pathlib import Path

START_S = 60
STOP_S = 60


class Proxy:
    """One running `tokencli serve`; `url` is where it listens, such as http://127.0.0.1:43210."""

    def __init__(self, process: subprocess.Popen[bytes], greeting: dict[str, Any], ledger: Path) -> None:
        self.process = process
        self.greeting = greeting
        self.ledger = ledger
        self.url: str = greeting["base_urls"]["anthropic"]

    def stop(self) -> int:
        """Ask it to stop, and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_S)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait(STOP_S)

    def rows(self, query: str, *parameters: object) -> list[Any]:
        """Return what the ledger holds."""
        with closing(sqlite3.connect(f"file:{self.ledger}?mode=ro", uri=True)) as connection:
            return connection.execute(query, parameters).fetchall()


@contextmanager
def serving(place: Path, config: str, environ: Mapping[str, str] | None = None, *arguments: str) -> Generator[Proxy]:
    """Run a proxy with this configuration in a directory of its own; it is stopped at the end."""
    place.mkdir(parents=True, exist_ok=True)
    (place / "config.toml").write_text(config, encoding="utf-8")
    ledger = place / "ledger.db"
    command = [sys.executable, "-m", "tokencli", "serve", "--port", "0", "--json", "--db", str(ledger), *arguments]
    env = {
        **{name: value for name, value in os.environ.items() if not _is_settings(name)},
        "TOKENCLI_HOME": str(place),
        "TOKENCLI_CONFIG": str(place / "config.toml"),
        **(environ or {}),
    }
    with (place / "stderr.txt").open("ab") as stderr:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, stdin=subprocess.DEVNULL, env=env)
    try:
        assert process.stdout is not None
        with process.stdout as stdout:
            line = stdout.readline()
            assert line, (place / "stderr.txt").read_text(encoding="utf-8")
            yield Proxy(process, json.loads(line), ledger)
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _is_settings(name: str) -> bool:
    """Say whether a variable of whoever runs the tests would change what the proxy does."""
    return name.startswith("TOKENCLI_") or name.endswith("_API_KEY") or name.lower().endswith("_proxy")
