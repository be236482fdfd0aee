"""`tokencli demo`: the sample log through the whole program, in a ledger that is gone afterwards."""

import shlex
import sys
from contextlib import nullcontext, redirect_stdout
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import typer

from tokencli.cli.globals import Globals
from tokencli.cli.options import command_app, examples, given
from tokencli.domain.errors import ExitCode

if TYPE_CHECKING:
    from tokencli.services.demo import Step

app = command_app()
_PAGE = Path("reports", "tokencli-demo.html")


@app.command(epilog=examples("tokencli demo"))
def demo(ctx: typer.Context) -> None:
    """Take a sample log through the whole program and show its page.

    Each step is the command you would type. The ledger is a temporary one; what stays is one page in reports/.
    With --json, stdout holds the JSON of the other steps, one after the other.
    """
    from tokencli.render.demo_view import ending, step_heading
    from tokencli.render.terminal import make_console
    from tokencli.services.demo import steps
    from tokencli.services.sample import sample_log

    options = given(ctx)
    console = make_console(is_stderr=options.is_json, no_color=options.no_color)
    with TemporaryDirectory(prefix="tokencli-demo-") as directory, sample_log() as log:
        planned = steps(log, _PAGE)
        for number, step in enumerate(planned, 1):
            console.print(step_heading(number, len(planned), step.why, step.command), soft_wrap=True)
            is_page = number == len(planned)
            with redirect_stdout(sys.stderr) if is_page and options.is_json else nullcontext():
                _run(step, options, Path(directory, "demo.db"))
    console.print(ending(_activation()), markup=False, soft_wrap=True)


def _activation() -> str | None:
    script, here = Path(sys.prefix, "bin", "activate"), Path.cwd()
    if which("tokencli") is not None or not script.is_file():
        return None
    return shlex.quote(str(script.relative_to(here) if script.is_relative_to(here) else script))


def _run(step: "Step", options: Globals, ledger: Path) -> None:
    """Run a command with the built-in configuration and the demo's own ledger; end where it ends with an error."""
    from tokencli.cli.app import root_command
    from tokencli.config.places import BUILTIN

    own = ["--db", str(ledger), "--config", str(BUILTIN)]
    own += ["--json"] if options.is_json else []
    own += ["--no-color"] if options.no_color else []
    code = root_command().main([*step.arguments, *own], prog_name="tokencli", standalone_mode=False)
    if code and not (step.may_say_no and code == ExitCode.NO):
        raise typer.Exit(code)
