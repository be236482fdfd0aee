"""`tokencli config`: begin, look over and show the configuration."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tokencli.cli import wiring
from tokencli.cli.errors import say
from tokencli.cli.globals import config_directory
from tokencli.cli.options import command_app, examples, given
from tokencli.domain.errors import ExitCode

if TYPE_CHECKING:
    from tokencli.cli.globals import Globals

app = command_app(no_args_is_help=True)


@app.callback()
def config() -> None:
    """Begin, look over and show the configuration, and find its file."""


@app.command(epilog=examples("tokencli config init", "tokencli config init ./config.toml"))
def init(
    ctx: typer.Context,
    path: Annotated[
        str | None,
        typer.Argument(metavar="PATH", help="Where it goes; else --config, else your own place.", show_default=False),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file when it is there.")] = False,
) -> None:
    """Write a config.toml to begin with: eight providers, twenty models, and a comment on every key."""
    from tokencli.services.configuration import begin

    options = given(ctx)
    target = _target(options, path)
    begin(target, is_forced=force)
    sys.stdout.write(f"{_name(target)}\n")
    used = target if options.config else wiring.places_of(options).config_file
    if used.absolute() != target.absolute():
        say(f"{used} is the one that is used here: say --config {target} to use the new one.")
    say("set the keys it names in your environment, remove what you do not use, and run 'tokencli config check'.")


@app.command(epilog=examples("tokencli config show", "tokencli config show --json"))
def show(ctx: typer.Context) -> None:
    """Show the settings in force, and the line on which each is written.

    A key is shown as the variable it is read from, never as itself. Models are listed by 'tokencli models'.
    """
    import os

    from tokencli.render import config_view
    from tokencli.services.configuration import in_force

    options = given(ctx)
    wiring.settings_of(options)
    file = wiring.places_of(options).config_file
    found = in_force(file, os.environ)
    if options.is_json:
        sys.stdout.write(config_view.settings_json(str(file), found) + "\n")
        return
    from tokencli.render.terminal import make_console

    make_console(no_color=options.no_color).print(config_view.settings_table(found))
    say(f"the settings of {file}; --json shows every default of a provider as well.")


@app.command(epilog=examples("tokencli config check", "tokencli config check --strict --config ./config.toml"))
def check(
    ctx: typer.Context,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 when there are warnings.")] = False,
) -> None:
    """Look over config.toml and prices.toml.

    A wrong key or value is named with its file, its line and the nearest right one, and the exit code is 3.
    """
    from tokencli.render import config_view
    from tokencli.services.configuration import look_over

    options = given(ctx)
    places = wiring.places_of(options)
    found = look_over(places.config_file, places.prices_file)
    words = config_view.check_json(found) if options.is_json else config_view.check_words(found)
    sys.stdout.write(f"{words}\n")
    if strict and found.warnings:
        raise typer.Exit(ExitCode.NO)


@app.command(epilog=examples("tokencli config path", '$EDITOR "$(tokencli config path)"'))
def path(ctx: typer.Context) -> None:
    """Print the path of the file that is used; stderr tells where it was looked for."""
    import os

    from tokencli.config.places import candidates
    from tokencli.render import config_view

    options = given(ctx)
    option = None if options.config == os.environ.get("TOKENCLI_CONFIG") else options.config
    looked_at = candidates(os.environ, Path.cwd(), option)
    if options.is_json:
        sys.stdout.write(config_view.places_json(looked_at) + "\n")
        return
    sys.stdout.write(f"{_name(wiring.places_of(options).config_file)}\n")
    sys.stderr.write(f"{config_view.places_words(looked_at)}\n")


def _target(options: "Globals", path: str | None) -> Path:
    named = path or options.config
    return Path(named).expanduser() if named else config_directory() / "config.toml"


def _name(path: Path) -> str:
    from tokencli.domain.text import visible

    return visible(str(path), limit=4096)
