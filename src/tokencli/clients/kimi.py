"""Kimi Code and kimi-cli, which have the same command: variables for both. Settings of 2.1 and 1.52, 2026-11."""

from __future__ import annotations

from tokencli.clients.client import Client, Ground, Launch, Place

CODE_CONFIG = Place(".kimi-code", "config.toml", "KIMI_CODE_HOME")
CLI_CONFIG = Place(".kimi", "config.toml", "KIMI_SHARE_DIR")
_PROVIDER = "managed:kimi-code"
_MODEL = "kimi-for-coding"


def launch(ground: Ground) -> Launch:
    """Name the model and its address: the provider's own path, which takes tokencli's key as well as a key of yours.

    Without a key on either side nothing but the address of a login's calls is set.
    """
    address = f"{ground.at(_PROVIDER)}/v1"
    managed = {"KIMI_CODE_BASE_URL": address}
    own = ground.environ.get("KIMI_MODEL_API_KEY") or ground.environ.get("KIMI_API_KEY")
    key = ground.word(_PROVIDER, has_own=bool(own)) or own
    if not key:
        return Launch(environ=managed)
    model = ground.environ.get("KIMI_MODEL_NAME") or _MODEL
    return Launch(
        environ={
            **managed,
            "KIMI_MODEL_BASE_URL": address,
            "KIMI_MODEL_API_KEY": key,
            "KIMI_MODEL_NAME": model,
            "KIMI_BASE_URL": address,
            "KIMI_API_KEY": key,
        }
    )


CLIENT = Client(
    name="kimi",
    title="Kimi Code",
    executables=("kimi", "kimi-cli", "kimi-code"),
    package="npm:@moonshot-ai/kimi-code",
    launch=launch,
    configs=(CODE_CONFIG, CLI_CONFIG),
)
