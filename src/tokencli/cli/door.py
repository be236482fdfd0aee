"""The fast door: commands that are called often and end soon are run without the option parser where it is not needed.

Such a command has a module that runs it, with an `Order` and a `run`. An order's fields are the command's options by
name ("as_of" for --as-of), with what each is when it is not given; the field named by the module's `OPERANDS` holds the
words that are no options. The command itself, as the option parser knows it, hands its options on in the same order, so
what happens then is the same.
"""

from __future__ import annotations

from importlib import import_module

from tokencli.cli.plain_words import GLOBALS, OPERANDS, plain_words
from tokencli.domain.plain import NotPlainError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from tokencli.cli.globals import Globals

RUNS = {
    "ingest": "tokencli.cli.ingest_words",
    "report": "tokencli.cli.report_run",
    "session list": "tokencli.cli.session_list",
    "session show": "tokencli.cli.session_show",
}
"""The commands that can be called so, and the modules that run them."""
_GROUPS = {name.partition(" ")[0] for name in RUNS if " " in name}
_COMPLETION = "_TOKENCLI_COMPLETE"
_FIELDS = {"--db": "db", "--config": "config", "--tz": "zone", "--json": "is_json", "--no-color": "no_color"}


def plain_call(arguments: Sequence[str], environ: Mapping[str, str]) -> Callable[[], int] | None:
    """Return what runs the command that the arguments name; None where the option parser has to read them."""
    name = _named(arguments)
    if name is None or _COMPLETION in environ:
        return None
    module = import_module(RUNS[name])
    try:
        found = plain_words(arguments, name, options_of(module))
    except NotPlainError:
        return None
    given = _globals({option: found.pop(option) for option in GLOBALS if option in found})
    order = module.Order(**{_field(module, option): value for option, value in found.items()})

    def call() -> int:
        code: int = module.run(given, order)
        return code

    return call


def options_of(module: Any) -> dict[str, Any]:
    """Return a command's own options by name, with what each is when it is not given, from the module that runs it."""
    return {_option(module, field): value for field, value in module.Order._field_defaults.items()}


def _named(words: Sequence[str]) -> str | None:
    """Return the command that the words seem to name: the first of them that is one, or a group's with one after it."""
    for place, word in enumerate(words):
        if word in RUNS:
            return word
        if word in _GROUPS:
            return next((f"{word} {other}" for other in words[place + 1 :] if f"{word} {other}" in RUNS), None)
    return None


def _option(module: Any, field: str) -> str:
    return OPERANDS if field == getattr(module, "OPERANDS", None) else f"--{field.replace('_', '-')}"


def _field(module: Any, option: str) -> str:
    return str(module.OPERANDS) if option == OPERANDS else option.removeprefix("--").replace("-", "_")


def _globals(found: Mapping[str, Any]) -> Globals:
    from tokencli.cli.globals import from_environment

    return from_environment()._replace(**{_FIELDS[option]: value for option, value in found.items()})
