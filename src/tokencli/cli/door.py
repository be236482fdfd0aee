"""The fast door: commands that are called often and end soon are run without the option parser where it is not needed.

Such a command has a module that runs it, with an `Order` and a `run`. An order's fields are the command's options by
name ("as_of" for --as-of), with what each is when it is not given; `paths` are the words that are no options. The
command itself, as the option parser knows it, hands its options on in the same order, so what happens then is the same.
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

RUNS = {"ingest": "tokencli.cli.ingest_words", "report": "tokencli.cli.report_run"}
"""The commands that can be called so, and the modules that run them."""
_COMPLETION = "_TOKENCLI_COMPLETE"
_FIELDS = {"--db": "db", "--config": "config", "--tz": "zone", "--json": "is_json", "--no-color": "no_color"}


def plain_call(arguments: Sequence[str], environ: Mapping[str, str]) -> Callable[[], int] | None:
    """Return what runs the command that the arguments name; None where the option parser has to read them."""
    name = next((word for word in arguments if word in RUNS), None)
    if name is None or _COMPLETION in environ:
        return None
    module = import_module(RUNS[name])
    try:
        found = plain_words(arguments, name, options_of(module.Order))
    except NotPlainError:
        return None
    given = _globals({option: found.pop(option) for option in GLOBALS if option in found})
    order = module.Order(**{_field(option): value for option, value in found.items()})

    def call() -> int:
        code: int = module.run(given, order)
        return code

    return call


def options_of(order: Any) -> dict[str, Any]:
    """Return a command's own options by name, with what each is when it is not given, from the class of its orders."""
    return {_option(field): value for field, value in order._field_defaults.items()}


def _option(field: str) -> str:
    return OPERANDS if field == "paths" else f"--{field.replace('_', '-')}"


def _field(option: str) -> str:
    return "paths" if option == OPERANDS else option.removeprefix("--").replace("-", "_")


def _globals(found: Mapping[str, Any]) -> Globals:
    from tokencli.cli.globals import from_environment

    return from_environment()._replace(**{_FIELDS[option]: value for option, value in found.items()})
