"""Any program that calls models through a library: the variables that the providers' libraries read, as of 2026-11.

mistralai reads none: `Mistral(server_url=...)` is the only way to point it elsewhere.
"""

from __future__ import annotations

from tokencli.clients.client import Client, Ground, Launch


def launch(ground: Ground) -> Launch:
    """Point all of them at the proxy."""
    return Launch(
        environ={
            "OPENAI_BASE_URL": ground.openai,
            "OPENAI_API_BASE": ground.openai,
            "ANTHROPIC_BASE_URL": ground.base,
            "ANTHROPIC_API_BASE": ground.base,
            "GOOGLE_GEMINI_BASE_URL": ground.base,
            "GROQ_BASE_URL": ground.at("groq"),
            "CEREBRAS_BASE_URL": ground.at("cerebras"),
            **ground.key("openai", "OPENAI_API_KEY"),
            **ground.key("anthropic", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"),
            **ground.key("gemini", "GEMINI_API_KEY", "GOOGLE_API_KEY"),
            **ground.key("groq", "GROQ_API_KEY"),
            **ground.key("cerebras", "CEREBRAS_API_KEY"),
        }
    )


CLIENT = Client(name="sdk", title="a program with a provider's library", executables=(), launch=launch)
