"""`tokencli status` as prompts and status bars call it: answered before the option parser is loaded.

It answers the usual case and nothing else. Help, completion, mistakes, unusual files and every error are left to the
full program, so that there is one answer to each of them.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime

from tokencli.cli.plain_places import config_file, ledger_file
from tokencli.cli.plain_words import plain_words
from tokencli.domain.days import local_zone_name, zone_named
from tokencli.domain.plain import NotPlainError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import tzinfo

    from tokencli.cli.plain_words import Given
    from tokencli.services.claude_session import ClaudeSession
    from tokencli.store.database import Connection

_COMMAND = "status"
_OPTIONS = {"--format": None, "--claude": False}
_INTERRUPTED = 130


def brief_answer(arguments: Sequence[str], environ: Mapping[str, str], now: datetime | None = None) -> str | None:
    """Return what `tokencli` prints for these arguments; None when the full program has to say it."""
    if _COMMAND not in arguments:
        return None
    try:
        return _line(_texts(plain_words(arguments, _COMMAND, _OPTIONS)), environ, now or datetime.now(tz=UTC))
    except (NotPlainError, OSError):
        return None


def show_brief(arguments: Sequence[str]) -> int | None:
    """Print the answer to the usual case of a status and return the exit code; None leaves all to the full program."""
    try:
        text = brief_answer(arguments, os.environ)
        if text is None:
            return None
        reconfigure = getattr(sys.stdout, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except OSError:
        return None
    except KeyboardInterrupt:
        from tokencli.cli.errors import say

        say("interrupted.")
        return _INTERRUPTED
    return 0


def _texts(found: Mapping[str, Given]) -> dict[str, str]:
    """Return the options with their values as texts; there is no line in JSON."""
    if "--json" in found:
        raise NotPlainError
    return {name: str(value) for name, value in found.items()}


def _line(options: Mapping[str, str], environ: Mapping[str, str], now: datetime) -> str:
    from tokencli.config.plain import plain_settings
    from tokencli.render.brief_line import CLAUDE, DEFAULT, brief_line, pieces_of
    from tokencli.services.brief import BriefStatus, brief_limits
    from tokencli.store.brief import asked_of_ledger

    template = options.get("--format", CLAUDE if "--claude" in options else DEFAULT)
    pieces_of(template)
    with open(config_file(options.get("--config") or environ.get("TOKENCLI_CONFIG"), environ), "rb") as file:  # noqa: PTH123 - see `domain.plain`
        settings = plain_settings(file.read())
    zone = _zone(options.get("--tz"), settings.time_zone)
    limits = brief_limits(settings, environ)
    ledger = ledger_file(options.get("--db") or environ.get("TOKENCLI_DB"), environ)
    session = _claude_session() if "--claude" in options else None

    def ask(connection: Connection) -> str:
        found = BriefStatus(connection, settings, limits, now, zone)
        if session is not None:
            found.show_session(session)
        return brief_line(found, template)

    return asked_of_ledger(ledger, ask)


def _claude_session() -> ClaudeSession:
    from tokencli.cli.claude_input import claude_input

    return claude_input()


def _zone(asked: str | None, configured: str | None) -> tzinfo:
    for name in (configured, asked):
        if name not in {None, "local"} and zone_named(str(name)) is None:
            raise NotPlainError
    name = asked or configured or "local"
    zone = zone_named(local_zone_name() if name == "local" else name)
    if zone is None:
        raise NotPlainError
    return zone
