"""`tokencli connect`: a client's own config file points it at the proxy for good; `tokencli disconnect` goes back."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from tokencli.cli.errors import say
from tokencli.cli.globals import Globals, data_directory
from tokencli.cli.options import command_app, examples, given
from tokencli.domain.errors import InputError, NothingFoundError, UsageError

app = command_app()


class NotAskedError(InputError):
    """A change that nobody can be asked about."""

    def __init__(self) -> None:
        """Say how to go on."""
        super().__init__("nothing is changed: there is no terminal to ask at. To change it without asking: --yes")


class NotWantedError(NothingFoundError):
    """A change that was shown, and that the user does not want."""

    def __init__(self) -> None:
        """Say that all is as it was."""
        super().__init__("nothing is changed.")


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
        str | None, typer.Argument(metavar="CLIENT", help="The client, such as claude.", show_default=False)
    ] = None,
    session: Annotated[
        str | None,
        typer.Option(
            "--session",
            metavar="NAME",
            help="File its calls under this session; it is made when it is not there.",
            show_default=False,
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Change the file without asking.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="Show where clients go, all or one; change nothing.")] = False,
) -> None:
    """Point a client at tokencli for good, in its own config file; 'tokencli disconnect CLIENT' goes back.

    Clients: claude, codex, gemini, kimi, opencode, qwen, aider, llm, cn.

    Shows what will change, and asks first. A backup is kept, and nothing else in the file is touched. Exits with 3
    when there is nobody to ask and no --yes, and with 1 when the answer is no.
    """
    from tokencli.cli.wiring_connect import NoSuchClientError, client_name, ground_of, make_session

    name = None if client is None else client_name(client)
    if listed:
        _list(given(ctx), name)
        return
    if name is None:
        raise NoClientError
    from tokencli.cli.wiring_proxy import running_proxy
    from tokencli.clients.connecting import wanted
    from tokencli.render.connect_view import connected_words, print_diffs, proxy_words
    from tokencli.services.client_files import connect_files, planned, refuse_elsewhere

    ground, folder = ground_of(given(ctx), name, session), data_directory() / "connect"
    told = wanted(name, ground)
    if told is None:
        raise NoSuchClientError(name)
    plans = [planned(each.place.path(os.environ, Path.home()), each.settings) for each in told.edits]
    refuse_elsewhere(plans, folder, name)
    is_needed = any(plan.is_needed for plan in plans)
    if is_needed:
        print_diffs((plan.diff() for plan in plans), no_color=given(ctx).no_color)
        _ask(is_sure=yes)
    if session is not None:
        make_session(given(ctx), session)
    connect_files(plans, folder, name)
    typer.echo(connected_words(name, ground.base, is_new=is_needed, is_ignored=told.is_ignored))
    proxy = running_proxy(given(ctx))
    about_proxy = proxy_words(ground.usual, is_running=proxy is not None, needs_token=bool(proxy and proxy.needs_token))
    for sentence in (*told.remarks, *(() if told.is_ignored else about_proxy)):
        say(sentence)


def _ask(*, is_sure: bool) -> None:
    if is_sure:
        return
    if not sys.stdin.isatty():
        raise NotAskedError
    if not typer.confirm("Change this?"):
        raise NotWantedError


def _list(options: Globals, name: str | None) -> None:
    from tokencli.cli.wiring import settings_of
    from tokencli.cli.wiring_doctor import here_of
    from tokencli.cli.wiring_proxy import running_proxy
    from tokencli.clients.registry import CLIENTS
    from tokencli.render.pointed_view import pointed_json, print_pointed
    from tokencli.services.pointing import pointed_clients

    here, is_running = here_of(settings_of(options)), running_proxy(options) is not None
    among = tuple(CLIENTS) if name is None else (name,)
    clients = [each for each in pointed_clients(here) if each.name in among]
    if options.is_json:
        sys.stdout.write(pointed_json(clients, here.proxy_url, is_running=is_running, among=among) + "\n")
    else:
        print_pointed(clients, here.proxy_url, is_running=is_running, among=among, no_color=options.no_color)
