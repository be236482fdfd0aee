"""A client's own file, changed and brought back: a backup, then what was changed, then the file, so no kill loses any.

A change is planned, shown, and then carried out; so is the way back.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from tokencli.clients.editing import dotenv, jsonc, toml, yaml
from tokencli.clients.editing.splices import ABSENT, UneditableError, Where, shown, value_at
from tokencli.domain.errors import UnwritableFileError
from tokencli.services.client_records import Changed, Record, backup_of, digest, forget, keep, record_of
from tokencli.services.whole_files import UnchangeableFileError, bytes_of, part_of, remove_file, replace_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tokencli.clients.client import Setting
    from tokencli.clients.editing.splices import Step

_BOM = "\ufeff"
_ABSENT_NAME = "/dev/null"
_MOST_FILES = 2
_NOTHING = {b"", b"{}"}
_NO_TEXT = "it is not text in UTF-8."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """A change of one file that is not made yet: its bytes, None where there is no file."""

    file: Path
    before: bytes | None = field(repr=False)
    after: bytes | None = field(repr=False)

    @property
    def is_needed(self) -> bool:
        """Say whether the file would be another."""
        return self.before != self.after

    def diff(self) -> str:
        """Return what would change, as a unified diff; empty when nothing would."""
        old, new = (_ABSENT_NAME if each is None else str(self.file) for each in (self.before, self.after))
        return "\n".join(unified_diff(_lines_of(self.before), _lines_of(self.after), old, new, lineterm=""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan(_Change):
    """What a file becomes when its client is connected; `file` is what a link leads to."""

    changed: tuple[Changed, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WayBack(_Change):
    """What a file becomes again; `left` are the settings that somebody else has changed since."""

    is_exact: bool
    left: tuple[str, ...] = ()

    @property
    def is_removed(self) -> bool:
        """Say whether the file is removed, because nothing was there before."""
        return self.before is not None and self.after is None


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
    target = _target_of(file)
    before = bytes_of(target)
    try:
        bom, text = _text_of(before or b"")
        changed: list[Changed] = []
        for setting in settings:
            text, done = _put(format_of(target), text, setting)
            changed.append(done)
    except UneditableError as error:
        raise UnchangeableFileError(target, str(error)) from None
    except UnicodeDecodeError:
        raise UnchangeableFileError(target, _NO_TEXT) from None
    return Plan(file=target, before=before, after=(bom + text).encode(), changed=tuple(changed))


def _target_of(file: Path) -> Path:
    try:
        return file.resolve()
    except RuntimeError:
        raise UnchangeableFileError(file, "its links lead in a circle.") from None


def carry_out(plan: Plan, folder: Path, name: str) -> None:
    """Make a planned change: the backup first, then what is known of it, then the file.

    Raises:
        UnwritableFileError: a file cannot be written; what was not changed needs no way back.
    """
    earlier, before, after = record_of(folder, name), plan.before or b"", plan.after or b""
    record = Record(
        file=str(plan.file),
        is_new=plan.before is None,
        is_whole=True,
        digests=(digest(after),),
        is_open_ended=bool(before) and not before.endswith(b"\n"),
        changed=plan.changed,
    )
    if earlier is not None:
        known = (*earlier.digests, digest(bytes_of(backup_of(folder, name)) or b""))
        record = replace(
            earlier,
            is_whole=earlier.is_whole and digest(before) in known,
            digests=(*earlier.digests, digest(after)),
            changed=_joined(earlier, plan.changed),
        )
    keep(folder, name, record, before if earlier is None else None)
    try:
        replace_file(plan.file, after)
    except UnwritableFileError:
        if earlier is None and bytes_of(plan.file) == plan.before:
            forget(folder, name)
        raise


def way_back(folder: Path, name: str) -> WayBack | None:
    """Return what a connected file becomes without our settings, None when it is not connected; nothing is written.

    Raises:
        UnchangeableFileError: it cannot be read any more.
    """
    record = record_of(folder, name)
    if record is None:
        return None
    file = Path(record.file)
    present, backup = bytes_of(file), bytes_of(backup_of(folder, name))
    original = None if record.is_new else backup
    is_known = backup is not None and present is not None
    is_ours = is_known and record.is_whole and digest(present or b"") in record.digests
    if is_ours or (backup is not None and present == original):
        return WayBack(file=file, before=present, after=original, is_exact=True)
    if present is None:
        return WayBack(file=file, before=None, after=None, is_exact=False)
    after, left = _taken_out(file, present, record)
    is_removed = record.is_new and after.strip() in _NOTHING
    return WayBack(file=file, before=present, after=None if is_removed else after, is_exact=False, left=left)


def go_back(way: WayBack, folder: Path, name: str) -> None:
    """Bring a file back as planned, then forget it.

    Raises:
        UnwritableFileError: a file cannot be written.
    """
    if way.is_needed and way.after is None:
        remove_file(way.file)
    elif way.is_needed:
        replace_file(way.file, way.after or b"")
    remove_file(part_of(way.file))
    forget(folder, name)


def refuse_elsewhere(plans: Sequence[Plan], folder: Path, name: str) -> None:
    """Refuse what would change a second file of a client: the way back leads to one.

    Raises:
        UnchangeableFileError: it is connected by another file, for example that of another CODEX_HOME.
    """
    for index, plan in enumerate(plans):
        earlier = record_of(folder, _name_of(name, index))
        if earlier is not None and earlier.file != str(plan.file):
            why = f"{name} is connected by {earlier.file}; 'tokencli disconnect {name}' first."
            raise UnchangeableFileError(plan.file, why)


def connect_files(plans: Sequence[Plan], folder: Path, name: str) -> None:
    """Change the files of one client, the one that counts last: without the others it would not be of use.

    Raises:
        UnchangeableFileError: it is connected by another file.
        UnwritableFileError: a file cannot be written; those before it are changed, and can be brought back.
    """
    refuse_elsewhere(plans, folder, name)
    for index, plan in reversed(list(enumerate(plans))):
        if plan.is_needed:
            carry_out(plan, folder, _name_of(name, index))


def ways_back(folder: Path, name: str) -> dict[str, WayBack]:
    """Return the way back of each of a client's files by the name it is kept under, the one that counts first.

    Raises:
        UnchangeableFileError: one of them cannot be read any more.
    """
    names = [_name_of(name, index) for index in range(_MOST_FILES)]
    ways = {each: way_back(folder, each) for each in names}
    return {each: way for each, way in ways.items() if way is not None}


def forget_all(folder: Path, name: str) -> None:
    """Remove what a kill has left of a client that is not connected, so that no copy of its file lies about.

    Raises:
        UnwritableFileError: it cannot be removed.
    """
    for index in range(_MOST_FILES):
        forget(folder, _name_of(name, index))


def _name_of(name: str, index: int) -> str:
    return f"{name}.{index}" if index else name


def _put(form: _Format, text: str, setting: Setting) -> tuple[str, Changed]:
    values = form.load(text)
    was = form.source_at(text, setting.path)
    made = sum(value_at(values, setting.path[:depth]) is ABSENT for depth in range(1, len(setting.path)))
    if value_at(values, setting.path) != setting.value:
        text = form.put(text, setting.path, setting.value)
    ours = form.source_at(text, setting.path)
    return text, Changed(path=setting.path, ours=(ours or "",), was=was, made=made)


def _taken_out(file: Path, present: bytes, record: Record) -> tuple[bytes, tuple[str, ...]]:
    """Return a file without what is ours in it, and the names of the settings that are somebody else's by now."""
    form, left = format_of(file), list[str]()
    try:
        bom, text = _text_of(present)
        is_ours_last = any(text.rstrip("\r\n").endswith(ours) for done in record.changed for ours in done.ours)
        for done in reversed(record.changed):
            there = form.source_at(text, done.path)
            if there in done.ours:
                text = _restored(form, text, done)
            elif there != done.was:
                left.append(shown(done.path))
    except UneditableError as error:
        raise UnchangeableFileError(file, str(error)) from None
    except UnicodeDecodeError:
        raise UnchangeableFileError(file, _NO_TEXT) from None
    if record.is_open_ended and is_ours_last:
        text = text.removesuffix("\n").removesuffix("\r")
    return (bom + text).encode(), tuple(reversed(left))


