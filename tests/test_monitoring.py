"""The monitoring examples: rules that promtool accepts and that fire, and a board that asks for names that exist."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.metrics_example import LIVE, SNAPSHOT
from tokencli.metrics.prometheus import exposition

if TYPE_CHECKING:
    from pathlib import Path

NAME = re.compile(r"\b(?:llm|tokencli)_[a-z0-9_]+")


def promtool(*words: str, root: Path, said: str = "") -> subprocess.CompletedProcess[str]:
    """Run Debian's promtool beside the examples."""
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("promtool is not installed: apt-get install prometheus brings it")
    directory = root / "examples" / "monitoring"
    return subprocess.run([program, *words], cwd=directory, input=said, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "words",
    [("check", "config", "prometheus.yml"), ("check", "rules", "rules.yml"), ("test", "rules", "rules_test.yml")],
)
def test_promtool_accepts_the_examples(words: tuple[str, ...], root: Path) -> None:
    done = promtool(*words, root=root)
    assert done.returncode == 0, done.stdout + done.stderr


def test_promtool_finds_nothing_wrong_with_a_scrape(root: Path) -> None:
    _, text = exposition(SNAPSHOT, LIVE)
    done = promtool("check", "metrics", root=root, said=text.decode())
    assert done.returncode == 0, done.stdout + done.stderr


def test_rules_and_board_ask_for_names_that_a_scrape_has(root: Path) -> None:
    _, text = exposition(SNAPSHOT, LIVE)
    told = {line.split()[2] for line in text.decode().split("\n") if line.startswith("# TYPE")}
    suffixes = ("", "_bucket", "_sum", "_count")
    known = {name + suffix for name in told for suffix in suffixes}
    directory = root / "examples" / "monitoring"
    board = json.loads((directory / "grafana.json").read_text(encoding="utf-8"))
    asked = {name for panel in board["panels"] for each in panel["targets"] for name in NAME.findall(each["expr"])}
    assert len(asked) >= 12
    asked |= set(NAME.findall((directory / "rules.yml").read_text(encoding="utf-8")))
    assert asked - known == set()
