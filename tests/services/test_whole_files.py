"""Files of others are replaced and removed in one step each."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tokencli.domain.errors import UnwritableFileError
from tokencli.services.whole_files import UnchangeableFileError, bytes_of, head_of, part_of, remove_file, replace_file

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_keeps_its_mode_and_a_new_one_is_its_owners_alone(tmp_path: Path) -> None:
    file, new = tmp_path / "a", tmp_path / "folder" / "b"
    file.write_bytes(b"old")
    file.chmod(0o640)
    replace_file(file, b"new")
    replace_file(new, b"new")
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"new", 0o640)
    assert (new.stat().st_mode & 0o777, new.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert [each.name for each in tmp_path.iterdir() if each.is_file()] == ["a"]


def test_what_a_kill_left_is_written_over(tmp_path: Path) -> None:
    file = tmp_path / "a"
    part_of(file).write_bytes(b"half of it, and longer than the whole")
    replace_file(file, b"new")
    assert file.read_bytes() == b"new"
    assert not part_of(file).exists()


def test_the_folder_is_on_the_disk_after_the_rename_and_after_the_removal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[bool, bool]] = []
    file, fsync = tmp_path / "a", os.fsync

    def seen(handle: int) -> None:
        synced.append((os.path.isdir(f"/proc/self/fd/{handle}"), file.exists()))  # noqa: PTH112 - a handle's link
        fsync(handle)

    monkeypatch.setattr(os, "fsync", seen)
    replace_file(file, b"new")
    remove_file(file)
    assert synced == [(False, False), (True, True), (True, False)]


def test_a_folder_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(UnwritableFileError, match=r"^cannot write .*: make room and access for it"):
        replace_file(tmp_path / "a", b"new")
    with pytest.raises(UnchangeableFileError, match="is left as it is: it cannot be read"):
        bytes_of(tmp_path / "a")
    assert bytes_of(tmp_path / "b") is None


def test_a_file_that_is_not_there_is_removed_already(tmp_path: Path) -> None:
    remove_file(tmp_path / "a")
    remove_file(tmp_path / "no" / "a")
    assert not (tmp_path / "no").exists()


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UnchangeableFileError, match="it is no plain file"):
        bytes_of(tmp_path / "pipe")
    assert head_of(tmp_path / "pipe", 9) is None


def test_the_head_of_a_file_is_all_that_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"0123456789")
    assert head_of(tmp_path / "a", 3) == b"012"
    assert head_of(tmp_path / "b", 3) is None
    assert head_of(tmp_path, 3) is None
