"""What is kept of a client's file while it is connected: NAME.json and NAME.backup, in a folder of tokencli's.

The backup may hold keys: both are their owner's alone. The backup is there before the file is changed for the first
time, and until it is what it was.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from tokencli.clients.editing.splices import Where
from tokencli.services.whole_files import UnchangeableFileError, bytes_of, part_of, remove_file, replace_file

if TYPE_CHECKING:
    from pathlib import Path

    from tokencli.clients.editing.splices import Step

_OWNERS_FILE = 0o600


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What was done at one path: what we wrote there, what stood there before, and the tables that came with it."""

    path: tuple[Step, ...]
    ours: tuple[str, ...]
    was: str | None
    made: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is known of a file that was changed.

    `is_whole`: nobody else changed it between our own changes. `digests` are those of all that we wrote: after a kill
    the file may be any of them. `is_open_ended`: it had no line end at its end.
    """

    file: str
    is_new: bool
    is_whole: bool
    digests: tuple[str, ...]
    is_open_ended: bool = False
    changed: tuple[Changed, ...] = field(repr=False)


def digest(content: bytes) -> str:
    """Return what tells one content from another."""
    return sha256(content).hexdigest()


def backup_of(folder: Path, name: str) -> Path:
    """Return where the bytes from before are."""
    return folder / f"{name}.backup"


def record_of(folder: Path, name: str) -> Record | None:
    """Return what is known of a client's file, None when it is not connected; raise UnchangeableFileError."""
    place = folder / f"{name}.json"
    raw = bytes_of(place)
    if raw is None:
        return None
    try:
        told: dict[str, Any] = json.loads(raw)
        changed = tuple(
            Changed(path=tuple(map(_step, one["path"])), ours=tuple(one["ours"]), was=one["was"], made=one["made"])
            for one in told.pop("changed")
        )
        digests = tuple(told.pop("digests", None) or (told.pop("digest"),))
        return Record(**told, digests=digests, changed=changed)
    except (ValueError, TypeError, KeyError):
        raise UnchangeableFileError(place, "it is not what tokencli wrote.") from None


def keep(folder: Path, name: str, record: Record, backup: bytes | None) -> None:
    """Write what is known of a file, behind the backup; None leaves the backup that is there."""
    if backup is not None:
        replace_file(backup_of(folder, name), backup, _OWNERS_FILE)
    replace_file(folder / f"{name}.json", json.dumps(asdict(record), indent=2).encode(), _OWNERS_FILE)


def forget(folder: Path, name: str) -> None:
    """Remove what was kept, the backup last, and what a kill has left of either."""
    for file in (folder / f"{name}.json", backup_of(folder, name)):
        remove_file(file)
        remove_file(part_of(file))


def _step(kept: str | list[str]) -> Step:
    return kept if isinstance(kept, str) else Where(*kept)