def _restored(form: _Format, text: str, done: Changed) -> str:
    if done.was is not None:
        return form.put(text, done.path, "", done.was)
    text = form.drop(text, done.path)
    for depth in range(len(done.path) - 1, len(done.path) - 1 - done.made, -1):
        if _is_bare(value_at(form.load(text), done.path[:depth]), done.path[depth - 1]):
            text = form.drop(text, done.path[:depth])
    return text


def _is_bare(value: Any, step: Step) -> bool:
    """Say whether nothing is in a table or list, or in an entry of one but what it is found by."""
    return value in ({}, [], None) or (isinstance(step, Where) and value == {step.key: step.value})


def _joined(earlier: Record, changed: tuple[Changed, ...]) -> tuple[Changed, ...]:
    """Return all that was changed, each with what stood there before the first time."""
    known = {done.path: done for done in earlier.changed}
    for done in changed:
        first = known.get(done.path)
        known[done.path] = done if first is None else replace(first, ours=(*first.ours, *done.ours))
    return tuple(known.values())


def format_of(file: Path) -> _Format:
    """Return what reads and changes a file, by its name."""
    if file.suffix == ".toml":
        return toml
    if file.suffix in {".yml", ".yaml"}:
        return yaml
    return jsonc if file.suffix in {".json", ".jsonc"} else dotenv


def _lines_of(raw: bytes | None) -> list[str]:
    text = (raw or b"").decode(errors="replace")
    return text.removesuffix("\n").split("\n") if text else []


def _text_of(raw: bytes) -> tuple[str, str]:
    text = raw.decode()
    return (_BOM, text[1:]) if text.startswith(_BOM) else ("", text)
