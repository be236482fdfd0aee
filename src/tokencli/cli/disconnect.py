"""`tokencli disconnect`: a client's own config file is what it was before `tokencli connect`."""

from typing import Annotated

import typer

from tokencli.cli.globals import data_directory
from tokencli.cli.options import command_app, examples
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
    client: Annotated[str, typer.Argument(metavar="CLIENT", help="The client, such as claude.")],
) -> None:
    """Bring a client's own config file back to what it was before 'tokencli connect'.

    Byte for byte when nobody changed it since; else our settings alone are taken out, and those that somebody else
    changed are left and named. Exits with 1 when the client was not connected.
    """
    from tokencli.clients.registry import CLIENTS
    from tokencli.domain.text import visible
    from tokencli.services.client_files import undo

    if client not in CLIENTS:
        raise UnknownClientError(visible(client))
    undone = undo(data_directory() / "connect", client)
    if undone is None:
        raise NotConnectedError(client)
    file = visible(str(undone.file))
    if undone.is_removed:
        typer.echo(f"{file} is removed: it was made by tokencli.")
    elif undone.is_exact:
        typer.echo(f"{file} is byte for byte what it was.")
    else:
        typer.echo(f"{file} was changed meanwhile: our settings are taken out, the rest is kept.")
    for name in undone.left:
        typer.echo(f"{name} is left as it is: it no longer holds what tokencli wrote.")
