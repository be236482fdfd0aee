"""`tokencli run`: start a client already pointed at the proxy."""

import sys
from typing import Annotated

import typer

from tokencli.cli.options import command_app, examples, given
from tokencli.cli.session import complete_session

app = command_app()


@app.command(
    context_settings={"allow_interspersed_args": False},
    epilog=examples(
        "tokencli run -- claude",
        "tokencli run -- codex exec 'Say hello.'",
        "tokencli run --session night-run -- python my_agent.py",
        "tokencli run --summary used.json -- claude -p 'Say hello.'",
    ),
)
def run(
    ctx: typer.Context,
    command: Annotated[
        list[str], typer.Argument(metavar="-- CLIENT ARGS", help="The client, as you type it.", show_default=False)
    ],
    session: Annotated[
        str | None,
        typer.Option(
            "--session",
            metavar="NAME",
            help="File the calls under this session; it is made when it is not there. Default: one of the run's own.",
            show_default=False,
            autocompletion=complete_session,
        ),
    ] = None,
    summary: Annotated[
        str | None,
        typer.Option("--summary", metavar="FILE", help="Write the summary to this file, as JSON.", show_default=False),
    ] = None,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Say nothing at the start and at the end.")] = False,
) -> None:
    """Start a client so that its calls pass through tokencli, and sum them up when it ends.

    Known clients: claude, codex, gemini, kimi, opencode, qwen, aider, llm, cn. Any other program gets the variables
    that the providers' libraries read. No file of a client is changed, and its own keys and logins stay in force. A
    running 'tokencli serve' of the same ledger is used; else a proxy is started, and stopped at the end.

    The exit code is the client's, or 128 + n when signal n ended it; 127 when there is no such program. The summary
    goes to stderr, with --json as JSON.
    """
    from tokencli.cli.wiring_run import Wish, run_client

    wish = Wish(command=tuple(command), session=session, summary=summary, is_quiet=quiet)
    # Not typer.Exit: a client that was interrupted (130) is no interruption of tokencli.
    sys.exit(run_client(given(ctx), wish))
