"""The front page says what there is, and costs next to nothing."""

from __future__ import annotations

import subprocess
import sys

from tokencli.cli.app import root_command
from tokencli.cli.front import COMMANDS, help_text


def test_every_option_of_the_program_is_on_the_front_page() -> None:
    page = help_text()
    for param in root_command().params:
        for opt in param.opts:
            assert f"  {opt}" in page


def test_every_command_is_on_the_front_page_with_its_line() -> None:
    page = help_text()
    for name, entry in COMMANDS.items():
        assert f"  {name:<10}  {entry.summary}" in page


def test_the_page_fits_a_terminal_of_80_columns() -> None:
    assert max(map(len, help_text().split("\n"))) < 80


def test_help_is_shown_without_the_option_parser_or_any_command() -> None:
    code = (
        "import sys; from tokencli.__main__ import main; sys.argv = ['tokencli', '--help']; code = main();"
        "heavy = {'typer', 'rich', 'inspect', 'sqlite3', 'decimal', 'datetime'} & set(sys.modules);"
        "assert not heavy, heavy; sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}; {code}"], check=False)
    assert done.returncode == 0
