from __future__ import annotations

import subprocess
import sys
from typing import Any

from tests.tiny_agent import AGENT
from tokencli.readers.agents import AGENTS, claimant, named, names

LIGHT = {f"tokencli.readers.{name}" for name in ("agents", "agent_log", "agent_places")}
OTHER = AGENT._replace(name="other", claims=lambda path, _: path.endswith(".other"))


def test_a_file_belongs_to_the_first_format_that_claims_it() -> None:
    both = (AGENT, AGENT._replace(name="greedy", claims=lambda _path, _head: True))
    assert claimant("s.tiny.jsonl", b"", both) is AGENT
    assert (claimant("else", b"", both) or AGENT).name == "greedy"
    assert claimant("else", b"", (AGENT, OTHER)) is None


def test_a_name_may_stand_for_several_kinds_of_files() -> None:
    pair = (AGENT, AGENT._replace(claims=lambda path, _: path.endswith(".json")))
    assert named("tiny", "a.json", b"", pair) is pair[1]
    assert named("tiny", "unclaimed", b"", pair) is pair[0]
    assert named("else", "a.json", b"", pair) is None
    assert names(pair) == ("tiny",)


def test_every_entry_of_the_registry_reads_in_exactly_one_way() -> None:
    for agent in AGENTS:
        assert sum(way is not None for way in (agent.lines, agent.document, agent.rows)) == 1, agent.name
        assert agent.patterns, agent.name


def test_every_entry_of_the_registry_has_its_readers_name() -> None:
    for agent in AGENTS:
        reader: Any = agent.lines("x", None) if agent.lines else (agent.document or agent.rows or object)()
        assert reader.name == agent.name
        assert not agent.claims("x", b"")


def test_looking_where_logs_are_loads_no_reader() -> None:
    code = (
        "import sys; from pathlib import Path; from tokencli.readers.agents import AGENTS\n"
        "for agent in AGENTS: agent.roots({}, Path('/h'))\n"
        "print(*sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "msgspec" not in loaded
    assert not [name for name in loaded if name.startswith("tokencli.readers.") and name not in LIGHT]
