"""`tokencli models`: the models of config.toml."""

import sys
from typing import Annotated

import typer

from tokencli.cli import wiring
from tokencli.cli.options import command_app, examples, given

app = command_app()


@app.command(
    epilog=examples(
        "tokencli models",
        "tokencli models --provider mistral",
        "tokencli models --search vision",
        "tokencli models --json",
    )
)
def models(
    ctx: typer.Context,
    provider: Annotated[
        str | None, typer.Option("--provider", metavar="NAME", help="Only this provider's.", show_default=False)
    ] = None,
    search: Annotated[
        str | None,
        typer.Option(
            "--search", metavar="TEXT", help="Only those with this in a name or a capability.", show_default=False
        ),
    ] = None,
) -> None:
    """List the models of config.toml: context, capabilities, prices, and whether there is a key.

    Prices are today's, in dollars per million tokens; + marks a higher price in long prompts.
    """
    import os

    from tokencli.render import models_view
    from tokencli.services.catalogue import list_models

    options = given(ctx)
    settings, book = wiring.settings_of(options), wiring.price_book(options)
    rows = list_models(settings, book, wiring.now(), os.environ, provider=provider, search=search)
    if options.is_json:
        sys.stdout.write(models_view.models_json(rows) + "\n")
        return
    from tokencli.render.terminal import make_console

    console = make_console(no_color=options.no_color)
    if rows:
        console.print(models_view.models_table(rows, console))
    else:
        console.print(
            f"{settings.place} has no models: 'tokencli config init' writes a file that has some.", soft_wrap=True
        )
