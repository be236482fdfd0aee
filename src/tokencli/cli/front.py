"""The front page: what `tokencli --help` says, from tables that need no import.

It is shown without loading the option parser, which costs ten times as much as starting Python. The same
tables feed the parser, so the two cannot drift apart; a test holds that no option and no command is left out.
"""

from __future__ import annotations

from typing import NamedTuple

SUMMARY = "Where your LLM tokens and money go: exact, explainable, local."


class Entry(NamedTuple):
    """One command: the module that holds its `app`, and one line on what it is for."""

    module: str
    summary: str


COMMANDS = {
    "demo": Entry("tokencli.cli.demo", "Take a sample log through the whole program and show its page."),
    "ingest": Entry("tokencli.cli.ingest", "Read logs into the ledger; the same log twice adds nothing."),
    "report": Entry("tokencli.cli.report", "Show the tokens and the cost of a period, by what you like."),
    "explain": Entry("tokencli.cli.explain", "Show the sum of one call, and where each figure comes from."),
    "prices": Entry("tokencli.cli.prices", "Look up, list and compare the prices behind the sums."),
    "db": Entry("tokencli.cli.db", "Look after the ledger: info, upgrade, backup, restore."),
}

OPTIONS = {
    "--db URL|PATH": "The ledger. Else TOKENCLI_DB, else ledger.db in the user's data directory.",
    "--config PATH": "The config file. Else TOKENCLI_CONFIG, ./config.toml, the user's, the built-in one.",
    "--tz ZONE": "The time zone of dates that are read or shown, such as Europe/Paris. Default: local.",
    "--json": "Print JSON instead of a table.",
    "--no-color": "Print without colors. NO_COLOR does the same.",
    "--version": "Show the version and exit.",
    "-h, --help": "Show this message and exit.",
}

COMPLETION = {
    "--install-completion": "Install completion for the current shell.",
    "--show-completion": "Show completion for the current shell, to copy or adapt it.",
}

EXAMPLES = (
    "tokencli demo",
    "tokencli ingest backend.log",
    "tokencli report --period week --by model",
    "tokencli report --period month --html month.html --open",
    "tokencli explain --last",
)


_CLOSING = """\
'tokencli COMMAND --help' says more about a command.
TOKENCLI_HOME moves the ledger and the config together; TOKENCLI_DEBUG=1 shows tracebacks."""


def help_text() -> str:
    """Return the whole front page, at most 99 columns wide, without a line end."""
    commands = {name: entry.summary for name, entry in COMMANDS.items()}
    blocks = (
        "Usage: tokencli [OPTIONS] COMMAND [ARGS]...",
        f"  {SUMMARY}",
        _listed("Commands", commands, 8),
        _listed("Options, before or after the command", OPTIONS, 14),
        _listed("Options of tokencli alone", COMPLETION, 20),
        "\n".join(("Examples:", *(f"  {line}" for line in EXAMPLES))),
        _CLOSING,
    )
    return "\n\n".join(blocks)


def _listed(title: str, entries: dict[str, str], width: int) -> str:
    return "\n".join((f"{title}:", *(f"  {name:<{width}}  {text}" for name, text in entries.items())))
