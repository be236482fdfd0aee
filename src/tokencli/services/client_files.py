"""A client's own file, changed and brought back: a backup, then what was changed, then the file, so no kill loses any.

What is kept lies in a folder of tokencli's: NAME.json and NAME.backup. The backup may hold keys: it is its owner's.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field, replace
from difflib import unified_diff
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from tokencli.clients.editing import dotenv, jsonc, toml
from tokencli.clients.editing.splices import ABSENT, UneditableError, Where, shown, value_at
from tokencli.domain.errors import InputError, UnwritableFileError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tokencli.clients.client import Setting
    from tokencli.clients.editing.splices import Step

_BOM = "\ufeff"
_OWNERS_FILE = 0o600
_OWNERS_FOLDER = 0o700


class UnchangeableFileError(InputError):
    """A client's file that cannot be read or changed; it is as it was."""

    def __init__(self, file: Path, why: str) -> None:
        """Name it and the reason."""
        super().__init__(f"{file} is left as it is: {why}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Changed:
    """What was done at one path: what we wrote there, what stood there before, and the tables that came with it."""

    path: tuple[Step, ...]
    ours: tuple[str, ...]
    was: str | None
    made: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """What is known of a file that was changed; `is_whole`: nobody else changed it between our own changes."""

    file: str
    is_new: bool
    is_whole: bool
    digest: str
    changed: tuple[_Changed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A change that is not made yet; `file` is what a link leads to. Nothing is to be done when `before` is `after`."""

    file: Path
    before: bytes | None = field(repr=False)
    after: bytes = field(repr=False)
    changed: tuple[_Changed, ...] = field(repr=False)

    @property
    def is_needed(self) -> bool:
        """Say whether the file would be another."""
        return self.before != self.after

    def diff(self) -> str:
        """Return what would change, as a unified diff; empty when nothing would."""
        before, after = (self.before or b"").decode(), self.after.decode()
        name = str(self.file)
        return "\n".join(unified_diff(before.split("\n"), after.split("\n"), name, name, lineterm=""))


class Undone(NamedTuple):
    """How a file was brought back; `left` are the settings that somebody else has changed since."""

    file: Path
    is_exact: bool
    is_removed: bool = False
    left: tuple[str, ...] = ()


class _Format(Protocol):
    def load(self, text: str, /) -> Any: ...
    def source_at(self, text: str, path: Any, /) -> str | None: ...
    def put(self, text: str, path: Any, value: Any, source: str | None = None, /) -> str: ...
    def drop(self, text: str, path: Any, /) -> str: ...


def planned(file: Path, settings: Sequence[Setting]) -> Plan:
    """Return what a file becomes with some settings; nothing is written.

    Raises:
        UnchangeableFileError: it cannot be read, or not be changed at these places alone.
    """
    target = file.resolve()
    before = _bytes_of(target)
    try:
        bom, text = _text_of(before or b"")
        changed: list[_Changed] = []
        for setting in settings:
            text, done = _put(_format_of(target), text, setting)
            changed.append(done)
    except (UneditableError, UnicodeDecodeError) as error:
        raise UnchangeableFileError(target, str(error)) from None
    return Plan(file=target, before=before, after=(bom + text).encode(), changed=tuple(changed))


def carry_out(plan: Plan, folder: Path, name: str) -> None:
    """Make a planned change: the backup first, then what is known of it, then the file.

    Raises:
        UnwritableFileError: a file cannot be written.
    """
    earlier = _kept(folder, name)
    if earlier is not None and earlier.file != str(plan.file):
        raise UnchangeableFileError(plan.file, f"{name} is connected by {earlier.file}: disconnect it first.")
    kept = _Kept(
        file=str(plan.file),
        is_new=plan.before is None,
        is_whole=True,
        digest=_digest(plan.after),
        changed=plan.changed,
    )
    if earlier is not None:
        is_whole = earlier.is_whole and earlier.digest == _digest(plan.before or b"")
        kept = replace(kept, is_new=earlier.is_new, is_whole=is_whole, changed=_joined(earlier, plan.changed))
    if earlier is None:
        _write(folder / f"{name}.backup", plan.before or b"", _OWNERS_FILE)
    _write(folder / f"{name}.json", json.dumps(asdict(kept), indent=2).encode(), _OWNERS_FILE)
    _write(plan.file, plan.after, _OWNERS_FILE if plan.before is None else plan.file.stat().st_mode & 0o7777)


def undo(folder: Path, name: str) -> Undone | None:
    """Bring a file back to what it was, or take out what is ours alone; None when nothing was changed.

    Raises:
        UnchangeableFileError: it cannot be read any more.
        UnwritableFileError: it cannot be written.
    """
    kept = _kept(folder, name)
    if kept is None:
        return None
    file = Path(kept.file)
    present, backup = _bytes_of(file), _bytes_of(folder / f"{name}.backup")
    left: tuple[str, ...] = ()
    is_exact = present == backup or (kept.is_whole and present is not None and _digest(present) == kept.digest)
    after = backup if is_exact else present
    if present is not None and not is_exact:
        after, left = _taken_out(file, present, kept)
    is_removed = present is not None and kept.is_new and (after or b"").strip() in {b"", b"{}"}
    if is_removed:
        file.unlink()
    elif present is not None and after is not None and after != present:
        _write(file, after, file.stat().st_mode & 0o7777)
    (folder / f"{name}.json").unlink()
    (folder / f"{name}.backup").unlink(missing_ok=True)
    return Undone(file, is_exact, is_removed, left)


def _put(form: _Format, text: str, setting: Setting) -> tuple[str, _Changed]:
    values = form.load(text)
    was = form.source_at(text, setting.path)
    made = sum(value_at(values, setting.path[:depth]) is ABSENT for depth in range(1, len(setting.path)))
    if value_at(values, setting.path) != setting.value:
        text = form.put(text, setting.path, setting.value)
    ours = form.source_at(text, setting.path)
    return text, _Changed(path=setting.path, ours=(ours or "",), was=was, made=made)


def _taken_out(file: Path, present: bytes, kept: _Kept) -> tuple[bytes, tuple[str, ...]]:
    """Return a file without what is ours in it, and the names of the settings that are somebody else's by now."""
    form, left = _format_of(file), list[str]()
    try:
        bom, text = _text_of(present)
        for done in reversed(kept.changed):
            there = form.source_at(text, done.path)
            if there in done.ours:
                text = _restored(form, text, done)
            elif there != done.was:
                left.append(shown(done.path))
    except (UneditableError, UnicodeDecodeError) as error:
        raise UnchangeableFileError(file, str(error)) from None
    return (bom + text).encode(), tuple(reversed(left))


def _restored(form: _Format, text: str, done: _Changed) -> str:
    if done.was is not None:
        return form.put(text, done.path, "", done.was)
    text = form.drop(text, done.path)
    for depth in range(len(done.path) - 1, len(done.path) - 1 - done.made, -1):
        if value_at(form.load(text), done.path[:depth]) == {}:
            text = form.drop(text, done.path[:depth])
    return text


def _joined(earlier: _Kept, changed: tuple[_Changed, ...]) -> tuple[_Changed, ...]:
    """Return all that was changed, each with what stood there before the first time."""
    known = {done.path: done for done in earlier.changed}
    for done in changed:
        first = known.get(done.path)
        known[done.path] = done if first is None else replace(first, ours=(*first.ours, *done.ours))
    return tuple(known.values())


def _format_of(file: Path) -> _Format:
    if file.suffix == ".toml":
        return toml
    return jsonc if file.suffix in {".json", ".jsonc"} else dotenv


def _text_of(raw: bytes) -> tuple[str, str]:
    text = raw.decode()
    return (_BOM, text[1:]) if text.startswith(_BOM) else ("", text)


def _kept(folder: Path, name: str) -> _Kept | None:
    raw = _bytes_of(folder / f"{name}.json")
    if raw is None:
        return None
    try:
        told: dict[str, Any] = json.loads(raw)
        changed = tuple(
            _Changed(path=tuple(map(_step, one["path"])), ours=tuple(one["ours"]), was=one["was"], made=one["made"])
            for one in told.pop("changed")
        )
        return _Kept(**told, changed=changed)
    except (ValueError, TypeError, KeyError):
        raise UnchangeableFileError(folder / f"{name}.json", "it is not what tokencli wrote.") from None


def _step(kept: str | list[str]) -> Step:
    return kept if isinstance(kept, str) else Where(*kept)


def _bytes_of(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UnchangeableFileError(file, f"it cannot be read ({error.strerror}).") from None


def _write(file: Path, content: bytes, mode: int) -> None:
    """Write a file in one step, and to the disk."""
    new: Path | None = None
    try:
        file.parent.mkdir(mode=_OWNERS_FOLDER, parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}.", delete=False) as stream:
            new = Path(stream.name)
            stream.write(content)
            stream.flush()
            os.fchmod(stream.fileno(), mode)
            os.fsync(stream.fileno())
        new.replace(file)
    except OSError as error:
        if new is not None:
            new.unlink(missing_ok=True)
        raise UnwritableFileError(str(file), error.strerror or "unknown reason") from None


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()
