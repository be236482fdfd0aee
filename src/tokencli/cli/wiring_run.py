"""Everything that `run` is made of, put together: the proxy, the session, the client, and the summary."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tokencli.cli import wiring
from tokencli.cli.errors import say
from tokencli.cli.own_proxy import keyed_of, own_proxy
from tokencli.cli.plugins import environ_of_user
from tokencli.cli.wiring_proxy import running_proxy, usual_url
from tokencli.clients.client import Ground, Model
from tokencli.clients.registry import client_of
from tokencli.domain.errors import TokencliError
from tokencli.render.page_file import write_whole
from tokencli.render.run_view import other_proxy_words, start_words, summary_json, summary_text
from tokencli.services.run_child import attended, found_program
from tokencli.services.run_session import RunSession, session_of_run, word_of
from tokencli.services.run_setup import set_up, texts_of
from tokencli.services.run_summary import RunEnd, summary_of
from tokencli.services.session_choice import check_name
from tokencli.services.sessions import end
from tokencli.store.place import path_of
from tokencli.store.runs import is_alive

if TYPE_CHECKING:
    from collections.abc import Generator

    from tokencli.cli.globals import Globals
    from tokencli.config.values import Settings
    from tokencli.services.run_summary import RunSummary


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the options say; `command` is the client and its arguments, `summary` a file for JSON."""

    command: tuple[str, ...]
    session: str | None = None
    summary: str | None = None
    is_quiet: bool = False


@dataclass(frozen=True, slots=True)
class _Door:
    """The proxy of a run; `instance_id` is that of one which ran before, None where it was started for this run."""

    base_url: str
    keyed: frozenset[str]
    token: str | None = field(default=None, repr=False)
    instance_id: str | None = None


def run_client(given: Globals, wish: Wish) -> int:
    """Run a client to its end, tell what it used, and return its exit code.

    Raises:
        TokencliError: the client was not started.
    """
    path = found_program(wish.command[0], os.environ)
    settings = wiring.settings_of(given)
    if wish.session is not None:
        check_name(wish.session)
    ours, ended = _run(given, settings, wish, path)
    with suppress(OSError):  # the terminal was closed: there is nobody to tell
        try:
            _tell(given, wish, _summary(given, settings, ours, ended))
        except TokencliError as error:
            say(str(error))
    return ended.exit_code


def _run(given: Globals, settings: Settings, wish: Wish, path: str) -> tuple[RunSession, RunEnd]:
    program, *arguments = wish.command
    client = client_of(program)
    with ExitStack() as stack:
        door = stack.enter_context(_door(given, settings, wish))
        ours = _session(given, settings, wish)
        stack.callback(_leave, given, ours)
        home = Path.home()
        ground = Ground(
            base=f"{door.base_url}/s/{ours.session.name}",
            usual=usual_url(settings),
            environ=environ_of_user(os.environ),
            home=home,
            folder=Path(stack.enter_context(TemporaryDirectory(prefix="tokencli-run-"))),
            arguments=tuple(arguments),
            keyed=door.keyed,
            providers=frozenset(settings.providers),
            models=_models(settings, door.keyed),
            texts=texts_of(client, os.environ, home),
            token=door.token,
        )
        setup = stack.enter_context(set_up(client, ground, program))
        if not wish.is_quiet:
            for sentence in (
                start_words(ours.session.name, door.base_url, is_own=door.instance_id is None),
                *setup.remarks,
            ):
                say(sentence)
        began = wiring.now()
        code = attended(path, setup.command, setup.environ)
        return ours, RunEnd(
            client=word_of(program),
            exit_code=code,
            began_at=began,
            ended_at=wiring.now(),
            is_proxy_gone=ours.is_own and _is_gone(given, door),
        )


@contextmanager
def _door(given: Globals, settings: Settings, wish: Wish) -> Generator[_Door]:
    """Find the proxy that runs, or start one; one that writes another ledger is of no use here."""
    found = running_proxy(given)
    if found is not None and found.is_same_ledger:
        keyed = keyed_of(found.ask("/api/providers")["providers"])
        door = _Door(found.base_url, _replaced(settings, keyed), found.token, found.instance_id)
        yield door
        if _is_gone(given, door):
            say(f"the proxy at {found.base_url} ended before this run did: calls after that reached nobody.")
        return
    if found is not None:
        say(other_proxy_words(found.base_url, is_shut=found.instance_id is None))
    name = f"{word_of(wish.command[0])}-{wiring.now():%Y%m%d-%H%M%S}-{os.getpid()}.log"
    log = wiring.places_of(given).cache_dir / "run" / name
    with own_proxy(given, os.environ, log, is_quiet=wish.is_quiet) as own:
        yield _Door(own.base_url, _replaced(settings, own.keyed))


def _is_gone(given: Globals, door: _Door) -> bool:
    """Say whether a proxy has ended; one that was started for a run ends with it."""
    return door.instance_id is None or not is_alive(path_of(given.ledger_place), door.instance_id)


def _replaced(settings: Settings, keyed: frozenset[str]) -> frozenset[str]:
    """Return the providers whose key takes the place of a client's."""
    return frozenset(name for name in keyed if name in settings.providers and settings.providers[name].set_key)


def _models(settings: Settings, keyed: frozenset[str]) -> tuple[Model, ...]:
    return tuple(Model(each.key, each.provider) for each in settings.models.values() if each.provider in keyed)


def _session(given: Globals, settings: Settings, wish: Wish) -> RunSession:
    zone, now = wiring.zone_name(given, settings), wiring.now()
    with wiring.writing_ledger(given) as database, database.transaction() as connection:
        return session_of_run(connection, wish.command[0], wish.session, now=now, zone=zone)


def _leave(given: Globals, ours: RunSession) -> None:
    """End a session that was the run's own; one that somebody ended already stays as it is."""
    if not ours.is_own:
        return
    try:
        with wiring.writing_ledger(given, create=False) as database, database.transaction() as connection:
            end(connection, ours.session.id, now=wiring.now())
    except TokencliError as error:
        say(str(error))


def _summary(given: Globals, settings: Settings, ours: RunSession, ended: RunEnd) -> RunSummary:
    with wiring.reading_ledger(given) as database, database.reading() as connection:
        return summary_of(connection, settings, ours.session.id, ended)


def _tell(given: Globals, wish: Wish, summary: RunSummary) -> None:
    if wish.summary is not None:
        write_whole(Path(wish.summary).expanduser(), summary_json(summary) + "\n")
    if not wish.is_quiet:
        # A client may have left its last line open, and nobody can see whether it has.
        gap = "\n" if sys.stderr.isatty() else ""
        sys.stderr.write(f"{gap}{summary_json(summary) if given.is_json else summary_text(summary)}\n")
