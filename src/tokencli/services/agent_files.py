"""Clients' files as they are found: which format each has, and by what the system knows it again."""

from __future__ import annotations

from stat import S_ISREG
from typing import TYPE_CHECKING, Final, NamedTuple

from tokencli.readers import agents

if TYPE_CHECKING:
    from pathlib import Path

    from tokencli.readers.agent_log import Agent

SMALL_BYTES: Final = 12 << 20
"""So much to read is not worth a process of its own."""
_WAL: Final = "-wal"


class Facts(NamedTuple):
    """By what the system knows a file again, without opening it."""

    device: int
    inode: int
    size: int
    mtime_ns: int


STREAM: Final = Facts(0, 0, 0, 0)
"""What is known of standard input or a pipe: nothing, and nothing of it is remembered."""


class AgentFile(NamedTuple):
    """A file of a client: its path, and the number of its format in the registry."""

    path: Path
    agent: int

    @property
    def format(self) -> Agent:
        """Return its entry in the registry."""
        return agents.AGENTS[self.agent]


def facts_of(file: AgentFile) -> Facts:
    """Return what the system tells of a file, of a database with its log of changes; raise UnreadableFileError."""
    if str(file.path) == agents.STANDARD_INPUT:
        return STREAM
    try:
        stat = file.path.stat()
    except OSError as error:
        from tokencli.readers.content import UnreadableFileError

        raise UnreadableFileError(file.path, error) from None
    if not S_ISREG(stat.st_mode):
        return STREAM
    size, changed_at = stat.st_size, stat.st_mtime_ns
    if file.format.rows is not None:
        try:
            more = file.path.with_name(f"{file.path.name}{_WAL}").stat()
        except FileNotFoundError:
            pass
        else:
            size, changed_at = size + more.st_size, max(changed_at, more.st_mtime_ns)
    return Facts(stat.st_dev, stat.st_ino, size, changed_at)
