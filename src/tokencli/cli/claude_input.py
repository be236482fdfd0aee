"""What Claude Code writes to the stdin of its status line: read once, whoever asks."""

from __future__ import annotations

import sys

from tokencli.domain.plain import NotPlainError
from tokencli.services.claude_session import claude_session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tokencli.services.claude_session import ClaudeSession

_LARGEST_CHARACTERS = 1_000_000
_READ: list[str] = []


def claude_input() -> ClaudeSession:
    """Return the session on stdin; raise NotPlainError when there is none. A terminal is never waited for."""
    if not _READ:
        if sys.stdin is None or sys.stdin.isatty():
            raise NotPlainError
        try:
            _READ.append(sys.stdin.read(_LARGEST_CHARACTERS))
        except UnicodeDecodeError:
            _READ.append("")
    return claude_session(_READ[0])
