"""Disks that fail, for tests that are run as root: a small one that fills up, and one whose device breaks under it."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

NO_MOUNT = "mounting a disk needs root on Linux: run the tests as root to see what a full or broken disk does"
NO_LOOP = "this machine has no loop devices or no mkfs.ext4: a disk that breaks cannot be tried here"
_PIECE = 1 << 16


def run(*command: str) -> bool:
    """Run a system's program, and say whether it worked."""
    return shutil.which(command[0]) is not None and subprocess.run(command, capture_output=True).returncode == 0  # noqa: PLW1510


def fill(place: Path) -> Path:
    """Take all room that a disk has left, and return the file that holds it."""
    filler = place / "filler"
    handle = os.open(filler, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        for size in (_PIECE, 1):
            try:
                while os.write(handle, bytes(size)):
                    pass
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
    finally:
        os.close(handle)
    return filler


@contextmanager
def small_disk(place: Path, megabytes: int) -> Generator[Path]:
    """Mount a disk of its own at a place, or skip the test."""
    place.mkdir(parents=True, exist_ok=True)
    if not run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0700", "tmpfs", str(place)):
        pytest.skip(NO_MOUNT)
    try:
        yield place
    finally:
        assert run("umount", str(place))


class FrailDisk:
    """An ext4 on a loop device whose own file has no room behind it: `break_down` makes what it writes fail (EIO)."""

    def __init__(self, under: Path, place: Path) -> None:
        self.place = place
        self._under = under
        self._image = under / "image"
        self._filler: Path | None = None

    def make(self) -> bool:
        """Make it, and say whether this machine can."""
        with self._image.open("wb") as image:
            image.truncate(48 << 20)
        self.place.mkdir()
        return run("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0", str(self._image)) and self.mount()

    def mount(self) -> bool:
        """Mount it; what its journal holds is played back."""
        return run("mount", "-o", "loop,errors=remount-ro", str(self._image), str(self.place))

    def break_down(self) -> None:
        """Let every write to a new block fail from now on."""
        self._filler = fill(self._under)

    def mend(self) -> None:
        """Put in a working device, as it was left."""
        self.unmount()
        assert self._filler is not None
        self._filler.unlink()
        run("e2fsck", "-p", str(self._image))
        assert self.mount()

    def unmount(self) -> None:
        """Take it out."""
        assert run("umount", str(self.place))


@contextmanager
def frail_disk(place: Path) -> Generator[FrailDisk]:
    """Mount a disk that can be broken, or skip the test."""
    with ExitStack() as stack:
        under = stack.enter_context(small_disk(place / "under", 30))
        disk = FrailDisk(under, place / "disk")
        if not disk.make():
            pytest.skip(NO_LOOP)
        stack.callback(disk.unmount)
        yield disk
