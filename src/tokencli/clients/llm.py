"""llm: OpenAI's and Anthropic's variables; models of extra-openai-models.yaml keep their address. 0.36, 2026-11.

No file changes the address of the models that llm itself brings, so it is connected by models of its own file.
"""

from __future__ import annotations

from tokencli.clients.client import Client, Ground, Launch, NothingToConnectError, Place, Setting, Wanted
from tokencli.clients.editing.splices import Where

_MOVED = "LLM_USER_PATH"
CONFIG = Place(".config/io.datasette.llm", "extra-openai-models.yaml", _MOVED)
KEYS = Place(".config/io.datasette.llm", "keys.json", _MOVED)
_ADDED = "llm has the models of config.toml by names such as this one: llm -m {}"
_OWN = (
    "llm's own models, such as gpt-4o-mini, still go straight to their providers, which no file of llm's changes: for "
    "those 'export OPENAI_BASE_URL={}', or 'tokencli run -- llm'."
)
_NO_MODELS = (
    "llm gets the models of config.toml, and there is none whose provider has its key set here ('tokencli models'); "
    "its own models are pointed at tokencli by 'tokencli run -- llm' alone"
)


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


def connect(ground: Ground) -> Wanted:
    """Add the models of config.toml that tokencli has keys for, each as tokencli/KEY.

    Raises:
        NothingToConnectError: there are none.
    """
    if not ground.models:
        raise NothingToConnectError(_NO_MODELS)
    names = {f"tokencli/{model.key}": model.key for model in ground.models}
    settings = tuple(
        Setting(
            (Where("model_id", name),),
            {"model_id": name, "model_name": key, "api_base": ground.openai, "headers": {"User-Agent": "llm"}},
        )
        for name, key in names.items()
    )
    return Wanted(CONFIG, settings, (_ADDED.format(next(iter(names))), _OWN.format(ground.openai)))


CLIENT = Client(
    name="llm",
    title="llm",
    executables=("llm",),
    package="pypi:llm",
    launch=launch,
    connect=connect,
    configs=(CONFIG,),
    reads=(KEYS,),
)
