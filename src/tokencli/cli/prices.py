"""`tokencli prices`: what a model costs, what it did cost, and how two models compare."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from tokencli.cli import wiring
from tokencli.cli.errors import say
from tokencli.cli.globals import Globals
from tokencli.cli.options import command_app, examples, given
from tokencli.domain.errors import UnknownMomentError, UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from tokencli.config.settings import Settings
    from tokencli.pricing.book import PriceBook

app = command_app(no_args_is_help=True)

Provider = Annotated[
    str | None, typer.Option("--provider", metavar="P", help="The provider that sells it.", show_default=False)
]
At = Annotated[
    str | None, typer.Option("--at", metavar="DATE", help="On this date or time. Default: today.", show_default=False)
]


class NothingToCompareError(UsageError):
    """A comparison of one thing."""

    def __init__(self) -> None:
        """Say what can be compared."""
        super().__init__("there is only one price to compare: name a second model, or a second date with --and DATE.")


class SeveralPricesError(UsageError):
    """A bare model name that own prices know at several providers."""

    def __init__(self, model: str, providers: list[str]) -> None:
        """Name the providers, and how to choose one."""
        super().__init__(
            f"your own prices have {model} at {', '.join(providers[:-1])} and {providers[-1]}: "
            "choose one with --provider."
        )


class BadDateError(UsageError):
    """A date or a time that is neither."""

    def __init__(self, text: str) -> None:
        """Show it and the right forms."""
        super().__init__(f"{text!r} is no date: write it like 2026-11-20 or 2026-11-20T14:00.")


@app.command(
    epilog=examples(
        "tokencli prices show gpt-4o",
        "tokencli prices show claude-opus-4-6 --at 2026-03-01",
        "tokencli prices show qwen/qwen3-32b --provider groq",
    )
)
def show(
    ctx: typer.Context,
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model, provider/model, or a key of config.toml.")],
    provider: Provider = None,
    at: At = None,
) -> None:
    """Show the prices of a model: each unit, its tiers, and what it cost before."""
    from tokencli.services.prices import Named, quote

    options = given(ctx)
    settings = wiring.settings_of(options)
    book, moment = wiring.price_book(options), _moment(options, settings, at)
    found = quote(book, settings, Named(_seller(book, settings, model, provider, moment), model), moment)
    if options.is_json:
        from tokencli.render.prices_text import quote_json

        sys.stdout.write(quote_json(found) + "\n")
        return
    from tokencli.render.prices_view import quote_panel
    from tokencli.render.terminal import make_console

    console = make_console(no_color=options.no_color)
    console.print(quote_panel(found, console))


@app.command(
    name="list",
    epilog=examples(
        "tokencli prices list", "tokencli prices list --search sonnet", "tokencli prices list --all --json"
    ),
)
def list_(
    ctx: typer.Context,
    search: Annotated[
        str | None, typer.Option("--search", metavar="TEXT", help="Models with this in their name.", show_default=False)
    ] = None,
    provider: Provider = None,
    at: At = None,
    everything: Annotated[bool, typer.Option("--all", help="The whole price list.", show_default=False)] = False,
) -> None:
    """List the models of config.toml with their prices; with --search or --all, the whole price list.

    Prices are dollars per million tokens; + marks a higher price in long prompts.
    """
    from tokencli.services.prices import price_list, search_prices

    options = given(ctx)
    settings, book = wiring.settings_of(options), wiring.price_book(options)
    moment = _moment(options, settings, at)
    is_search = everything or search is not None or provider is not None
    rows = search_prices(book, settings, moment, search, provider) if is_search else price_list(book, settings, moment)
    if options.is_json:
        from tokencli.render.prices_text import list_json

        sys.stdout.write(list_json(rows, moment) + "\n")
        return
    from tokencli.render.prices_view import price_table
    from tokencli.render.terminal import make_console

    console = make_console(no_color=options.no_color)
    console.print(price_table(rows, console))
    if not is_search:
        say("these are the models of config.toml: use --search TEXT or --all for the whole price list.")


@app.command(
    epilog=examples(
        "tokencli prices diff gpt-4o gpt-4o-mini",
        "tokencli prices diff openai/gpt-5.4 anthropic/claude-sonnet-4-5",
        "tokencli prices diff gpt-5.6-sol --at 2026-07-01 --and 2026-11-01",
    )
)
def diff(
    ctx: typer.Context,
    first: Annotated[str, typer.Argument(metavar="A", help="A model, provider/model, or a key of config.toml.")],
    second: Annotated[
        str | None, typer.Argument(metavar="B", help="The model to compare it with; default: A.", show_default=False)
    ] = None,
    provider: Provider = None,
    at: At = None,
    other_date: Annotated[
        str | None,
        typer.Option("--and", metavar="DATE", help="Compare with the price of this date.", show_default=False),
    ] = None,
) -> None:
    """Compare the prices of two models, or of one model on two dates."""
    from tokencli.services.prices import Named, differences, quote

    if second is None and other_date is None:
        raise NothingToCompareError
    options = given(ctx)
    settings, book = wiring.settings_of(options), wiring.price_book(options)
    moment = _moment(options, settings, at)
    left = quote(book, settings, Named(_seller(book, settings, first, provider, moment), first), moment)
    later = moment if other_date is None else _moment(options, settings, other_date)
    name = second or first
    right = quote(book, settings, Named(_seller(book, settings, name, provider, later), name), later)
    rows = differences(left.card, right.card)
    if options.is_json:
        from tokencli.render.prices_text import diff_json

        sys.stdout.write(diff_json(left, right, rows) + "\n")
        return
    from tokencli.render.prices_view import diff_table
    from tokencli.render.terminal import make_console

    console = make_console(no_color=options.no_color)
    console.print(diff_table(left, right, rows, console))


def _seller(book: "PriceBook", settings: "Settings", model: str, provider: str | None, at: "datetime") -> str | None:
    """Return the provider that was named, else the only one at which own prices have the model; None if none has.

    A key of config.toml and a priced "provider/model" say by themselves what they mean.
    """
    if provider is not None or model in settings.models:
        return provider
    before, _, after = model.partition("/")
    if after and book.card(before, after, at) is not None:
        return None
    providers = [name for name in book.own_providers(model) if name is not None]
    if len(providers) < len(book.own_providers(model)):
        return None
    if len(providers) > 1:
        raise SeveralPricesError(model, providers)
    return providers[0] if providers else None


def _moment(options: Globals, settings: "Settings", text: str | None) -> "datetime":
    """Return the time that an option names, in the zone of --tz or of the configuration; now when it names none."""
    if text is None:
        return wiring.now()
    from tokencli.domain.period import moment_of

    try:
        return moment_of(text, wiring.zone_name(options, settings))
    except UnknownMomentError:
        raise BadDateError(text) from None
