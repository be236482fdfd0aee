"""`tokencli doctor`: whether everything is in place, on one screen, and where not, what to do."""

import sys
from typing import Annotated

import typer

from tokencli.cli.options import command_app, examples, given
from tokencli.domain.errors import ExitCode
from tokencli.domain.finding import Verdict

app = command_app()


@app.command(epilog=examples("tokencli doctor", "tokencli doctor --offline", "tokencli doctor --json"))
def doctor(
    ctx: typer.Context,
    offline: Annotated[bool, typer.Option("--offline", help="Ask no provider.")] = False,
) -> None:
    """Look at everything at once: configuration, proxy, providers, ledger, clients; and name the next step.

    Each provider is asked for its list of models, which costs nothing, with its key sent to its own address alone.
    Exits with 1 when there is a problem.
    """
    from tokencli.cli.wiring_doctor import look
    from tokencli.domain.checkup import verdict_of_lines
    from tokencli.render.checkup_view import Screen, asking_progress, checkup_json

    options = given(ctx)
    with asking_progress(enabled=not offline) as heard:
        lines = look(options, is_offline=offline, heard=heard)
    if options.is_json:
        sys.stdout.write(checkup_json(lines) + "\n")
    else:
        from tokencli.render.terminal import make_console

        make_console(no_color=options.no_color).print(Screen(lines))
    if verdict_of_lines(lines) is Verdict.PROBLEM:
        raise typer.Exit(ExitCode.NO)
