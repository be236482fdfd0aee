"""`tokencli session`: begin, switch, look at and export the pieces of work that calls belong to."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tokencli.cli import wiring
from tokencli.cli.globals import Globals, from_environment
from tokencli.cli.options import command_app, examples, given
from tokencli.domain.errors import TokencliError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tokencli.domain.session import Session
    from tokencli.services.sessions import SessionView
    from tokencli.store.database import Connection

app = command_app(no_args_is_help=True)
_FORMATS = ("csv", "json")


class UnknownFormatError(UsageError):
    """A format that sessions are not exported in."""

    def __init__(self, name: str) -> None:
        """Name it and the right ones."""
        super().__init__(f"sessions are not exported as {name!r}: say --format csv or --format json.")


def complete_session(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the names of open sessions that begin as the word does; none where there is no ledger to ask."""
    from tokencli.store import sessions

    try:
        with wiring.reading_ledger(_completing(ctx)) as database:
            found = sessions.sessions(database.connection)
    except TokencliError:
        return []
    return [one.name for one in found if one.ended_at is None and one.name.startswith(incomplete)]


def complete_model(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the keys of config.toml's models that begin as the word does."""
    return [key for key in _settings_keys(ctx, "models") if key.startswith(incomplete)]


def complete_provider(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the names of config.toml's providers that begin as the word does."""
    return [name for name in _settings_keys(ctx, "providers") if name.startswith(incomplete)]


Name = Annotated[
    str,
    typer.Argument(metavar="NAME", help="A session's name or id.", show_default=False, autocompletion=complete_session),
]
NameOrActive = Annotated[
    str | None,
    typer.Argument(
        metavar="NAME",
        help="A session's name or id. Default: the active one.",
        show_default=False,
        autocompletion=complete_session,
    ),
]


@app.callback()
def session() -> None:
    """Begin, switch and look at sessions: the pieces of work that calls through the proxy belong to."""


@app.command(
    epilog=examples(
        "tokencli session new --model mistral/mistral-large-2411",
        "tokencli session new --provider groq --name night-run",
        "tokencli session new",
    )
)
def new(
    ctx: typer.Context,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            metavar="KEY",
            help="A key of config.toml, or a provider's own name for a model.",
            show_default=False,
            autocompletion=complete_model,
        ),
    ] = None,
    provider: Annotated[
        str | None,
        typer.Option(
            "--provider",
            metavar="NAME",
            help="The provider that calls go to.",
            show_default=False,
            autocompletion=complete_provider,
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(
            "--name",
            metavar="TEXT",
            help="1 to 64 letters, digits, '.', '_', '~', '-'. Default: the model's name.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Begin a session and make it the active one.

    Calls that name neither a session nor a model go to the active session's model.
    """
    from tokencli.render import session_text
    from tokencli.services.sessions import Wish, begin, check

    options = given(ctx)
    settings = wiring.settings_of(options)
    wish = Wish(name=name, provider=provider, model=model)
    check(settings, wish)
    _change(
        options,
        lambda connection: begin(connection, settings, wish, now=wiring.now()),
        lambda view, _: session_text.begun_words(view),
        create=True,
    )


@app.command(
    name="list", epilog=examples("tokencli session list", "tokencli session list --all", "tokencli session list --json")
)
def list_(
    ctx: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Also those that have ended.")] = False,
) -> None:
    """List the sessions with what they used, the newest first."""
    from tokencli.cli import session_list

    session_list.run(given(ctx), session_list.Order(all=everything))


@app.command(
    epilog=examples("tokencli session show", "tokencli session show night-run", "tokencli session show --json")
)
def show(ctx: typer.Context, name: NameOrActive = None) -> None:
    """Show one session: its tokens, how full its context is, what it cost."""
    from tokencli.cli import session_show

    session_show.run(given(ctx), session_show.Order(name=name))


@app.command(epilog=examples("tokencli session switch night-run"))
def switch(ctx: typer.Context, name: Name) -> None:
    """Make a session the active one: calls that name no session go to it from now on, in a running proxy too."""
    from tokencli.render.session_text import switched_words
    from tokencli.services import sessions

    _change(
        given(ctx),
        lambda connection: sessions.switch(connection, name),
        lambda view, _: switched_words(view.session),
    )


@app.command(epilog=examples("tokencli session rename mistral-large-2411 night-run"))
def rename(
    ctx: typer.Context,
    old: Annotated[
        str,
        typer.Argument(
            metavar="OLD", help="The session's name or id.", show_default=False, autocompletion=complete_session
        ),
    ],
    name: Annotated[str, typer.Argument(metavar="NEW", help="Its new name.", show_default=False)],
) -> None:
    """Give a session another name; its calls stay with it."""
    from tokencli.render.session_text import renamed_words
    from tokencli.services import sessions

    _change(
        given(ctx),
        lambda connection: sessions.rename(connection, old, name),
        lambda view, _: renamed_words(view.session, old),
    )


@app.command(epilog=examples("tokencli session end", "tokencli session end night-run"))
def end(ctx: typer.Context, name: NameOrActive = None) -> None:
    """End a session: it takes no more calls. Its figures stay."""
    from tokencli.render.session_text import ended_words
    from tokencli.services import sessions

    _change(
        given(ctx),
        lambda connection: sessions.end(connection, name, now=wiring.now()),
        lambda view, active: ended_words(view.session, active),
    )


@app.command(
    epilog=examples(
        "tokencli session export",
        "tokencli session export night-run -o night-run.csv",
        "tokencli session export night-run --format json -o night-run.json",
    )
)
def export(
    ctx: typer.Context,
    name: NameOrActive = None,
    kind: Annotated[
        str | None,
        typer.Option("--format", metavar="csv|json", help="Default: csv; json with --json.", show_default=False),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="PATH", help="Write to this file. Default: print.", show_default=False),
    ] = None,
) -> None:
    """Export a session call by call, as CSV or JSON. Prompts are not stored, so the Preview column stays empty."""
    options = given(ctx)
    chosen = kind or ("json" if options.is_json else "csv")
    if chosen not in _FORMATS:
        raise UnknownFormatError(chosen)
    text = _exported(options, name, chosen)
    if output is None or output == "-":
        sys.stdout.write(text)
        return
    from tokencli.render.page_file import write_whole

    write_whole(Path(output).expanduser(), text)


def _exported(options: Globals, name: str | None, kind: str) -> str:
    from tokencli.render.session_text import export_json
    from tokencli.services import session_export

    settings = wiring.settings_of(options)
    zone = wiring.zone_name(options, settings)
    with wiring.reading_ledger(options) as database, database.reading() as connection:
        if kind == "csv":
            return session_export.session_csv(connection, settings, name, zone=zone)
        return export_json(session_export.session_document(connection, settings, name, zone=zone))


def _change(
    options: Globals,
    change: "Callable[[Connection], Session]",
    words: "Callable[[SessionView, Session | None], str]",
    *,
    create: bool = False,
) -> None:
    """Change a session in one transaction, and tell of it in words or as its JSON.

    Only a new session makes a ledger where there is none.
    """
    from tokencli.render.session_text import session_json
    from tokencli.services.sessions import view_of
    from tokencli.store.sessions import active

    settings = wiring.settings_of(options)
    with wiring.writing_ledger(options, create=create) as database:
        with database.transaction() as connection:
            changed = change(connection)
        with database.reading() as connection:
            view, current = view_of(connection, settings, changed.id), active(connection)
    zone = wiring.zone_name(options, settings)
    _say(session_json(view, zone=zone) if options.is_json else words(view, current))


def _settings_keys(ctx: typer.Context, section: str) -> list[str]:
    from tokencli.config.settings import load_settings

    try:
        settings = load_settings(wiring.places_of(_completing(ctx)).config_file)
    except TokencliError:
        return []
    return list(getattr(settings, section))


def _completing(ctx: typer.Context) -> Globals:
    """Return the global options of a command line that is being completed."""
    return ctx.find_object(Globals) or from_environment()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
