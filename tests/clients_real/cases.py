"""What each real client is asked, without anybody at its terminal: one prompt, one short answer."""

from __future__ import annotations

from dataclasses import dataclass, field

MODEL = "mistral/mistral-large-2411"
_QUIET_AIDER = (
    *("--message", "Hi", "--yes-always", "--no-git", "--no-pretty", "--no-check-update"),
    *("--no-show-release-notes", "--no-show-model-warnings", "--analytics-disable"),
)


@dataclass(frozen=True, slots=True)
class Case:
    """One client's command; `client` is what its calls are filed under, `provider` where at least one of them goes."""

    name: str
    arguments: tuple[str, ...]
    client: str
    provider: str
    environ: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def id(self) -> str:
        """Return what the test is called."""
        return f"{self.name}-{self.provider}"


CASES = (
    Case("claude", ("-p", "Hi"), "claude-code", "anthropic", {"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"}),
    Case("codex", ("exec", "--skip-git-repo-check", "Hi"), "codex", "openai"),
    Case("gemini", ("-p", "Hi"), "gemini-cli", "gemini", {"GEMINI_CLI_TRUST_WORKSPACE": "true"}),
    Case("kimi", ("-p", "Hi"), "kimi-code", "managed:kimi-code"),
    Case("opencode", ("run", "-m", "openai/gpt-4o", "Hi"), "opencode", "openai"),
    Case("opencode", ("run", "-m", "anthropic/claude-sonnet-4-5", "Hi"), "opencode", "anthropic"),
    Case("opencode", ("run", "-m", "google/gemini-2.5-flash", "Hi"), "opencode", "gemini"),
    Case("opencode", ("run", "-m", f"tokencli/{MODEL}", "Hi"), "opencode", "mistral"),
    Case("qwen", ("-m", MODEL, "-p", "Hi"), "qwen-code", "mistral"),
    Case("cn", ("-p", "Hi"), "javascript", "mistral"),
    Case("aider", ("--model", "openai/gpt-4o", *_QUIET_AIDER), "aider", "openai"),
    Case("aider", ("--model", "anthropic/claude-sonnet-4-5", *_QUIET_AIDER), "aider", "anthropic"),
    Case("llm", ("-m", "gpt-4o-mini", "Hi"), "openai-python", "openai"),
)
