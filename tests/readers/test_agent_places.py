"""Places are looked for below the user's home unless the environment says otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tokencli.readers import agent_places
from tokencli.readers.agents import AGENTS

if TYPE_CHECKING:
    from tokencli.readers.agent_log import Agent


@pytest.mark.parametrize("agent", AGENTS, ids=lambda agent: agent.name)
def test_without_a_word_of_the_environment_all_places_are_below_the_home(agent: Agent, tmp_path: Path) -> None:
    assert all(root.is_relative_to(tmp_path) for root in agent.roots({}, tmp_path))


def test_what_lies_anywhere_is_looked_for_nowhere() -> None:
    assert agent_places.nowhere({"HOME": "/h"}, Path("/h")) == []
