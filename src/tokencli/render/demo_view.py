"""What the demo says between its steps: what comes next, and the command that shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.text import Text

_ENDING = """
The ledger of this demo is gone again, and yours was not touched.
Open the page in a browser. Then try your own log, or those of your coding agents:
"""
_STEPS = (
    "tokencli ingest backend.log",
    "tokencli ingest --discover",
    "tokencli report --period month --by model",
)


def ending(activation: str | None) -> str:
    """Return the last lines; `activation` is the script that turns on `tokencli` in a shell that has not got it."""
    first = () if activation is None else (f". {activation}",)
    return "\n  ".join((_ENDING, *first, *_STEPS))


def step_heading(number: int, of: int, why: str, command: str) -> Text:
    """Return the lines above a step's output; print them without wrapping, so that the command can be copied."""
    from rich.text import Text

    return Text.assemble("\n", (f"{number}/{of}  {why}", "bold"), "\n", (f"$ {command}", "cyan"), "\n")
