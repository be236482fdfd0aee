"""The registry of clients' logs: one entry for each kind of file that a client writes.

Where several formats would claim a file, the first in the list gets it: put the pickier one first.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from tokencli.readers import agent_places as at
from tokencli.readers.agent_log import Agent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

COST_LINE: Final = "cost-line"
"""The format of all logs that are no client's."""
STANDARD_INPUT: Final = "-"
TABLES: Final = frozenset({"csv", "jsonl"})
"""The formats whose columns may be told by the user."""
_CHATS: Final = ("tmp/*/chats/**/*.json",)
_TASKS: Final = (
    "saoudrizwan.claude-dev/tasks/*/ui_messages.json",
    "rooveterinaryinc.roo-cline/tasks/*/ui_messages.json",
    "kilocode.kilo-code/tasks/*/ui_messages.json",
    "data/tasks/*/ui_messages.json",
)


def _agent(
    name: str,
    roots: Callable[[Mapping[str, str], Path], list[Path]],
    patterns: tuple[str, ...],
    module: str,
    *,
    claims: str = "claims",
    **way: str,
) -> Agent:
    """Return an entry whose claims and way of reading stand in a module, by their names there."""
    return Agent(
        name, roots, patterns, _later(module, claims), **{kind: _later(module, maker) for kind, maker in way.items()}
    )


def _later(module: str, name: str) -> Callable[..., Any]:
    """Return what a reader's module calls so; the module is loaded when it is called for the first time."""

    def call(*given: Any) -> Any:
        return getattr(import_module(f"tokencli.readers.{module}"), name)(*given)

    return call


AGENTS: Final[tuple[Agent, ...]] = (
    _agent("batch", at.nowhere, ("*.jsonl",), "batch_results", lines="BatchReader"),
    _agent("otlp", at.nowhere, ("*.json",), "otlp", claims="claims_document", document="OtlpDocument"),
    _agent("otlp", at.nowhere, ("*.jsonl",), "otlp", claims="claims_lines", lines="OtlpLines"),
    _agent(
        "qwen-code",
        at.qwen_code,
        ("projects/*/chats/**/*.jsonl",),
        "qwen_code",
        claims="claims_lines",
        lines="QwenLines",
    ),
    _agent("qwen-code", at.qwen_code, _CHATS, "qwen_code", claims="claims_document", document="QwenDocument"),
    _agent("codex", at.codex, ("sessions/**/*.jsonl", "archived_sessions/**/*.jsonl"), "codex", lines="CodexReader"),
    _agent(
        "claude-code",
        at.claude_code,
        ("projects/**/*.jsonl", "*/*/*/.claude/projects/**/*.jsonl"),
        "claude_code",
        lines="ClaudeCodeReader",
    ),
    _agent(
        "gemini-cli",
        at.gemini_cli,
        ("tmp/*/chats/**/*.jsonl",),
        "gemini_cli",
        claims="claims_lines",
        lines="GeminiLines",
    ),
    _agent("gemini-cli", at.gemini_cli, _CHATS, "gemini_cli", claims="claims_document", document="GeminiDocument"),
    _agent("kimi", at.kimi, ("sessions/**/wire.jsonl",), "kimi", lines="KimiReader"),
    _agent(
        "pi", at.pi_agent, ("agent/sessions/**/*.jsonl", "agents/*/sessions/**/*.jsonl"), "pi_agent", lines="PiReader"
    ),
    _agent("cline", at.cline, _TASKS, "cline", document="ClineDocument"),
    _agent("amp", at.amp, ("threads/*.json",), "amp", document="AmpDocument"),
    _agent("copilot-cli", at.copilot_cli, ("session-state/**/*.jsonl",), "copilot_cli", lines="CopilotReader"),
    _agent("mistral-vibe", at.mistral_vibe, ("logs/session/*/meta.json",), "mistral_vibe", document="VibeDocument"),
    _agent("droid", at.droid, ("sessions/**/*.settings.json",), "droid", document="DroidDocument"),
    _agent(
        "opencode", at.opencode, ("opencode*.db", "kilo*.db"), "opencode", claims="claims_database", rows="OpencodeRows"
    ),
    _agent(
        "opencode",
        at.opencode,
        ("storage/message/**/*.json",),
        "opencode",
        claims="claims_document",
        document="OpencodeDocument",
    ),
    _agent("cost-table", at.nowhere, ("emergence.db",), "cost_table", rows="CostTableReader"),
    _agent("metrics-table", at.nowhere, ("sessions.db",), "metrics_table", rows="MetricsTableReader"),
    _agent(
        "continue",
        at.continue_dev,
        ("dev_data/**/tokensGenerated.jsonl", "dev_data/**/tokens_generated.jsonl", "logs/core.log"),
        "continue_dev",
        lines="ContinueReader",
    ),
    _agent("litellm", at.nowhere, ("*.jsonl",), "litellm", claims="claims_lines", lines="LitellmLines"),
    _agent("litellm", at.nowhere, ("*.json",), "litellm", claims="claims_document", document="LitellmDocument"),
    _agent("llm", at.llm_logs, ("logs.db",), "llm_logs", rows="LlmRows"),
    _agent("csv", at.nowhere, ("*.csv",), "tables", claims="claims_csv", lines="CsvReader"),
    _agent("jsonl", at.nowhere, ("*.jsonl",), "tables", claims="claims_jsonl", lines="JsonlReader"),
)
"""Every kind of file; its reader is loaded when a file may be one of its own, and not to look where files are."""


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
