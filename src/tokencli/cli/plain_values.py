"""Words of the command line that need no conversion are taken as they are.

typer 0.29 checks every value with pydantic, whose import costs as much as the rest of a start. A string, a list of
strings or a flag has nothing to check, so it is taken directly; any other kind goes typer's way. Where another
version of typer does this differently, nothing is changed.
"""

from __future__ import annotations

from typing import Any

import typer.core

_BUILDER = "build_runtime_param"
_WORDS = (str, str | None, bool)
_LISTS = (list[str], list[str] | None)


class PlainValue:
    """A value that is what was typed: a string, a list of strings, or whether a flag was given."""

    def __init__(self, annotation: Any) -> None:
        """Stand for a parameter of that kind."""
        self._is_list = annotation in _LISTS

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return the value; a list for a list of words, also when none was typed."""
        del param, ctx
        return list(value or ()) if self._is_list else value


def take_words_as_they_are() -> None:
    """Let parameters that hold plain words skip typer's checks, from now on."""
    checked = getattr(typer.core, _BUILDER, None)
    if checked is not None and not isinstance(checked, _Chooser):
        setattr(typer.core, _BUILDER, _Chooser(checked))


class _Chooser:
    """Builds what turns a parameter's words into its value."""

    def __init__(self, checked: Any) -> None:
        self._checked = checked

    def __call__(self, descriptor: Any) -> Any:
        annotation = descriptor.annotation
        return PlainValue(annotation) if annotation in (*_WORDS, *_LISTS) else self._checked(descriptor)
