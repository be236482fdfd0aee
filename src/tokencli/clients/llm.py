"""llm: OpenAI's and Anthropic's variables; models of extra-openai-models.yaml keep their address. 0.36, 2026-11."""

from __future__ import annotations

from tokencli.clients.client import Client, Ground, Launch, Place

_MOVED = "LLM_USER_PATH"
CONFIG = Place(".config/io.datasette.llm", "extra-openai-models.yaml", _MOVED)
KEYS = Place(".config/io.datasette.llm", "keys.json", _MOVED)


def launch(ground: Ground) -> Launch:
    """Set the base URLs; a key only where its own file has none."""
    keys = ground.texts.get(KEYS, "")
    return Launch(
        environ={
            "OPENAI_BASE_URL": ground.openai,
            "ANTHROPIC_BASE_URL": ground.base,
            **ground.key("openai", "OPENAI_API_KEY", has_own='"openai"' in keys),
            **ground.key("anthropic", "ANTHROPIC_API_KEY", has_own='"anthropic"' in keys),
        }
    )


CLIENT = Client(
    name="llm",
    title="llm",
    executables=("llm",),
    package="pypi:llm",
    launch=launch,
    configs=(CONFIG,),
    reads=(KEYS,),
)
