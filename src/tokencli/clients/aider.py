"""aider: the variables of the library under it, and a file of model settings that says its name. 0.86, 2026-11.

Its config has an option for OpenAI's address alone; the other addresses are variables that it sets at its start.
"""

from __future__ import annotations

from tokencli.clients.client import Client, Edit, Ground, Launch, Place, Setting, Wanted
from tokencli.clients.editing.splices import Where

CONFIG = Place("", ".aider.conf.yml")
MODELS = Place("", ".aider.model.settings.yml")
_SETTINGS = "AIDER_MODEL_SETTINGS_FILE"
_OPTION = "--model-settings-file"
_FILE = "aider-model-settings.yml"
# Read after the user's own files of the same kind; without it calls are filed under "openai-python" and the like.
_NAMED = """\
- name: aider/extra_params
  extra_params:
    extra_headers:
      User-Agent: aider
"""
_NEARER = (
    "an .aider.conf.yml in a project counts before the one in your home: the addresses that it sets stay in force."
)


def launch(ground: Ground) -> Launch:
    """Set the base URLs under both names that aider reads, and give it a name."""
    environ = {
        "OPENAI_API_BASE": ground.openai,
        "AIDER_OPENAI_API_BASE": ground.openai,
        "ANTHROPIC_API_BASE": ground.base,
        "GEMINI_API_BASE": ground.base,
        **ground.key("openai", "OPENAI_API_KEY", "AIDER_OPENAI_API_KEY"),
        **ground.key("anthropic", "ANTHROPIC_API_KEY", "AIDER_ANTHROPIC_API_KEY"),
        **ground.key("gemini", "GEMINI_API_KEY"),
    }
    if ground.has(_SETTINGS) or ground.says(_OPTION):
        return Launch(environ=environ)
    return Launch(environ={**environ, _SETTINGS: str(ground.folder / _FILE)}, files={_FILE: _NAMED})


def connect(ground: Ground) -> Wanted:
    """Set the address of each provider that the proxy carries, and its name in the settings of all models."""
    bases = {"anthropic": "ANTHROPIC_API_BASE", "gemini": "GEMINI_API_BASE"}
    settings = [Setting(("openai-api-base",), ground.openai)]
    settings += [
        Setting(("set-env", Where("", f"{name}=")), f"{name}={ground.base}")
        for provider, name in bases.items()
        if provider in ground.providers
    ]
    named = (Where("name", "aider/extra_params"), "extra_params", "extra_headers", "User-Agent")
    return Wanted(CONFIG, tuple(settings), (_NEARER,), also=Edit(MODELS, (Setting(named, "aider"),)))


CLIENT = Client(
    name="aider",
    title="aider",
    executables=("aider",),
    package="pypi:aider-chat",
    launch=launch,
    connect=connect,
    configs=(CONFIG,),
)
