"""`tokencli reprice`: what calls would cost by the prices known now, and, when told to, putting that in their place."""

import sys
from typing import Annotated

import typer

from tokencli.cli import wiring
from tokencli.cli.options import Models, PeriodName, Providers, command_app, examples, given

app = command_app()


@app.command(
    epilog=examples(
        "tokencli reprice",
        "tokencli reprice --period 2026-11 --model 'gpt-4o*'",
        "tokencli reprice --provider gemini --apply",
    )
)
def reprice(
    ctx: typer.Context,
    period: PeriodName = None,
    model: Models = None,
    provider: Providers = None,
    apply: Annotated[bool, typer.Option("--apply", help="Keep the new charges; the old ones stay in history.")] = False,
) -> None:
    """Show which calls would be charged otherwise by the prices known now, and why. Without a period: all calls.

    Each call has the price of its own day. Nothing is changed without --apply.
    """
    from tokencli.domain.report import EventFilter
    from tokencli.render.reprice_view import reprice_json, reprice_progress, reprice_table
    from tokencli.services import reprice as service
    from tokencli.services.report import ALL, Question
    from tokencli.store.repricings import count_events

    options = given(ctx)
    settings = wiring.settings_of(options)
    chosen = {"model": model, "provider": provider}
    question = Question(
        zone=wiring.zone_name(options, settings),
        period=period or ALL,
        where=EventFilter(names={name: tuple(values) for name, values in chosen.items() if values}),
        week_start=settings.report.week_start,
    )
    book = wiring.price_book(options)
    opened = wiring.writing_ledger(options, create=False) if apply else wiring.reading_ledger(options)
    work = service.apply if apply else service.look
    with (
        opened as database,
        reprice_progress(count_events(database.connection), enabled=not options.is_json) as advance,
    ):
        found = work(database, book, question, now=wiring.now(), advance=advance)
    if options.is_json:
        sys.stdout.write(reprice_json(found) + "\n")
        return
    from tokencli.render.terminal import make_console

    console = make_console(no_color=options.no_color)
    console.print(reprice_table(found, console))
