"""`tokencli reconcile`: an invoice or a usage export against the ledger, gap by gap."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tokencli.cli import wiring
from tokencli.cli.globals import Globals
from tokencli.cli.options import Providers, command_app, examples, given
from tokencli.domain.errors import ExitCode, InputError

if TYPE_CHECKING:
    from tokencli.domain.invoice import Invoice

app = command_app()


class UnreadableInvoiceError(InputError):
    """A file that cannot be opened."""

    def __init__(self, path: str, why: str) -> None:
        """Name it and the reason."""
        super().__init__(f"{path} cannot be read: {why}.")


@app.command(
    epilog=examples(
        "tokencli reconcile openai-costs.json",
        "tokencli reconcile anthropic-usage-1.json anthropic-usage-2.json",
        "tokencli reconcile invoice.csv --provider mistral --tz Europe/Paris",
        "tokencli reconcile openrouter_activity.csv --html reports/openrouter.html",
    )
)
def reconcile(
    ctx: typer.Context,
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="The export; several files of one kind are one.")],
    provider: Providers = None,
    html: Annotated[
        str | None, typer.Option("--html", metavar="PATH", help="Write a page too.", show_default=False)
    ] = None,
) -> None:
    """Compare an invoice or a usage export with the ledger, and say why they differ.

    OpenAI's and Anthropic's admin APIs (usage and costs), their consoles' CSV, OpenRouter's activity, LiteLLM's
    SpendLogs, and any CSV with date, model, tokens and cost. Exit code 0: all of it is explained, to a cent.
    """
    from tokencli.domain.providers import canonical_provider
    from tokencli.readers.invoice import together
    from tokencli.render import reconcile_view as view
    from tokencli.services.reconcile import reconcile as compare

    options = given(ctx)
    zone = wiring.zone_name(options, wiring.settings_of(options))
    invoice = together([_invoice(options, name, zone) for name in files])
    names = tuple(canonical_provider(name) for name in provider or ())
    with wiring.reading_ledger(options) as database:
        found = compare(database, wiring.price_book(options), invoice, names)
    if html:
        from tokencli.render.page_file import write_whole
        from tokencli.render.reconcile_page import reconcile_page

        write_whole(Path(html).expanduser(), reconcile_page(found))
    if options.is_json:
        sys.stdout.write(view.reconcile_json(found) + "\n")
    else:
        from tokencli.render.terminal import make_console

        console = make_console(no_color=options.no_color)
        console.print(view.reconcile_view(found, console))
    if not found.is_explained:
        raise typer.Exit(ExitCode.NO)


def _invoice(options: Globals, name: str, zone: str) -> "Invoice":
    """Read one file; --tz goes before the zone that its maker cuts days in."""
    from dataclasses import replace

    from tokencli.readers.invoice import read_invoice

    try:
        data = Path(name).read_bytes()
    except OSError as error:
        raise UnreadableInvoiceError(name, (error.strerror or str(error)).lower()) from None
    invoice = read_invoice(name, data, zone=zone)
    return replace(invoice, zone=zone) if options.zone else invoice
