"""Kimi Code and kimi-cli, which have the same command: variables for both. Settings of 2.1 and 1.52, 2026-11."""

from __future__ import annotations

from tokencli.clients.client import Client, Ground, Launch, Place

CODE_CONFIG = Place(".kimi-code", "config.toml", "KIMI_CODE_HOME")
CLI_CONFIG = Place(".kimi", "config.toml", "KIMI_SHARE_DIR")
_PROVIDER = "managed:kimi-code"
_MODEL = "kimi-for-coding"
# Its login is kept under a name made of the address it is for: at any other address it counts as not logged in.
_LOGIN = "oauth"
_BY_KEY = "Kimi Code's login is for its own address alone: this run goes by the key that tokencli has."
_AROUND = (
    "Kimi Code's login is for its own address alone: without a KIMI_API_KEY, where tokencli runs or here, its calls do "
    "not pass through tokencli."
)


def launch(ground: Ground) -> Launch:
    """Name the model and its address: the provider's own path, which takes tokencli's key as well as a key of yours.

    Without a key on either side nothing is set.
    """
    address = f"{ground.at(_PROVIDER)}/v1"
    is_login = _LOGIN in ground.texts.get(CODE_CONFIG, "")
    own = ground.environ.get("KIMI_MODEL_API_KEY") or ground.environ.get("KIMI_API_KEY")
    key = ground.word(_PROVIDER, has_own=bool(own)) or own
    if not key:
        return Launch(remarks=(_AROUND,) if is_login else ())
    return Launch(
        environ={
            "KIMI_MODEL_BASE_URL": address,
            "KIMI_MODEL_API_KEY": key,
            "KIMI_MODEL_NAME": ground.environ.get("KIMI_MODEL_NAME") or _MODEL,
            "KIMI_BASE_URL": address,
            "KIMI_API_KEY": key,
        },
        remarks=(_BY_KEY,) if is_login and not own else (),
    )


CLIENT = Client(
    name="kimi",
    title="Kimi Code",
    executables=("kimi", "kimi-cli", "kimi-code"),
    package="npm:@moonshot-ai/kimi-code",
    launch=launch,
    configs=(CODE_CONFIG, CLI_CONFIG),
    reads=(CODE_CONFIG,),
)
