"""`tokencli report`: the tokens and the cost of a period, as a table, as data or as a page."""

from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from tokencli.cli.options import (
    Agents,
    By,
    Clients,
    Models,
    PeriodName,
    Projects,
    Providers,
    Sessions,
    Since,
    Sources,
    Tags,
    Until,
    command_app,
    examples,
    given,
)
from tokencli.cli.report_run import PAGES, Order, run

app = command_app()


class ReportCommand(TyperCommand):
    """The command whose --html may stand without a path."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments; --html without a path means the reports/ directory."""
        filled: list[str] = []
        for index, word in enumerate(args):
            filled.append(word)
            if word == "--html" and (index + 1 == len(args) or args[index + 1].startswith("-")):
                filled.append(PAGES)
        return super().parse_args(ctx, filled)


@app.command(
    cls=ReportCommand,
    epilog=examples(
        "tokencli report",
        "tokencli report --period week --by model",
        "tokencli report --period 2026-11 --by provider,model --json",
        "tokencli report --since 2026-11-01 --until 2026-11-15 --agent nexus --csv",
        "tokencli report --period month --html month.html --open",
        "tokencli report --period 2026-10 --as-of 2026-11-05",
        "tokencli report --estimates --period month",
    ),
)
def report(
    ctx: typer.Context,
    period: PeriodName = None,
    since: Since = None,
    until: Until = None,
    by: By = None,
    model: Models = None,
    provider: Providers = None,
    session: Sessions = None,
    source: Sources = None,
    project: Projects = None,
    agent: Agents = None,
    client: Clients = None,
    tag: Tags = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print a Markdown table.")] = False,
    html: Annotated[
        str | None,
        typer.Option(
            "--html", metavar="[PATH]", help="Write a self-contained page, to reports/ unless told.", show_default=False
        ),
    ] = None,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in the browser; implies --html.")] = False,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            metavar="DATE",
            help="As it was believed then: the calls and charges known at the end of that day, or at that time.",
            show_default=False,
        ),
    ] = None,
    estimates: Annotated[
        bool, typer.Option("--estimates", help="Show how far off the proxy's estimates were, instead of sums.")
    ] = False,
) -> None:
    """Show the tokens and the cost of a period, by what you like. Without a period: the last 7 days.

    A cost with >= is a lower bound: the sentences under the table say what it leaves out.
    """
    run(
        given(ctx),
        Order(
            period=period,
            since=since,
            until=until,
            by=by,
            model=tuple(model or ()),
            provider=tuple(provider or ()),
            session=tuple(session or ()),
            source=tuple(source or ()),
            project=tuple(project or ()),
            agent=tuple(agent or ()),
            client=tuple(client or ()),
            tag=tuple(tag or ()),
            csv=as_csv,
            markdown=as_markdown,
            html=html,
            open=open_page,
            as_of=as_of,
            estimates=estimates,
        ),
    )
