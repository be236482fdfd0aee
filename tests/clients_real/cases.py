"""What each real client is asked, without anybody at its terminal: one prompt, one short answer."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field

MODEL = "mistral/mistral-large-2411"
QUIET_AIDER = (
    *("--message", "Hi", "--yes-always", "--no-git", "--no-pretty", "--no-check-update"),
    *("--no-show-release-notes", "--no-show-model-warnings", "--analytics-disable"),
)


@dataclass(frozen=True, slots=True)
class Case:
    """One client's command; `client` is what its calls are filed under, `provider` where at least one of them goes.

    `login` is the token of the client's own login, where it has one: that is what the provider should see.
    """

    name: str
    arguments: tuple[str, ...]
    client: str
    provider: str
    environ: dict[str, str] = field(default_factory=dict[str, str])
    login: str | None = None

    @property
    def id(self) -> str:
        """Return what the test is called."""
        return f"{self.name}-{self.provider}{'-login' if self.login else ''}"


def _token(**claims: object) -> str:
    """Return a token as OpenAI's logins hold it, signed by nobody."""
    parts = ({"alg": "none", "typ": "JWT"}, {"exp": 4_000_000_000, **claims})
    coded = [urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return ".".join((*coded, "c2ln"))


PLAN_TOKEN = "sk-ant-oat01-test-canary"  # noqa: S105 - nobody's
CHATGPT_TOKEN = _token(
    **{"https://api.openai.com/auth": {"chatgpt_plan_type": "plus", "chatgpt_account_id": "a", "chatgpt_user_id": "u"}}
)
# What stands in a client's own folder when its user has logged in.
LOGINS = {
    PLAN_TOKEN: (
        ".claude/.credentials.json",
        {
            "claudeAiOauth": {
                "accessToken": PLAN_TOKEN,
                "refreshToken": "sk-ant-ort01-test",
                "expiresAt": 4_000_000_000_000,
                "scopes": ["user:inference", "user:profile"],
                "subscriptionType": "max",
            }
        },
    ),
    CHATGPT_TOKEN: (
        ".codex/auth.json",
        {
            "auth_mode": "chatgpt",
            "OPENAI_API_KEY": None,
            "tokens": {
                "id_token": CHATGPT_TOKEN,
                "access_token": CHATGPT_TOKEN,
                "refresh_token": "test",
                "account_id": "a",
            },
            "last_refresh": "2126-01-01T00:00:00Z",
        },
    ),
}
# The same of Kimi Code, which has two files; the token is good until long after this test.
_KIMI_TOKEN = {"access_token": "own", "refresh_token": "own", "expires_at": 4_000_000_000, "expires_in": 2_000_000}
KIMI_LOGIN = {
    ".kimi-code/config.toml": """# mine
default_model = "kimi-code/kimi-for-coding"

[providers."managed:kimi-code"]
type = "kimi"
base_url = "https://api.kimi.com/coding/v1"
api_key = ""

[providers."managed:kimi-code".oauth]
storage = "file"
key = "oauth/kimi-code"

[models."kimi-code/kimi-for-coding"]
provider = "managed:kimi-code"
model = "kimi-for-coding"
max_context_size = 262144
""",
    ".kimi-code/credentials/kimi-code.json": json.dumps({**_KIMI_TOKEN, "scope": "", "token_type": "Bearer"}),
}
CASES = (
    Case("claude", ("-p", "Hi"), "claude-code", "anthropic", {"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"}),
    Case("claude", ("-p", "Hi"), "claude-code", "anthropic", {"DISABLE_TELEMETRY": "1"}, PLAN_TOKEN),
    Case("codex", ("exec", "--skip-git-repo-check", "Hi"), "codex", "openai"),
    Case("codex", ("exec", "--skip-git-repo-check", "Hi"), "codex", "chatgpt", {}, CHATGPT_TOKEN),
    Case("gemini", ("-p", "Hi"), "gemini-cli", "gemini", {"GEMINI_CLI_TRUST_WORKSPACE": "true"}),
    Case("kimi", ("-p", "Hi"), "kimi-code", "managed:kimi-code"),
    Case("opencode", ("run", "-m", "openai/gpt-4o", "Hi"), "opencode", "openai"),
    Case("opencode", ("run", "-m", "anthropic/claude-sonnet-4-5", "Hi"), "opencode", "anthropic"),
    Case("opencode", ("run", "-m", "google/gemini-2.5-flash", "Hi"), "opencode", "gemini"),
    Case("opencode", ("run", "-m", f"tokencli/{MODEL}", "Hi"), "opencode", "mistral"),
    Case("qwen", ("-m", MODEL, "-p", "Hi"), "qwen-code", "mistral"),
    Case("cn", ("-p", "Hi"), "javascript", "mistral"),
    Case("aider", ("--model", "openai/gpt-4o", *QUIET_AIDER), "aider", "openai"),
    Case("aider", ("--model", "anthropic/claude-sonnet-4-5", *QUIET_AIDER), "aider", "anthropic"),
    Case("llm", ("-m", "gpt-4o-mini", "Hi"), "openai-python", "openai"),
)
