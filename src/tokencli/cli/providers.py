"""`tokencli providers`: where calls can go, and for which of them there is a key."""

import sys

import typer

from tokencli.cli import wiring
from tokencli.cli.options import command_app, examples, given

app = command_app()


@app.command(epilog=examples("tokencli providers", "tokencli providers --json"))
def providers(ctx: typer.Context) -> None:
    """List the providers: address, models, where the key is read, limit and timeout. No key is ever shown."""
    import os

    from tokencli.render import providers_view
    from tokencli.services.catalogue import list_providers

    options = given(ctx)
    rows = list_providers(wiring.settings_of(options), os.environ)
    if options.is_json:
        sys.stdout.write(providers_view.providers_json(rows) + "\n")
        return
    from tokencli.render.terminal import make_console

    console = make_console(no_color=options.no_color)
    console.print(providers_view.providers_table(rows, console))
