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
    "serve": Entry("tokencli.cli.serve", "Forward calls to providers, and count each of them."),
    "run": Entry("tokencli.cli.run", "Start a client so that its calls are counted, and sum them up."),
    "connect": Entry("tokencli.cli.connect", "Point a client at tokencli for good, in its own file."),
    "disconnect": Entry("tokencli.cli.disconnect", "Bring that file back to what it was."),
    "ingest": Entry("tokencli.cli.ingest", "Read logs into the ledger; the same log twice adds nothing."),
    "report": Entry("tokencli.cli.report", "Show the tokens and the cost of a period, by what you like."),
    "check-db": Entry("tokencli.cli.check_db", "Check whether the figures can be trusted, and say why not."),
    "doctor": Entry("tokencli.cli.doctor", "See whether all is in place, and what to do where not."),
    "explain": Entry("tokencli.cli.explain", "Show the sum of one call, and where each figure comes from."),
    "reprice": Entry("tokencli.cli.reprice", "Price calls anew: a look first, changes with --apply."),
    "reconcile": Entry("tokencli.cli.reconcile", "Compare an invoice or a usage export with the ledger."),
    "status": Entry("tokencli.cli.status", "Show in one line what it costs and how full the context is."),
    "top": Entry("tokencli.cli.top", "Watch calls, sessions and costs live in the terminal."),
    "session": Entry("tokencli.cli.session", "Begin, switch and look at sessions, and what each used."),
    "prices": Entry("tokencli.cli.prices", "Look up, list and compare the prices behind the sums."),
    "models": Entry("tokencli.cli.models", "List the models of config.toml: context, abilities, prices."),
    "providers": Entry("tokencli.cli.providers", "List where calls can go, and for whom there is a key."),
    "config": Entry("tokencli.cli.config", "Begin, check and show the configuration, and find its file."),
    "db": Entry("tokencli.cli.db", "Look after the ledger: info, upgrade, backup, restore."),
}

OPTIONS = {
    "--db URL|PATH": "The ledger; else TOKENCLI_DB, else your data directory's.",
    "--config PATH": "The config file; else TOKENCLI_CONFIG, ./config.toml, yours.",
    "--tz ZONE": "The zone of dates read and shown: Europe/Paris, UTC, local.",
    "--json": "Print JSON instead of a table.",
    "--no-color": "Print without colors, as NO_COLOR=1 does.",
    "--version": "Show the version and exit.",
    "-h, --help": "Show this message and exit.",
}

COMPLETION = {
    "--install-completion": "Install completion for the current shell.",
    "--show-completion": "Show that completion, to copy or adapt it.",
}

EXAMPLES = (
    "tokencli demo",
    "tokencli ingest backend.log",
    "tokencli report --period week --by model",
    "tokencli report --period month --html month.html --open",
    "tokencli explain --last",
)


_CLOSING = """\
'tokencli COMMAND --help' says more about a command. TOKENCLI_HOME moves the
ledger and the config together; TOKENCLI_DEBUG=1 shows tracebacks."""


def help_text() -> str:
    """Return the whole front page, at most 79 columns wide, without a line end."""
    commands = {name: entry.summary for name, entry in COMMANDS.items()}
    blocks = (
        "Usage: tokencli [OPTIONS] COMMAND [ARGS]...",
        f"  {SUMMARY}",
        _listed("Commands", commands, 10),
        _listed("Options, before or after the command", OPTIONS, 14),
        _listed("Options of tokencli alone", COMPLETION, 20),
        "\n".join(("Examples:", *(f"  {line}" for line in EXAMPLES))),
        _CLOSING,
    )
    return "\n\n".join(blocks)


def _listed(title: str, entries: dict[str, str], width: int) -> str:
    return "\n".join((f"{title}:", *(f"  {name:<{width}}  {text}" for name, text in entries.items())))
