"""Discovery: which clients keep logs on this machine, where, and what of it was passed over."""

from __future__ import annotations

import os
import re
from fnmatch import translate
from functools import lru_cache
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from tokencli.readers import agents
from tokencli.services.agent_files import AgentFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ABSENT: Final = "there is no such directory"
_ANY_DEPTH: Final = "**"
_DEEPEST: Final = 40
_SIGNS: Final = "*?["


class FoundPlace(NamedTuple):
    """One directory where a client may keep logs; `skipped` says why nothing of it is read, None when something is."""

    format: str
    root: Path
    files: tuple[AgentFile, ...] = ()
    skipped: str | None = None


def discover(environ: Mapping[str, str], home: Path) -> list[FoundPlace]:
    """Return where each client of the registry would keep its logs on this machine, and the files that are there.

    A client whose directories are looked for in several ways is found at each of them once.
    """
    found: dict[tuple[str, str], FoundPlace] = {}
    for number, agent in enumerate(agents.AGENTS):
        for root in agent.roots(environ, home):
            place = Path(os.path.realpath(root))
            look = _looked(number, place)
            known = found.get((agent.name, str(place)))
            if known is not None:
                files = tuple(dict.fromkeys((*known.files, *look.files)))
                look = look._replace(files=files, skipped=None if files else known.skipped)
            found[agent.name, str(place)] = look
    return list(found.values())


def files_of(places: Iterable[FoundPlace]) -> list[AgentFile]:
    """Return the files of some places, each once, for the first format that has it."""
    found: dict[str, AgentFile] = {}
    for place in places:
        for file in place.files:
            found.setdefault(str(file.path), file)
    return list(found.values())


def _looked(number: int, root: Path) -> FoundPlace:
    agent = agents.AGENTS[number]
    if not root.is_dir():
        return FoundPlace(agent.name, root, skipped=ABSENT)
    if not os.access(root, os.R_OK | os.X_OK):
        return FoundPlace(agent.name, root, skipped="it may not be read")
    paths = dict.fromkeys(path for pattern in agent.patterns for path in below(str(root), tuple(pattern.split("/"))))
    files = tuple(AgentFile(Path(path), number) for path in paths)
    return FoundPlace(agent.name, root, files, None if files else "it holds no logs")


def below(folder: str, pattern: tuple[str, ...], depth: int = 0) -> Iterator[str]:
    """Yield the files below a directory that fit a pattern, part by part; what may not be listed is passed over."""
    first, rest = pattern[0], pattern[1:]
    if first == _ANY_DEPTH:
        yield from _at_any_depth(folder, rest, depth)
    elif not any(sign in first for sign in _SIGNS):
        path = os.path.join(folder, first)  # noqa: PTH118 - a Path for each would be slow
        if rest:
            yield from below(path, rest, depth)
        elif os.path.isfile(path):  # noqa: PTH113 - as above
            yield path
    else:
        yield from _fitting(_listed(folder), _pattern(first), rest, depth)


def _at_any_depth(folder: str, rest: tuple[str, ...], depth: int) -> Iterator[str]:
    """Yield what fits the rest of a pattern in a directory and in all below it; each is listed once where it can be."""
    entries = _listed(folder)
    if len(rest) == 1 and any(sign in rest[0] for sign in _SIGNS):
        yield from _fitting(entries, _pattern(rest[0]), (), depth)
    else:
        yield from below(folder, rest, depth)
    for entry in entries if depth < _DEEPEST else ():
        if entry.is_dir(follow_symlinks=False):
            yield from _at_any_depth(entry.path, rest, depth + 1)


def _fitting(
    entries: Iterable[os.DirEntry[str]], name: re.Pattern[str], rest: tuple[str, ...], depth: int
) -> Iterator[str]:
    for entry in entries:
        if not name.match(entry.name):
            continue
        if rest and entry.is_dir():
            yield from below(entry.path, rest, depth)
        elif not rest and entry.is_file():
            yield entry.path


@lru_cache(maxsize=256)
def _pattern(part: str) -> re.Pattern[str]:
    return re.compile(translate(part))


_name = attrgetter("name")


def _listed(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=_name)
    except OSError:
        return []
