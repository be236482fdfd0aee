from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

import pytest

from tokencli.readers.streams import is_stream, opened_stream

if TYPE_CHECKING:
    from pathlib import Path


def test_only_what_is_there_and_no_file_is_a_stream(tmp_path: Path) -> None:
    file, pipe, link = tmp_path / "a.log", tmp_path / "pipe", tmp_path / "link"
    file.touch()
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    found = {place: is_stream(place) for place in ("-", str(file), str(pipe), str(link), str(tmp_path / "none"), "\0")}
    assert [place for place, yes in found.items() if yes] == ["-", str(pipe), str(link)]
    assert is_stream("/dev/null")


def test_standard_input_is_opened_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a line\n")))
    with opened_stream("-") as stream:
        assert stream.read() == b"a line\n"
    assert not stream.closed
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(OSError, match="Bad file descriptor"):
        opened_stream("-")


def test_a_pipe_is_opened_as_it_is(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writing = os.open(pipe, os.O_RDWR)
    os.write(writing, b"a line\n")
    with opened_stream(str(pipe)) as stream:
        assert stream.read(7) == b"a line\n"
    os.close(writing)
    with pytest.raises(FileNotFoundError):
        opened_stream(str(tmp_path / "none"))
