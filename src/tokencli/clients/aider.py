"""aider: the variables of the library under it, and a file of model settings that says its name. 0.86, 2026-11."""

from __future__ import annotations

from tokencli.clients.client import Client, Ground, Launch, Place

CONFIG = Place("", ".aider.conf.yml")
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
    if ground.has(_SETTINGS) or any(each.partition("=")[0] == _OPTION for each in ground.arguments):
        return Launch(environ=environ)
    return Launch(environ={**environ, _SETTINGS: str(ground.folder / _FILE)}, files={_FILE: _NAMED})


CLIENT = Client(
    name="aider",
    title="aider",
    executables=("aider",),
    package="pypi:aider-chat",
    launch=launch,
    configs=(CONFIG,),
)
