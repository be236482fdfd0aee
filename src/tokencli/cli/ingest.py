"""`tokencli ingest`: logs in, and what became of each of their lines."""

from typing import Annotated

import typer

from tokencli.cli.ingest_words import Order, run
from tokencli.cli.options import command_app, examples, given

app = command_app()


@app.command(
    epilog=examples(
        "tokencli ingest --discover",
        "tokencli ingest --discover --follow",
        "tokencli ingest backend.log",
        "tokencli ingest /var/log/backend --tz Europe/Paris --project shop",
        "gcloud logging read ... --format=json | tokencli ingest -",
        "tokencli ingest old.log --date 2025-10-10 --dry-run",
        "tokencli ingest usage.csv --format csv --map input=prompt,output=completion,time=day",
    )
)
def ingest(
    ctx: typer.Context,
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="PATH", help="Files, directories, or - for standard input.")
    ] = None,
    log_format: Annotated[
        str, typer.Option("--format", metavar="NAME", help="auto, cost-line, or a client such as claude-code.")
    ] = "auto",
    mapping: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="WHAT=COLUMN,...",
            help="What the columns of a csv or jsonl tell; may be repeated.",
            show_default=False,
        ),
    ] = None,
    discover: Annotated[
        bool, typer.Option("--discover", help="Read what the clients on this machine have logged.")
    ] = False,
    follow: Annotated[bool, typer.Option("--follow", help="Go on reading what is added, until Ctrl-C.")] = False,
    date: Annotated[
        str | None,
        typer.Option("--date", metavar="DAY", help="The day of lines without a time of their own.", show_default=False),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would happen and keep nothing.")] = False,
    agent: Annotated[
        str | None, typer.Option("--agent", metavar="A", help="The agent of calls that name none.", show_default=False)
    ] = None,
    project: Annotated[
        str | None, typer.Option("--project", metavar="P", help="The project of all calls.", show_default=False)
    ] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option("--tag", metavar="K=V", help="A tag for all calls; may be repeated.", show_default=False),
    ] = None,
) -> None:
    """Read logs into the ledger: every call once, every line accounted for.

    Logs of clients (--discover finds them), of backends and of gateways; plain or packed (gz, bz2, xz, zst). A log
    that is read again, has grown, was rotated or copied adds only what is new. Times without an offset are read
    in --tz.
    """
    code = run(
        given(ctx),
        Order(
            paths=tuple(paths or ()),
            format=log_format,
            map=tuple(mapping or ()),
            discover=discover,
            follow=follow,
            date=date,
            dry_run=dry_run,
            agent=agent,
            project=project,
            tag=tuple(tag or ()),
        ),
    )
    if code:
        raise typer.Exit(code)
