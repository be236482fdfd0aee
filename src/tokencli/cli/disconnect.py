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


class WhichClientError(UsageError):
    """No client to bring back."""

    def __init__(self, connected: list[str]) -> None:
        """Name those that are connected."""
        words = f"{', '.join(connected)} can be disconnected" if connected else "none was connected by tokencli"
        super().__init__(f"which client? {words}.")


@app.command(epilog=examples("tokencli disconnect claude"))
def disconnect(
    ctx: typer.Context,
    client: Annotated[
        str | None, typer.Argument(metavar="CLIENT", help="The client, such as claude.", show_default=False)
    ] = None,
    yes: Annotated[  # noqa: ARG001 - whoever types it by habit is not refused
        bool, typer.Option("--yes", "-y", help="As with connect; disconnect asks nothing anyway.")
    ] = False,
) -> None:
    """Bring a client's own config file back to what it was before 'tokencli connect'.

    Shows what changes. Byte for byte when nobody changed it since; else our settings alone are taken out, and those
    that somebody else changed are left and named. Exits with 1 when the client was not connected.
    """
    from tokencli.cli.wiring_connect import client_name
    from tokencli.clients.registry import CLIENTS
    from tokencli.render.connect_view import print_diffs, way_back_words
    from tokencli.services.client_files import forget_all, go_back, ways_back

    folder = data_directory() / "connect"
    if client is None:
        raise WhichClientError([each for each in CLIENTS if ways_back(folder, each)])
    known = client_name(client)
    ways = ways_back(folder, known)
    if not ways:
        forget_all(folder, known)
        raise NotConnectedError(known)
    print_diffs((way.diff() for way in ways.values()), no_color=given(ctx).no_color)
    for name, way in ways.items():
        go_back(way, folder, name)
        typer.echo(way_back_words(way))
