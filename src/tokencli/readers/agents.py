"""The registry of clients' logs: one entry for each kind of file that a client writes.

Where several formats would claim a file, the first in the list gets it: put the pickier one first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tokencli.readers import (
    amp,
    batch_results,
    claude_code,
    cline,
    codex,
    continue_dev,
    copilot_cli,
    cost_table,
    droid,
    gemini_cli,
    kimi,
    litellm,
    llm_logs,
    metrics_table,
    mistral_vibe,
    opencode,
    otlp,
    pi_agent,
    qwen_code,
    tables,
)

if TYPE_CHECKING:
    from tokencli.readers.agent_log import Agent

AGENTS: Final[tuple[Agent, ...]] = (
    batch_results.AGENT,
    otlp.DOCUMENT,
    otlp.AGENT,
    qwen_code.AGENT,
    qwen_code.DOCUMENT,
    codex.AGENT,
    claude_code.AGENT,
    gemini_cli.AGENT,
    gemini_cli.DOCUMENT,
    kimi.AGENT,
    pi_agent.AGENT,
    cline.AGENT,
    amp.AGENT,
    copilot_cli.AGENT,
    mistral_vibe.AGENT,
    droid.AGENT,
    opencode.AGENT,
    opencode.DOCUMENT,
    cost_table.AGENT,
    metrics_table.AGENT,
    continue_dev.AGENT,
    litellm.AGENT,
    litellm.DOCUMENT,
    llm_logs.AGENT,
    tables.CSV_AGENT,
    tables.JSONL_AGENT,
)
"""Each module adds its `AGENT` (an agent_log.Agent) here."""


def names(agents: tuple[Agent, ...] = AGENTS) -> tuple[str, ...]:
    """Return the formats' names, each once, in the order of the registry."""
    return tuple(dict.fromkeys(agent.name for agent in agents))


def claimant(path: str, head: bytes, agents: tuple[Agent, ...] = AGENTS) -> Agent | None:
    """Return the format of a file, by its path and its first bytes; None when no format claims it."""
    return next((agent for agent in agents if agent.claims(path, head)), None)


def named(name: str, path: str, head: bytes, agents: tuple[Agent, ...] = AGENTS) -> Agent | None:
    """Return the format that the user has named for a file; None when there is none of that name.

    Where a name stands for several kinds of files, it is the one that claims this file, else the first.
    """
    bearing = tuple(agent for agent in agents if agent.name == name)
    return claimant(path, head, bearing) or next(iter(bearing), None)
