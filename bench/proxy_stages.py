"""Where a request's CPU time goes in tokencli: samples of its stacks by stage, taken from outside under load."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

RATE: Final = 250
_INSTALL_S: Final = 300
# The first that fits counts, from the innermost function outwards: what a library does for a stage belongs to it.
WRITER: Final = "writing the ledger (a thread of its own)"
STAGES: Final = (
    ("handing over to the writer", ("services/recorder", "services/saved")),
    ("estimating", ("services/estimate", "services/prompt_text", "services/byte_", "services/tok", "services/calib")),
    ("measuring the answer", ("tokencli/wire/", "proxy/relay", "proxy/rows", "domain/usage", "proxy/withhold")),
    (
        "planning",
        (
            *("proxy/plan", "proxy/bodies", "proxy/json_", "proxy/routes", "proxy/cred", "proxy/headers"),
            *("proxy/urls", "proxy/paths", "proxy/client_names", "services/sessions", "config/"),
        ),
    ),
    ("the exchange", ("proxy/exchange", "proxy/app", "proxy/gate", "proxy/guard", "proxy/pace", "proxy/loops")),
    ("asking the provider", ("proxy/upstream", "proxy/line.", "proxy/dial", "proxy/address")),
    ("speaking to the client (uvicorn)", ("uvicorn/", "proxy/protocol")),
)
REST: Final = "the event loop, and what samples could not tell"


def sampler(home: Path) -> Path | None:
    """Return py-spy, installed where need be; None when it cannot be."""
    program = home / "bin" / "py-spy"
    if not program.exists():
        commands = (
            ("uv", "venv", "-q", "--clear", str(home)),
            ("uv", "pip", "install", "-q", "--python", str(home / "bin" / "python"), "py-spy"),
        )
        try:
            for command in commands:
                subprocess.run(command, check=True, capture_output=True, timeout=_INSTALL_S)
        except (OSError, subprocess.SubprocessError) as error:
            print(f"stages are left out: py-spy could not be installed ({type(error).__name__})", file=sys.stderr)
            return None
    return program


def sampling(program: Path, pid: int, duration_s: int, into: Path) -> subprocess.Popen[bytes]:
    """Begin to sample a process for some seconds; the stacks are in the file when the command has ended."""
    command = (str(program), "record", "-p", str(pid), "-d", str(duration_s), "-r", str(RATE), "-f", "raw")
    return subprocess.Popen(
        (*command, "--nonblocking", "-o", str(into)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def shares(stacks: Iterable[str]) -> dict[str, float]:
    """Return each stage's share of the main thread's samples, 0..1; a line is "function (file:line);... count".

    Other threads are left out: one that waits for the disk looks busy to the sampler.
    """
    counts: Counter[str] = Counter()
    for line in stacks:
        stack, _, count = line.rpartition(" ")
        if "_bootstrap (threading.py" not in stack:
            counts[stage_of(stack)] += int(count)
    total = counts.total()
    return {name: counts[name] / total for name in (*(name for name, _ in STAGES), REST)} if total else {}


def stage_of(stack: str) -> str:
    """Return the stage that a stack belongs to; its innermost function is the last."""
    for frame in reversed(stack.split(";")):
        for name, places in STAGES:
            if any(place in frame for place in places):
                return name
    return REST
