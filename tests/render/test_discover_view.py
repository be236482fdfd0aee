from __future__ import annotations

from pathlib import Path

from tokencli.render.discover_view import found_lines, found_values
from tokencli.services.agent_files import AgentFile
from tokencli.services.discover import ABSENT, FoundPlace

HOME = Path("/home/x")
FULL = FoundPlace("claude-code", HOME / ".claude", tuple(AgentFile(Path(str(each)), 0) for each in range(1200)))
EMPTY = FoundPlace("codex", HOME / ".codex", skipped=ABSENT)
ODD = FoundPlace("codex", Path("/data/\x1b[31m"), (AgentFile(Path("a"), 0),))


def test_what_was_found_stands_before_what_was_passed_over() -> None:
    locked = FoundPlace("codex", HOME / ".codex", skipped="it may not be read")
    assert found_lines([locked, FULL], HOME) == (
        "claude-code  1,200 files                  ~/.claude\ncodex        skipped: it may not be read  ~/.codex\n"
    )


def test_clients_that_are_not_there_are_one_line() -> None:
    absent = FoundPlace("claude-code", HOME / ".config/claude", skipped=ABSENT)
    qwen = FoundPlace("qwen-code", HOME / ".qwen", skipped=ABSENT)
    assert found_lines([EMPTY, FULL, absent, qwen, qwen], HOME) == (
        "claude-code  1,200 files  ~/.claude\n"
        "skipped, since their directories are not there: codex, qwen-code (--json names\n"
        "  the directories)\n"
    )


def test_a_hostile_name_cannot_touch_the_terminal() -> None:
    assert "\x1b" not in found_lines([ODD], HOME)
    assert "1 file " in found_lines([ODD], HOME)


def test_the_json_tells_the_same() -> None:
    assert found_values([EMPTY]) == [
        {"format": "codex", "root": "/home/x/.codex", "files": 0, "skipped": "there is no such directory"}
    ]
