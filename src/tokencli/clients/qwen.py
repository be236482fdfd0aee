"""Qwen Code: OpenAI's variables, and an argument that says to use them. Settings of 0.15, 2026-11."""

from __future__ import annotations

from tokencli.clients.client import Client, Ground, Launch, Place, Setting, Wanted

_MOVED = "QWEN_HOME"
CONFIG = Place(".qwen", "settings.json", _MOVED)
VARIABLES = Place(".qwen", ".env", _MOVED)
_AUTH = "--auth-type"


def launch(ground: Ground) -> Launch:
    """Set the base URL and the key; the way to log in, unless the user says it."""
    return Launch(
        environ={"OPENAI_BASE_URL": ground.openai, **ground.key("openai", "OPENAI_API_KEY")},
        arguments=() if ground.says(_AUTH) else (_AUTH, "openai"),
    )


def connect(ground: Ground) -> Wanted:
    """Set the base URL among the variables that it reads at its start."""
    return Wanted(VARIABLES, (Setting(("OPENAI_BASE_URL",), ground.openai),))


CLIENT = Client(
    name="qwen",
    title="Qwen Code",
    executables=("qwen",),
    package="npm:@qwen-code/qwen-code",
    launch=launch,
    connect=connect,
    configs=(VARIABLES, CONFIG),
)
