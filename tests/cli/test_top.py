"""`tokencli top` as it is typed, in a pipe and in a terminal of 80 by 24."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import time
from contextlib import contextmanager
from select import select
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

LONGEST_S = 40.0


@pytest.fixture
def ledger(typed: Callable[..., Any], log: Path) -> None:
    """Make a ledger of a log's calls and a session."""
    assert typed("ingest", log).code == 0
    assert typed("session", "new", "--name", "work", "--model", "mistral/mistral-large-2411").code == 0


@pytest.mark.usefixtures("ledger")
def test_without_a_terminal_it_is_printed_once(typed: Callable[..., Any]) -> None:
    said = typed("top")
    assert (said.code, said.err) == (0, "")
    lines = said.out.split("\n")
    assert lines[0].startswith("tokencli top  0 under way")
    assert max(map(len, lines)) <= 80
    assert "*work" in said.out
    assert "gpt-4o" in said.out
    assert "\x1b" not in said.out
    assert typed("top", "--once").out == said.out


@pytest.mark.usefixtures("ledger")
def test_json_is_one_object(typed: Callable[..., Any]) -> None:
    told = json.loads(typed("top", "--json").out)
    assert [session["name"] for session in told["sessions"]] == ["work"]
    assert {call["request_model"] for call in told["calls"]} == {"gpt-4o", "gpt-4.1-atelier"}
    assert json.loads(typed("top", "--once", "--json", "--session", "work").out)["calls"] == []


@pytest.mark.usefixtures("ledger")
def test_a_locale_without_unicode_gets_ascii(typed: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    assert typed("top").out.isascii()
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    assert not typed("top").out.isascii()


def test_what_is_wrong_is_one_sentence(typed: Callable[..., Any]) -> None:
    said = typed("top")
    assert (said.code, said.out) == (4, "")
    assert said.err.startswith("tokencli: there is no ledger at ")
    assert typed("session", "new", "--name", "work").code == 0
    said = typed("top", "--session", "wrk")
    assert (said.code, said.err) == (1, "tokencli: there is no session 'wrk': did you mean 'work'?\n")
    assert typed("top", "--interval", "0").code == 2


class Terminal:
    """The far end of a terminal: what was drawn, and keys to press."""

    def __init__(self, far_end: int) -> None:
        self._far_end = far_end
        self.drawn = b""

    def wait_for(self, *words: bytes) -> None:
        """Read until all of some words were drawn since the last time, in any order."""
        seen = b""
        until = time.monotonic() + LONGEST_S
        while not all(word in seen for word in words):
            assert time.monotonic() < until, (words, seen[-2000:])
            if select([self._far_end], [], [], 0.5)[0]:
                seen += os.read(self._far_end, 65536)
        self.drawn += seen

    def drain(self) -> None:
        """Read until the other side has closed it."""
        while select([self._far_end], [], [], LONGEST_S)[0]:
            try:
                read = os.read(self._far_end, 65536)
            except OSError:  # Linux says so when the last process has closed its side
                return
            if not read:
                return
            self.drawn += read

    def press(self, keys: bytes) -> None:
        """Press some keys."""
        os.write(self._far_end, keys)


@contextmanager
def in_a_terminal(directory: Path, **environ: str) -> Iterator[tuple[Terminal, subprocess.Popen[bytes]]]:
    """Run `tokencli top` in a terminal of 80 by 24."""
    far_end, near_end = pty.openpty()
    fcntl.ioctl(near_end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    command = [sys.executable, "-m", "tokencli", "top", "--interval", "0.1"]
    env = {**os.environ, "TERM": "xterm", **environ}
    with subprocess.Popen(
        command, stdin=near_end, stdout=near_end, stderr=near_end, cwd=directory, env=env, start_new_session=True
    ) as process:
        os.close(near_end)
        try:
            yield Terminal(far_end), process
        finally:
            process.kill()
            os.close(far_end)


@pytest.mark.usefixtures("ledger")
def test_in_a_terminal_calls_of_other_processes_appear_and_q_gives_it_back(
    typed: Callable[..., Any], tmp_path: Path
) -> None:
    with in_a_terminal(tmp_path, LC_ALL="C.UTF-8") as (terminal, process):
        terminal.wait_for(b"\x1b[?1049h", b"gpt-4o", b"? help")
        more = tmp_path / "more.log"
        more.write_text(
            "2025-10-10 15:00:00,123 INFO [backend.llm] [OpenAI] Cost calculated: $0.027000 "
            "(model=gpt-4-zeta, input=3000 tokens, output=800 tokens, pricing_input=$0.00000500/token, "
            "pricing_output=$0.00001500/token)\n",
            encoding="utf-8",
        )
        assert typed("ingest", more).code == 0
        terminal.wait_for(b"gpt-4-zeta")
        terminal.press(b"\r")
        terminal.wait_for(b"list cost", b"esc back")
        terminal.press(b"q")
        terminal.drain()
        assert process.wait(LONGEST_S) == 0
        assert b"\x1b[?1049l" in terminal.drawn
        assert b"Traceback" not in terminal.drawn


@pytest.mark.usefixtures("ledger")
def test_a_terminal_without_unicode_and_color_gets_neither_and_is_given_back(tmp_path: Path) -> None:
    with in_a_terminal(tmp_path, LC_ALL="C", NO_COLOR="1") as (terminal, process):
        terminal.wait_for(b"gpt-4o", b"? help")
        process.send_signal(signal.SIGTERM)
        terminal.drain()
        assert process.wait(LONGEST_S) == 0
        assert b"\x1b[?1049l" in terminal.drawn
        assert terminal.drawn.isascii()
        assert not re.search(rb"\x1b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9\d)[;m]", terminal.drawn)
