from __future__ import annotations

from tests.tiny_agent import AGENT
from tokencli.readers.agents import AGENTS, claimant, named, names

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
