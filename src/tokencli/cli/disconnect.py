"""`tokencli disconnect`: a client's own config file is what it was before `tokencli connect`."""

from typing import Annotated

import typer

from tokencli.cli.globals import data_directory
from tokencli.cli.options import command_app, examples, given
from tokencli.domain.errors import NothingFoundError, UsageError

app = command_app()


class NotConnectedError(NothingFoundError):
    """A client that tokencli did not connect."""

    def __init__(self, name: str) -> None:
        """Name it."""
        super().__init__(f"{name} was not connected by tokencli: nothing is changed.")


class UnknownClientError(UsageError):
    """A name that is no client's."""

    def __init__(self, name: str) -> None:
        """Name it."""
        super().__init__(f"there is no client {name}: 'tokencli connect --help' names them.")


@app.command(epilog=examples("tokencli disconnect claude"))
def disconnect(
    ctx: typer.Context,
    client: Annotated[str, typer.Argument(metavar="CLIENT", help="The client, such as claude.")],
) -> None:
    """Bring a client's own config file back to what it was before 'tokencli connect'.

    Shows what changes. Byte for byte when nobody changed it since; else our settings alone are taken out, and those
    that somebody else changed are left and named. Exits with 1 when the client was not connected.
    """
    from tokencli.clients.registry import CLIENTS
    from tokencli.domain.text import visible
    from tokencli.render.connect_view import print_diffs, way_back_words
    from tokencli.services.client_files import forget_all, go_back, ways_back

    if client not in CLIENTS:
        raise UnknownClientError(visible(client))
    folder = data_directory() / "connect"
    ways = ways_back(folder, client)
    if not ways:
        forget_all(folder, client)
        raise NotConnectedError(client)
    print_diffs((way.diff() for way in ways.values()), no_color=given(ctx).no_color)
    for name, way in ways.items():
        go_back(way, folder, name)
        typer.echo(way_back_words(way))
