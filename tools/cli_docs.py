"""Write docs/reference/cli.md from the program itself: each command with the help text that it shows.

`make fix` runs it; a test holds the committed page to what it returns.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from tokencli.cli.app import root_command
from tokencli.cli.front import help_text

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "cli.md"
WIDTH = 96
INTRODUCTION = """\
# Commands

This page is written by the program (`make fix`); `tokencli COMMAND --help` shows the same. Every command also takes the
options of the front page, before or after its name.
"""


def page() -> str:
    """Return the whole page: the front page, then every command."""
    root: Any = root_command()
    context = _context(root, "tokencli", None)
    parts = [INTRODUCTION, _section("tokencli", help_text())]
    for name in root.list_commands(context):
        parts += (_section(title, text) for title, text in _commands(root.get_command(context, name), name, context))
    return "\n".join(parts)


def _commands(command: Any, name: str, parent: typer.Context) -> Iterator[tuple[str, str]]:
    """Yield the full name and the help text of a command and of all commands below it."""
    context = _context(command, name, parent)
    yield context.command_path, command.get_help(context)
    for child_name, child in getattr(command, "commands", {}).items():
        yield from _commands(child, child_name, context)


def _context(command: Any, name: str, parent: typer.Context | None) -> typer.Context:
    settings = {**command.context_settings, "terminal_width": WIDTH}
    return typer.Context(command, info_name=name, parent=parent, **settings)


def _section(title: str, text: str) -> str:
    lines = "\n".join(line.rstrip() for line in text.strip().split("\n"))
    return f"## {title}\n\n```text\n{lines}\n```\n"


def main() -> int:
    """Write the page; return the exit code."""
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
