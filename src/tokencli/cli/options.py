"""The options that several commands share, and what they come to: `Globals`.

Global options need no declaration in a command: `app.py` adds them to each one, before and after the command's
name, and the later one wins. A command reads them with `given(ctx)`.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from tokencli.cli.front import OPTIONS
from tokencli.domain.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Globals:
    """What the global options and the environment say; None where neither says anything.

    `db` is a path or a URL as the user wrote it; `zone` a name of the time zone database or None for local.
    """

    db: str | None = None
    config: str | None = None
    zone: str | None = None
    is_json: bool = False
    no_color: bool = False

    @property
    def ledger_place(self) -> str:
        """Return the ledger that was named, else ledger.db in the data directory."""
        return self.db or str(data_directory() / "ledger.db")

    @property
    def zone_name(self) -> str:
        """Return the zone that was named, else the machine's own; "local" is the machine's own."""
        from tokencli.domain.days import local_zone_name

        return local_zone_name() if self.zone in {None, "", "local"} else str(self.zone)


def from_environment() -> Globals:
    """Return what TOKENCLI_DB, TOKENCLI_CONFIG and NO_COLOR say."""
    return Globals(
        db=os.environ.get("TOKENCLI_DB") or None,
        config=os.environ.get("TOKENCLI_CONFIG") or None,
        no_color=bool(os.environ.get("NO_COLOR")),
    )


def given(ctx: typer.Context) -> Globals:
    """Return the global options of this call: after the command, else before it, else the environment's."""
    return ctx.find_object(Globals) or from_environment()


def data_directory() -> Path:
    """Return where the ledger lives: TOKENCLI_HOME, else the user's data directory. It may not exist yet."""
    if home := os.environ.get("TOKENCLI_HOME"):
        return Path(home).expanduser()
    from platformdirs import user_data_path

    return user_data_path("tokencli", appauthor=False)


def config_directory() -> Path:
    """Return where the user's config.toml lives: TOKENCLI_HOME, else the user's config directory."""
    if home := os.environ.get("TOKENCLI_HOME"):
        return Path(home).expanduser()
    from platformdirs import user_config_path

    return user_config_path("tokencli", appauthor=False)


def _keep(name: str) -> Callable[..., None]:
    """Return a callback that keeps an option's value in the context, over what an outer command was given."""

    def keep(ctx: typer.Context, value: Any) -> None:
        if value:
            ctx.obj = replace(given(ctx), **{name: value})

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


class BadTagError(UsageError):
    """A --tag that is not KEY=VALUE."""

    def __init__(self, text: str) -> None:
        """Show it and the right form."""
        super().__init__(f"the tag {text!r} is not of the form KEY=VALUE: write for example --tag team=search.")


def tag_pairs(texts: list[str] | None) -> dict[str, str]:
    """Return the tags of some --tag options, key by key; raise BadTagError for one that is not KEY=VALUE."""
    pairs: dict[str, str] = {}
    for text in texts or ():
        key, sign, value = text.partition("=")
        if not (key and sign):
            raise BadTagError(text)
        pairs[key] = value
    return pairs


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
