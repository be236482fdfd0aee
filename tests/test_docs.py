"""The documentation speaks of the program that there is."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import typer

import tokencli
from tokencli.cli.app import root_command

pytestmark = pytest.mark.docs

ROOT = Path(__file__).resolve().parent.parent
DOCS = sorted((ROOT / "docs").rglob("*.md"))
PAGES = [*sorted(ROOT.glob("*.md")), *DOCS]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(tokencli [^`]+)`")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
# Pictures and their joiners; arrows, box lines and block elements are text.
EMOJI = re.compile("[\u231a\u231b\u23e9-\u23f3\u2600-\u27bf\u2b50\u2b55\ufe0f\U0001f000-\U0001faff]")
MANUAL_WORDS = {"COMMAND", "[OPTIONS]"}


class Shown(NamedTuple):
    """A command line that a page shows."""

    page: str
    line: str


def code_in(*rooms: str) -> list[Path]:
    """Return our own modules; what benchmarks put into bench/data is other people's."""
    found = [path for room in rooms for path in (ROOT / room).rglob("*.py")]
    return [path for path in found if path.relative_to(ROOT).parts[:2] != ("bench", "data")]


def shown_commands() -> list[Shown]:
    """Return every `tokencli ...` in code blocks and in inline code."""
    found = []
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        lines = [line for match in FENCE.finditer(text) for line in match[2].split("\n")]
        lines = [line.strip().removeprefix("$ ") for line in lines] + INLINE.findall(text)
        found += [Shown(str(path.relative_to(ROOT)), line) for line in lines if line.startswith("tokencli ")]
    return found


def options_of(command: Any) -> set[str]:
    """Return every option that a command takes."""
    return {option for param in command.params for option in (*param.opts, *param.secondary_opts)} | {"-h", "--help"}


def what_is_wrong(line: str) -> str | None:
    """Return what the program would not understand in a command line; None when it would."""
    words = shlex.split(re.split(r" \\?[|]|>| && ", line)[0], comments=True)[1:]
    command: Any = root_command()
    context = typer.Context(command, info_name="tokencli")
    for word in words:
        if word == "--":
            break  # what follows is another program's
        if word.startswith("-") and word != "-":
            if word.partition("=")[0] not in options_of(command):
                return f"{context.command_path} has no option {word}"
        elif hasattr(command, "get_command") and word not in MANUAL_WORDS:
            below = command.get_command(context, word)
            if below is None:
                return f"{context.command_path} has no command {word}"
            command, context = below, typer.Context(below, info_name=word, parent=context)
    return None


def test_every_command_shown_exists_with_its_options() -> None:
    assert shown_commands()
    wrong = [(shown.page, shown.line, what_is_wrong(shown.line)) for shown in shown_commands()]
    assert [entry for entry in wrong if entry[2]] == []


def test_this_check_finds_commands_and_options_that_do_not_exist() -> None:
    assert what_is_wrong("tokencli report --period week | head") is None
    assert what_is_wrong("tokencli run -- claude -p Hi") is None
    assert what_is_wrong("tokencli report --weekly") == "tokencli report has no option --weekly"


def test_the_example_log_is_the_one_that_the_readme_shows() -> None:
    shown = re.search(
        r'^```log title="backend.log"\n(.*?)^```$', (ROOT / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    assert shown
    assert shown[1] == (ROOT / "examples" / "backend.log").read_text("utf-8")


def test_every_python_name_shown_exists() -> None:
    names = {name for path in PAGES for name in re.findall(r"\btokencli\.(\w+)\(", path.read_text(encoding="utf-8"))}
    assert [name for name in sorted(names) if not hasattr(tokencli, name)] == []


def test_every_link_leads_somewhere() -> None:
    broken = [
        (str(path.relative_to(ROOT)), link)
        for path in PAGES
        for link in LINK.findall(FENCE.sub("", path.read_text(encoding="utf-8")))
        if not link.startswith(("https://", "mailto:")) and not _leads_somewhere(path, link)
    ]
    assert broken == []


def _leads_somewhere(page: Path, link: str) -> bool:
    place, _, anchor = link.partition("#")
    target = (page.parent / place).resolve() if place else page
    if not target.is_relative_to(ROOT) or not target.exists():
        return False
    return not anchor or anchor in {_anchor(title) for title in HEADING.findall(target.read_text(encoding="utf-8"))}


def _anchor(title: str) -> str:
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def test_pages_link_to_nothing_outside_the_docs_that_the_site_would_miss() -> None:
    outside = [
        (str(path.relative_to(ROOT)), link)
        for path in DOCS
        for link in LINK.findall(FENCE.sub("", path.read_text(encoding="utf-8")))
        if "://" not in link and not (path.parent / link.partition("#")[0]).resolve().is_relative_to(ROOT / "docs")
    ]
    assert outside == []


def test_every_page_is_in_the_table_of_contents() -> None:
    listed = re.findall(r": ([\w/-]+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted(str(path.relative_to(ROOT / "docs")) for path in DOCS)


def test_every_page_begins_with_its_title() -> None:
    untitled = [str(path.relative_to(ROOT)) for path in PAGES if not path.read_text(encoding="utf-8").startswith("# ")]
    assert untitled == []


def test_the_words_are_spelt_right() -> None:
    code = code_in("src", "tools", "bench")
    command = [sys.executable, "-m", "codespell_lib", *(str(path.relative_to(ROOT)) for path in [*PAGES, *code])]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_no_page_and_no_code_shows_emoji() -> None:
    code = code_in("src", "tools", "bench", "tests")
    found = [str(path.relative_to(ROOT)) for path in [*PAGES, *code] if EMOJI.search(path.read_text(encoding="utf-8"))]
    assert found == []
