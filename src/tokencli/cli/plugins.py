"""Pydantic's plugins: looking for them takes a fifth of a start. This program does without, those it starts do not.

The library reads a variable for that. A user's own value of it stands, here and there.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

_NAME, _ALL = "PYDANTIC_DISABLE_PLUGINS", "__all__"
_LEFT_OUT: list[bool] = []


def leave_out(environ: MutableMapping[str, str]) -> None:
    """Let this process do without plugins, unless the user has said something of them."""
    if _NAME not in environ:
        environ[_NAME] = _ALL
        _LEFT_OUT.append(True)


def environ_of_user(environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment as the user gave it, for programs that are started."""
    return {name: value for name, value in environ.items() if name != _NAME or not _LEFT_OUT}
