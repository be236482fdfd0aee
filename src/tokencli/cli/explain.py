"""`tokencli explain`: the sum of one call, and where each figure comes from."""

import sys
from typing import Annotated

import typer

from tokencli.cli import wiring
from tokencli.cli.options import command_app, examples, given
from tokencli.domain.errors import UsageError

app = command_app()


class NoEventError(UsageError):
    """Neither a call nor --last, or both."""

    def __init__(self) -> None:
        """Say what to give."""
        super().__init__("give the id of one call, or --last for the newest one.")


@app.command(
    epilog=examples(
        "tokencli explain --last",
        "tokencli explain 4f1c09ab23de.1042",
        "tokencli explain --last --json",
    )
)
def explain(
    ctx: typer.Context,
    event: Annotated[
        str | None, typer.Argument(metavar="EVENT", help="A call's id, or the beginning of one.", show_default=False)
    ] = None,
    last: Annotated[bool, typer.Option("--last", help="The newest call of the ledger.")] = False,
) -> None:
    """Show the sum of one call: tokens x unit price, where the price comes from, what the log said, who saw it."""
    if (event is None) != last:
        raise NoEventError
    from tokencli.services.explain import explain as ask

    options = given(ctx)
    zone = wiring.zone_name(options, wiring.settings_of(options))
    with wiring.reading_ledger(options) as database:
        found = ask(database, event)
    if options.is_json:
        from tokencli.render.event_text import explain_json

        sys.stdout.write(explain_json(found, zone=zone) + "\n")
        return
    from tokencli.render.explain_view import explain_panel
    from tokencli.render.terminal import make_console

    console = make_console(no_color=options.no_color)
    console.print(explain_panel(found, console, zone=zone))
