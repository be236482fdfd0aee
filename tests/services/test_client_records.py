"""What is kept of a connected client's file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tokencli.clients.editing.splices import Where
from tokencli.services.client_records import Changed, Record, backup_of, digest, forget, keep, record_of
from tokencli.services.whole_files import UnchangeableFileError

if TYPE_CHECKING:
    from pathlib import Path

RECORD = Record(
    file="/home/user/a.yaml",
    is_new=False,
    is_whole=True,
    digests=(digest(b"after"),),
    changed=(Changed(path=("models", Where("name", "x"), "apiBase"), ours=("u",), was=None, made=1),),
)


def test_a_record_is_read_as_it_was_kept_with_steps_into_lists(tmp_path: Path) -> None:
    keep(tmp_path, "it", RECORD, b"before")
    assert record_of(tmp_path, "it") == RECORD
    assert backup_of(tmp_path, "it").read_bytes() == b"before"
    assert {each.stat().st_mode & 0o777 for each in tmp_path.iterdir()} == {0o600}
    keep(tmp_path, "it", RECORD, None)
    assert backup_of(tmp_path, "it").read_bytes() == b"before"


def test_a_record_of_the_first_version_is_read(tmp_path: Path) -> None:
    keep(tmp_path, "it", RECORD, b"before")
    told = json.loads((tmp_path / "it.json").read_text())
    told["digest"] = told.pop("digests")[0]
    del told["is_open_ended"]
    (tmp_path / "it.json").write_text(json.dumps(told))
    assert record_of(tmp_path, "it") == RECORD


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"changed": []}', '{"changed": [{"path": 1}]}', "{nonsense"])
def test_what_tokencli_did_not_write_is_refused_by_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "it.json").write_text(text)
    with pytest.raises(UnchangeableFileError, match=r"it\.json is left as it is"):
        record_of(tmp_path, "it")


def test_nothing_of_it_is_left_when_it_is_forgotten(tmp_path: Path) -> None:
    keep(tmp_path, "it", RECORD, b"before")
    (tmp_path / ".it.backup.tokencli").write_bytes(b"half")
    forget(tmp_path, "it")
    assert list(tmp_path.iterdir()) == []
    assert record_of(tmp_path, "it") is None
