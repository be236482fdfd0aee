from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tokencli.services.log_paths import MissingPathError, NoLogsError, UnreadableDirectoryError, logs_at

if TYPE_CHECKING:
    from pathlib import Path

LOGS = [
    "app.log",
    "app.log.1",
    "app.log.2.gz",
    "app-2025-10-10.log",
    "app.log-20251010.zst",
    "APP.LOG",
    "server.out",
    "server.err.xz",
    "export.json",
    "export.jsonl.bz2",
    "export.ndjson",
    "notes.txt",
    "syslog",
    "syslog.1",
    "messages",
    "messages-20251010.gz",
]
OTHERS = ["ledger.db", "app.py", "picture.png", "catalog", "log", "README.md", "app.logs2", "archive.gz"]


def fill(folder: Path, names: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(b"")


def test_directory_gives_everything_that_looks_like_a_log_at_any_depth(tmp_path: Path) -> None:
    fill(tmp_path, [*LOGS, *OTHERS])
    fill(tmp_path / "a" / "b.log", ["deep.log"])
    found = {str(path.relative_to(tmp_path)) for path in logs_at([tmp_path])}
    assert found == {*LOGS, "a/b.log/deep.log"}


def test_named_file_is_read_whatever_it_is_called(tmp_path: Path) -> None:
    fill(tmp_path, OTHERS)
    assert logs_at([tmp_path / "archive.gz"]) == [tmp_path / "archive.gz"]


def test_file_changed_longest_ago_comes_first_and_each_once(tmp_path: Path) -> None:
    fill(tmp_path, ["a.log", "a.log.1", "a.log.2"])
    for age, name in enumerate(["a.log", "a.log.1", "a.log.2"]):
        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    (tmp_path / "link.log").symlink_to(tmp_path / "a.log")
    found = logs_at([tmp_path / "a.log", tmp_path, tmp_path / "link.log"])
    assert [path.name for path in found] == ["a.log.2", "a.log.1", "a.log"]


def test_path_that_leads_nowhere_is_named(tmp_path: Path) -> None:
    (tmp_path / "dangling.log").symlink_to(tmp_path / "gone")
    for name in ("none.log", "dangling.log"):
        with pytest.raises(MissingPathError, match=name):
            logs_at([tmp_path / name])


def test_directory_without_logs_says_what_would_be_read(tmp_path: Path) -> None:
    fill(tmp_path, OTHERS)
    with pytest.raises(NoLogsError, match=r"no logs in .*\*\.log"):
        logs_at([tmp_path])


def test_pipes_and_folders_with_the_name_of_a_log_are_passed_by(tmp_path: Path) -> None:
    fill(tmp_path, ["a.log"])
    (tmp_path / "folder.log").mkdir()
    os.mkfifo(tmp_path / "pipe.log")
    assert logs_at([tmp_path]) == [tmp_path / "a.log"]


AS_NOBODY = """
import os, sys
from pathlib import Path
from tokencli.services.log_paths import UnreadableDirectoryError, logs_at
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
try:
    print(logs_at([Path(sys.argv[1])]))
except UnreadableDirectoryError as error:
    print(error)
"""


def test_directory_that_cannot_be_listed_is_an_error_and_not_passed_over(tmp_path: Path) -> None:
    fill(tmp_path / "logs", ["a.log"])
    fill(tmp_path / "logs" / "secret", ["b.log"])
    (tmp_path / "logs" / "secret").chmod(0)
    for folder in (tmp_path, *tmp_path.parents):
        if folder == tmp_path or folder.name.startswith(("pytest-", "popen-")):
            folder.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", AS_NOBODY, tmp_path / "logs"], capture_output=True, text=True, check=True
    )
    (tmp_path / "logs" / "secret").chmod(0o755)
    assert done.stdout.startswith(f"cannot list {tmp_path}/logs/secret: Permission denied."), done.stdout


def test_unreadable_directory_error_tells_the_systems_reason(tmp_path: Path) -> None:
    assert "Check its permissions" in str(UnreadableDirectoryError(tmp_path, PermissionError(13, "Permission denied")))
