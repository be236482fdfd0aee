"""Files of variables, one a line, as .env: the last line with a name counts, as it does for those that read them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from tokencli.clients.editing.splices import Splice, UneditableError, applied, newline_of, next_line, shown

if TYPE_CHECKING:
    from tokencli.clients.editing.splices import Path

_LINE = re.compile(
    r"^[ \t]*(?:export[ \t]+)?(?P<name>[A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=[ \t]*"
    r"(?P<value>\"(?:[^\"\\]|\\.)*\"|'[^']*'|`[^`]*`|[^#\r\n]*?)(?=[ \t]*(?:#[^\r\n]*)?\r?$)",
    re.MULTILINE,
)
_PLAIN = re.compile(r"[A-Za-z0-9_.:/@%+,=-]*")


class NotAVariableError(UneditableError):
    """A path of several steps, or a value that is no text."""

    def __init__(self, path: Path) -> None:
        """Name it."""
        super().__init__(f"{shown(path)} cannot be a variable")


def load(text: str) -> dict[str, Any]:
    """Return the variables; lines that are none are passed over, as their readers do."""
    return {match["name"]: _plain(match["value"]) for match in _LINE.finditer(text)}


def source_at(text: str, path: Path) -> str | None:
    """Return a value as it is written; None when there is none."""
    match = _found(text, path)
    return None if match is None else match["value"]


def put(text: str, path: Path, value: Any, source: str | None = None) -> str:
    """Return a text with a variable's value, where it stands or in a line at the end.

    Raises:
        NotAVariableError: the path or the value is more than a variable can be.
    """
    if len(path) != 1 or not (isinstance(value, str) or source) or not isinstance(path[0], str):
        raise NotAVariableError(path)
    written = source or (value if _PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False))
    match = _found(text, path)
    if match is not None:
        return applied(text, [Splice(*match.span("value"), written)])
    line = newline_of(text)
    return f"{text}{'' if not text or text.endswith(chr(10)) else line}{path[0]}={written}{line}"


def drop(text: str, path: Path) -> str:
    """Return a text without the line of a variable; the text itself when there is none."""
    match = _found(text, path)
    return text if match is None else applied(text, [Splice(match.start(), next_line(text, match.end()), "")])


def _found(text: str, path: Path) -> re.Match[str] | None:
    found = [match for match in _LINE.finditer(text) if (match["name"],) == path]
    return found[-1] if found else None


def _plain(written: str) -> str:
    if written[:1] == '"' and len(written) > 1:
        return written[1:-1].replace("\\n", "\n").replace('\\"', '"')
    return written[1:-1] if written[:1] in {"'", "`"} and len(written) > 1 else written
