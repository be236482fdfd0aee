"""`tokencli serve`: the proxy that clients are pointed at."""

from typing import Annotated

import typer

from tokencli.cli.options import command_app, examples, given

app = command_app()


@app.command(
    epilog=examples(
        "tokencli serve",
        "tokencli serve --port 0 --json",
        "tokencli serve --host 0.0.0.0 --token LONG-RANDOM-TEXT",
    )
)
def serve(
    ctx: typer.Context,
    host: Annotated[
        str | None,
        typer.Option(metavar="HOST", help="Where to listen. Default: 127.0.0.1.", show_default=False),
    ] = None,
    port: Annotated[
        str | None,
        typer.Option(metavar="PORT", help="The port; 0 takes a free one. Default: 8000.", show_default=False),
    ] = None,
    token: Annotated[
        str | None,
        typer.Option(
            metavar="TOKEN",
            envvar="TOKENCLI_TOKEN",
            help="What callers must send; needed to listen beyond this machine.",
            show_default=False,
            show_envvar=False,
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing about single calls.")] = False,
    until_eof: Annotated[
        bool, typer.Option("--until-eof", help="Stop when standard input ends, as it does with the program behind it.")
    ] = False,
) -> None:
    """Forward calls to providers, byte for byte, and write each of them to the ledger.

    Point clients at the base URLs that are printed. Each call is in the ledger before it leaves, and settled before
    its answer ends. Ctrl-C or SIGTERM stops the server: open answers may end first, a second one breaks them off.

    The token is also read from TOKENCLI_TOKEN. With --json the start is one line of JSON on stdout.
    """
    from tokencli.cli.wiring_serve import Wish, run

    run(given(ctx), Wish(host=host, port=port, token=token, is_quiet=quiet, until_eof=until_eof))
