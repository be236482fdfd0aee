"""What `connect` and `disconnect` show: how a client's file changes, without the keys in it, and what was done."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tokencli.domain.text import visible
from tokencli.render.terminal import make_console

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.text import Text

    from tokencli.services.client_files import WayBack

_LONGEST = 1000
_STYLES = {"+": "green", "-": "red", "@": "cyan"}
_SECRET = re.compile(
    r"""(?i)((?:key|token|secret|password|passwd|authorization)["']?[ \t]*[=:][ \t]*["']?)([^"',}\]#]*[^"',}\]#\s])"""
)
# aider's list of keys: `- gemini=...` in lines of their own, or all in one.
_LISTED = re.compile(r"""(^[ +-][ \t]*-[ \t]+["']?[a-z][a-z0-9_-]*=|\bapi-key:[ \t]*\[)([^\]#]*[^\]#\s"'])""")
# The name of a variable, a place to read from, and what tokencli writes itself are no secrets.
_NAME = re.compile(r"[A-Z][A-Z0-9_]*|\$?\{.*|kept-by-tokencli|https?://127\.0\.0\.1[:/].*|true|false|\d{1,6}|[\[{].*")
# What addresses hold of users, passwords and queries.
_IN_ADDRESS = re.compile(r"""://[^/@\s"']+@""")
_IN_QUERY = re.compile(r"""(https?://[^\s"'?#]*\?)[^\s"']+""")
_HIDDEN = "***"
_TAB = 4


def print_diffs(diffs: Iterable[str], *, no_color: bool = False) -> None:
    """Print changes to stdout, in colours on a terminal."""
    console = make_console(no_color=no_color)
    for diff in diffs:
        for line in diff.split("\n") if diff else ():
            console.print(diff_line(line), soft_wrap=True)


def diff_line(line: str) -> Text:
    """Return a line of a unified diff as it may be shown: nothing in it drives a terminal, and keys are hidden."""
    from rich.text import Text

    style = "bold" if line.startswith(("+++", "---")) else _STYLES.get(line[:1], "")
    line = line[:1] + line[1:].removesuffix("\r").expandtabs(_TAB)
    line = _IN_QUERY.sub(rf"\1{_HIDDEN}", _IN_ADDRESS.sub(f"://{_HIDDEN}@", line))
    return Text(visible(_SECRET.sub(_hidden, _LISTED.sub(rf"\1{_HIDDEN}", line)), _LONGEST), style=style)


def connected_words(name: str, base_url: str, *, is_new: bool, is_ignored: bool = False) -> str:
    """Return what was done; not `is_new` when there was nothing to do, `is_ignored` when it is of no use yet."""
    if is_ignored:
        return f"{name} has the address {base_url}, but does not use it. Back: tokencli disconnect {name}"
    if not is_new:
        return f"{name} is connected to {base_url} already."
    return f"{name} is connected to {base_url}. Back: tokencli disconnect {name}"


def proxy_words(base_url: str, *, is_running: bool, needs_token: bool) -> tuple[str, ...]:
    """Return what the proxy still wants for a connected client's calls to pass."""
    if not is_running:
        return (f"no proxy runs at {base_url} now, and without one its calls fail: tokencli serve.",)
    if needs_token:
        return ("the proxy asks for a token: give it to the client in the place of its API key.",)
    return ()


def way_back_words(way: WayBack) -> str:
    """Return how a file was brought back, and what was left in it, in lines."""
    file = visible(str(way.file), _LONGEST)
    left = [f"{visible(name)} is left as it is: it no longer holds what tokencli wrote." for name in way.left]
    return "\n".join((_outcome(way, file), *left))


def _outcome(way: WayBack, file: str) -> str:
    if way.is_removed:
        return f"{file} is removed: it was made by tokencli."
    if way.is_exact:
        return f"{file} is byte for byte what it was."
    if way.after is None:
        return f"{file} is gone: somebody removed it meanwhile."
    if not way.is_needed:
        return f"{file} was changed meanwhile, and nothing in it is ours: it stays."
    return f"{file} was changed meanwhile: our settings are taken out, the rest is kept."


def _hidden(match: re.Match[str]) -> str:
    return match[0] if _NAME.fullmatch(match[2]) else f"{match[1]}{_HIDDEN}"
