"""What Claude Code tells its status line of a session, as JSON on stdin (2.1.197, 2026-06; earlier ones tell less)."""

from __future__ import annotations

from tokencli.domain.plain import NotPlainError
from tokencli.store.conversation import sum_of_conversation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeGuard

    from tokencli.store.brief import Sum
    from tokencli.store.database import Connection

_PERCENT = 100
_SHORT = 8


class ClaudeSession:
    """A session of Claude Code: the ledger knows its cost, Claude Code itself how full the context is."""

    def __init__(self, told: dict[str, Any]) -> None:
        """Take what was told; raise NotPlainError without a session's id."""
        self.id = _text(told, "session_id")
        if not self.id:
            raise NotPlainError
        self.name = _text(told, "session_name") or self.id[:_SHORT]
        model, window = _table(told, "model"), _table(told, "context_window")
        self.model = _text(model, "display_name") or _text(model, "id") or None
        self.context_limit_tokens = int(_number(window, "context_window_size") or 0) or None
        self.context_used_ratio = _ratio(window, self.context_limit_tokens)
        self._sum: Sum | None = None

    def look_up(self, connection: Connection) -> None:
        """Look up what the ledger knows of the session."""
        self._sum = sum_of_conversation(connection, self.id)

    def sum(self) -> Sum | None:
        """Return the sums of its calls; None when the ledger knows none of them."""
        return self._sum


def claude_session(text: str) -> ClaudeSession:
    """Return the session that the JSON tells of; raise NotPlainError when it is something else."""
    try:
        from _json import make_scanner
    except ImportError:
        raise NotPlainError from None
    try:
        context: Any = _Plainly()
        told: Any = make_scanner(context)(text, len(text) - len(text.lstrip()))[0]
    # Where json.decoder was never imported, the scanner finds no error to raise, and Python says SystemError.
    except (ValueError, StopIteration, RecursionError, SystemError):
        raise NotPlainError from None
    if not _is_table(told):
        raise NotPlainError
    return ClaudeSession(told)


class _Plainly:
    """How the scanner of the json module reads; importing that module costs half a start of Python."""

    strict = True
    object_hook = object_pairs_hook = None
    parse_float, parse_int = float, int
    parse_constant = float
    memo: dict[str, str]

    def __init__(self) -> None:
        """Begin with no key known."""
        self.memo = {}


def _is_table(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _table(told: dict[str, Any], name: str) -> dict[str, Any]:
    value = told.get(name)
    return value if _is_table(value) else {}


def _text(told: dict[str, Any], name: str) -> str:
    value = told.get(name)
    return value if isinstance(value, str) else ""


def _number(told: dict[str, Any], name: str) -> float | None:
    value = told.get(name)
    return value if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 2**53 else None


def _ratio(window: dict[str, Any], limit: int | None) -> float | None:
    percent = _number(window, "used_percentage")
    if percent is not None:
        return percent / _PERCENT
    usage = window.get("current_usage")
    if not _is_table(usage) or limit is None:
        return None
    names = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
    return sum(_number(usage, name) or 0 for name in names) / limit
