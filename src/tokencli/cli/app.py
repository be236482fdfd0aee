"""The root command: it knows each command by name and loads its module when it is called."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command as typer_command

from tokencli.cli.errors import output_errors
from tokencli.cli.front import COMMANDS, help_text
from tokencli.cli.options import command_app, declare_globals
from tokencli.cli.plain_values import take_words_as_they_are
from tokencli.domain.errors import UsageError

if TYPE_CHECKING:
    from typer.core import TyperCommand

HELP_NAMES = {"help_option_names": ["-h", "--help"]}
WIDTH = {"max_content_width": 100}
_NO_BRACES = str.maketrans("", "", "{}")


class UnknownCommandError(UsageError):
    """A command that tokencli does not have."""

    def __init__(self, name: str) -> None:
        """Name it, and the nearest ones there are."""
        near = get_close_matches(name, COMMANDS, n=2)
        hint = f"did you mean {' or '.join(repr(other) for other in near)}?" if near else "see 'tokencli --help'."
        super().__init__(f"there is no command {name!r}: {hint}")


class RootGroup(TyperGroup):
    """The group of all commands; a command's module is imported when the command is called or completed."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all commands, in the order in which they are used."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | TyperGroup | None:
        """Load and return the command of that name; None when there is none."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command: TyperCommand | TyperGroup = _with_globals(typer_command(import_module(COMMANDS[cmd_name].module).app))
        command.short_help = COMMANDS[cmd_name].summary
        return command

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command that the arguments name; raise UnknownCommandError with the nearest one."""
        if args[0] not in COMMANDS and not args[0].startswith("-") and not ctx.resilient_parsing:
            raise UnknownCommandError(args[0])
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was called, and see its output out."""
        with output_errors():
            return super().invoke(ctx)

    def get_help(self, ctx: Any) -> str:
        """Return the front page."""
        del ctx
        return help_text()


def root_command() -> TyperGroup:
    """Return the command that stands for the whole program."""
    take_words_as_they_are()
    app = typer.Typer(
        cls=RootGroup,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        no_args_is_help=True,
        context_settings=HELP_NAMES | WIDTH,
    )
    app.callback()(_root)
    root: TyperGroup = _with_globals(typer_command(app))
    return root


def _root() -> None:
    """Stand for the program; the work is done by its commands."""


def _with_globals(command: Any) -> Any:
    """Add the global options to a command and to all commands below it, where they are not its own."""
    for param in command.params:
        if param.param_type_name == "argument":
            _without_braces(param)
    taken = {opt for param in command.params for opt in param.opts}
    command.params.extend(param for param in _global_params() if not taken & set(param.opts))
    command.context_settings = {**WIDTH, **command.context_settings, **HELP_NAMES}
    for child in getattr(command, "commands", {}).values():
        child.short_help = child.short_help or _first_paragraph(child.help)
        _with_globals(child)
    return command


def _without_braces(argument: Any) -> None:
    """Let the usage line of an argument's command say MODEL, where typer says {MODEL}."""
    told = argument.get_usage_pieces

    def plain(ctx: Any) -> list[str]:
        return [piece.translate(_NO_BRACES) for piece in told(ctx)]

    argument.get_usage_pieces = plain
    # "OLD <str>" says no more than "OLD".
    argument.display_type_rich = _nothing


def _nothing(ctx: Any) -> str:
    del ctx
    return ""


def _first_paragraph(text: str | None) -> str:
    """Return a help text's first paragraph in one line: a list of commands shows it whole."""
    return " ".join((text or "").partition("\n\n")[0].split())


def _global_params() -> list[Any]:
    app = command_app()
    app.command()(declare_globals)
    return typer_command(app).params
