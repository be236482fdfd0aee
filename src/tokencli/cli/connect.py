"""`tokencli connect`: a client's own config file points it at the proxy for good; `tokencli disconnect` goes back."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from tokencli.cli.globals import Globals, data_directory
from tokencli.cli.options import command_app, examples, given
from tokencli.domain.errors import InputError, UsageError

app = command_app()


class SetByHandError(UsageError):
    """A client whose file tokencli does not change."""

    def __init__(self, name: str) -> None:
        """Name it, and those that can be connected."""
        super().__init__(
            f"{name} is not connected by tokencli, claude, codex, gemini and qwen are: docs/how-to/clients.md says how "
            f"to set it by hand, and 'tokencli run' starts it for one run."
        )


class NotAskedError(InputError):
    """A change that nobody can be asked about."""

    def __init__(self) -> None:
        """Say how to go on."""
        super().__init__("nothing is changed: there is no terminal to ask at; say --yes to change the file.")


class NoClientError(UsageError):
    """Neither a client to connect nor the wish to see them all."""

    def __init__(self) -> None:
        """Name the ways."""
        super().__init__("which client? 'tokencli connect --list' shows where each one goes.")


@app.command(
    epilog=examples(
        "tokencli connect --list",
        "tokencli connect claude",
        "tokencli connect codex --session search --yes",
    )
)
def connect(
    ctx: typer.Context,
    client: Annotated[
        str | None, typer.Argument(metavar="CLIENT", help="claude, codex, gemini or qwen.", show_default=False)
    ] = None,
    session: Annotated[
        str | None,
        typer.Option("--session", metavar="NAME", help="File its calls under this session.", show_default=False),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Change the file without asking.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="Show where each client goes, and change nothing.")] = False,
) -> None:
    """Point a client at tokencli for good, in its own config file; 'tokencli disconnect CLIENT' goes back.

    Shows what will change, and asks first. A backup is kept, and nothing else in the file is touched. Exits with 3
    when there is nobody to ask and no --yes, and with 1 when the answer is no.
    """
    if listed:
        _list(given(ctx))
        return
    if client is None:
        raise NoClientError
    from urllib.parse import quote

    from tokencli.cli.wiring import settings_of
    from tokencli.cli.wiring_proxy import usual_url
    from tokencli.clients.connecting import wanted
    from tokencli.domain.text import visible
    from tokencli.services.client_files import Setting, carry_out, planned

    base = usual_url(settings_of(given(ctx))) + (f"/s/{quote(session, safe='')}" if session else "")
    told = wanted(client, base)
    if told is None:
        raise SetByHandError(visible(client))
    plan = planned(told.place.path(os.environ, Path.home()), [Setting(*each) for each in told.settings])
    if not plan.is_needed:
        typer.echo(f"{client} is connected to {base} already.")
        return
    typer.echo("\n".join(visible(line) for line in plan.diff().split("\n")))
    if not yes and not sys.stdin.isatty():
        raise NotAskedError
    if not yes:
        typer.confirm("Change the file?", abort=True)
    carry_out(plan, data_directory() / "connect", client)
    typer.echo(f"{client} is connected to {base}. Back: tokencli disconnect {client}")


def _list(options: Globals) -> None:
    from tokencli.cli.wiring_doctor import look_at_clients
    from tokencli.render.checkup_view import checkup_json, checkup_table

    lines = look_at_clients(options)
    if options.is_json:
        sys.stdout.write(checkup_json(lines) + "\n")
    else:
        from tokencli.render.terminal import make_console

        make_console(no_color=options.no_color).print(checkup_table(lines))
