"""The corpus of agents' logs: what is counted is what others count, or a rule that is written down says why not."""

from __future__ import annotations

import json
from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING

import pytest

from tests.readers.agent_expectations import expectations
from tests.readers.agent_judge import RULES, SUMS, Expected, Row, Seen, files_of, read

if TYPE_CHECKING:
    from pathlib import Path

AGENTS = frozenset(
    {
        "claude-code",
        "claude-code-stream-json",
        "codex",
        "gemini",
        "gemini-cli",
        "qwen",
        "qwen-code",
        "kimi",
        "droid",
        "mistral-vibe",
        "copilot-cli",
        "ibm-bob",
        "amp",
        "cline",
        "kilo-code",
        "roo-code",
        "omp",
        "openclaw",
        "pi",
        "litellm-proxy-spend-log",
        "litellm-standard-logging-payload",
    }
)
"""The names by which the corpus calls the formats that are read.

A further format needs its name here, in agent_judge.FORMATS where ours is another, and in
agent_expectations.READ_PROVIDERS what codeburn calls it.
"""
APART = "per-session"
GUESSED, ALIAS = "guessed-model", "codex-auto-review"
FUNCTIONS = "function-call"


@pytest.fixture(scope="session")
def cases(corpus: Path) -> list[Row]:
    """Return the cases about files of a format that is read."""
    lines = (corpus / "agent_logs.jsonl").read_text(encoding="utf-8").split("\n")
    found = [json.loads(line) for line in lines if line]
    return [case for case in found if case["agent"] in AGENTS and case["kind"] != FUNCTIONS]


def wrong(expected: Expected, calls: list[Seen]) -> list[str]:
    return expected.differences(calls)


def rule_for(expected: Expected, case: Row, folder: Path) -> str | None:
    """Return the rules by which our reading is exactly what is expected; None when there are none."""
    files = files_of(case)
    if expected.by == "day and model" and any(f'"{ALIAS}"' in text for text in files.values()):
        return None if wrong(expected.without_models(), read(files, folder, case["agent"])) else GUESSED
    for size in (1, 2):
        for names in combinations((*RULES, APART), size):
            turned = files
            for name in names:
                turned = RULES[name](turned) if name in RULES else turned
            calls = read(turned, folder / "-".join(names), case["agent"], apart=APART in names)
            if not wrong(expected, calls):
                return " ".join(names)
    return None


def test_every_case_is_counted_as_expected_or_by_a_written_rule(cases: list[Row], tmp_path: Path, root: Path) -> None:
    written = (root / "docs" / "reference" / "logs.md").read_text(encoding="utf-8")
    missed: list[str] = []
    argued: Counter[str] = Counter()
    judged = 0
    for case in cases:
        calls = read(files_of(case), tmp_path / case["id"], case["agent"])
        for expected in expectations(case):
            judged += 1
            if differences := wrong(expected, calls):
                rule = rule_for(expected, case, tmp_path / f"{case['id']}-turned")
                argued[rule or ""] += 1
                if rule is None:
                    missed += [f"{case['id']} ({case['test']}): {text}" for text in differences]
    assert not missed, "\n".join(missed)
    assert all(f"`{name}`" in written for names in argued for name in names.split())
    assert judged > 3 * len(cases) // 2
    assert sum(argued.values()) < judged // 5


def test_no_case_about_counts_is_left_unjudged(cases: list[Row], tmp_path: Path) -> None:
    silent = [case["id"] for case in cases if not expectations(case) and read(files_of(case), tmp_path / case["id"])]
    assert not silent


def test_the_order_of_the_files_changes_nothing(cases: list[Row], tmp_path: Path) -> None:
    for case in cases:
        forwards, backwards = (
            Counter((seen.names["model"], seen.told.at, *seen.sums().values()) for seen in calls)
            for calls in (
                read(files_of(case), tmp_path / case["id"], case["agent"], backwards=is_backwards)
                for is_backwards in (False, True)
            )
        )
        assert forwards == backwards, case["id"]


@pytest.mark.parametrize("damage", [lambda calls: calls[1:], lambda calls: [*calls, calls[-1]]])
def test_the_judge_finds_a_call_too_few_or_too_many(cases: list[Row], tmp_path: Path, damage: type) -> None:
    unseen = []
    for case in cases:
        calls = read(files_of(case), tmp_path / case["id"], case["agent"])
        wanted = [item for item in expectations(case) if calls and not wrong(item, calls) and item.is_whole]
        if wanted and not any(wrong(item, damage(calls)) for item in wanted):
            unseen.append(case["id"])
    assert not unseen


@pytest.mark.parametrize("part", SUMS)
def test_the_judge_finds_a_wrong_sum(part: str) -> None:
    assert wrong(Expected("x", None, {"": {part: 1}}), []) == [f"x: all: {part} 0, not 1"]
