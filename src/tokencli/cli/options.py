"""The options that several commands share, and what they come to: `Globals`.

Global options need no declaration in a command: `app.py` adds them to each one, before and after the command's
name, and the later one wins. A command reads them with `given(ctx)`.
"""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from tokencli.cli.front import OPTIONS
from tokencli.cli.globals import Globals, from_environment


def given(ctx: typer.Context) -> Globals:
    """Return the global options of this call: after the command, else before it, else the environment's."""
    return ctx.find_object(Globals) or from_environment()


def _keep(name: str) -> Callable[..., None]:
    """Return a callback that keeps an option's value in the context, over what an outer command was given."""

    def keep(ctx: typer.Context, value: Any) -> None:
        if value:
            ctx.obj = given(ctx)._replace(**{name: value})

    return keep


def _show_version(ctx: typer.Context, value: Any) -> None:
    if not value or ctx.resilient_parsing:
        return
    from tokencli import __version__

    typer.echo(f"tokencli {__version__}")
    raise typer.Exit


def global_option(name: str, metavar: str = "") -> Any:
    """Return the typer option of that name, with the front page's words; its value lands in `Globals`."""
    field = {"--tz": "zone", "--json": "is_json"}.get(name, name.removeprefix("--").replace("-", "_"))
    return typer.Option(
        name,
        metavar=metavar or None,
        help=OPTIONS[f"{name} {metavar}".strip()],
        callback=_show_version if name == "--version" else _keep(field),
        is_eager=name == "--version",
        expose_value=False,
        show_default=False,
    )


def declare_globals(
    db: Annotated[str | None, global_option("--db", "URL|PATH")] = None,
    config: Annotated[str | None, global_option("--config", "PATH")] = None,
    tz: Annotated[str | None, global_option("--tz", "ZONE")] = None,
    as_json: Annotated[bool, global_option("--json")] = False,
    no_color: Annotated[bool, global_option("--no-color")] = False,
    version: Annotated[bool, global_option("--version")] = False,
) -> None:
    """Declare the global options; `app.py` takes them from this signature."""


def command_app(**settings: Any) -> typer.Typer:
    """Return an empty typer app for one command's module, set up as all commands are.

    Write `app = command_app()`, then `@app.command(epilog=examples(...))` over the function. With one command
    the app is that command; with several, or a callback, a group. Keywords go to typer.Typer.
    """
    return typer.Typer(
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        **settings,
    )


def examples(*lines: str) -> str:
    """Return a help text's last part: the examples, one a line, kept as they are."""
    return "\n".join(("\b", "Examples:", *(f"  {line}" for line in lines)))


PeriodName = Annotated[
    str | None,
    typer.Option(
        "--period",
        "-p",
        metavar="P",
        help="today, yesterday, week, last-week, month, last-month, year, all, 24h, 7d, 30d, 90d, 1y, "
        "2026, 2026-11, 2026-W47 or 2026-11-20.",
        show_default=False,
    ),
]
Since = Annotated[
    str | None, typer.Option("--since", metavar="T", help="From this date or time on.", show_default=False)
]
Until = Annotated[
    str | None, typer.Option("--until", metavar="T", help="Up to this date or time, without it.", show_default=False)
]
By = Annotated[
    str | None,
    typer.Option(
        "--by",
        metavar="DIM[,DIM]",
        help="hour, day, week, month, provider, model, session, source, project, agent, client, basis, status, "
        "tag:KEY. Default: day; hour for today.",
        show_default=False,
    ),
]


def filter_option(name: str) -> Any:
    """Return the typer option of one filter, such as --model; it may be given several times."""
    what = "session, by name or id" if name == "session" else name
    return typer.Option(
        f"--{name}", metavar="NAME", help=f"Only this {what}; * stands for any text.", show_default=False
    )


Models = Annotated[list[str] | None, filter_option("model")]
Providers = Annotated[list[str] | None, filter_option("provider")]
Sessions = Annotated[list[str] | None, filter_option("session")]
Sources = Annotated[list[str] | None, filter_option("source")]
Projects = Annotated[list[str] | None, filter_option("project")]
Agents = Annotated[list[str] | None, filter_option("agent")]
Clients = Annotated[list[str] | None, filter_option("client")]
Tags = Annotated[
    list[str] | None,
    typer.Option("--tag", metavar="KEY=VALUE", help="Only calls with this tag.", show_default=False),
]
