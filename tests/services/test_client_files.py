"""A client's file is changed at our settings alone, and comes back."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokencli.clients.client import Setting
from tokencli.services import client_files
from tokencli.services.client_files import UnchangeableFileError, carry_out, planned, undo

URL = "http://127.0.0.1:8000"
SETTING = Setting(("env", "ANTHROPIC_BASE_URL"), URL)
WORDS = st.text("abcXYZ é/", max_size=5)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)


def _connect(file: Path, folder: Path, *settings: Setting) -> None:
    carry_out(planned(file, settings or (SETTING,)), folder, "it")


@given(values=st.dictionaries(WORDS, VALUES, max_size=4), indent=st.sampled_from((None, 2, 4)), is_bom=st.booleans())
def test_json_comes_back_byte_for_byte(values: dict[str, Any], indent: int | None, *, is_bom: bool) -> None:
    with TemporaryDirectory() as place:
        file, folder = Path(place) / "settings.json", Path(place) / "kept"
        raw = json.dumps(values, indent=indent).encode("utf-8-sig" if is_bom else "utf-8")
        file.write_bytes(raw)
        _connect(file, folder)
        assert json.loads(file.read_bytes().decode("utf-8-sig")) == {**values, "env": {"ANTHROPIC_BASE_URL": URL}}
        undone = undo(folder, "it")
        assert undone is not None
        assert undone.is_exact
        assert file.read_bytes() == raw
        assert not list(folder.iterdir())


@pytest.mark.parametrize(
    ("name", "text", "path", "edit"),
    [
        ("a.json", '{\r\n  // mine\r\n  "x": 1\r\n}\r\n', ("env", "URL"), ('"x": 1', '"x": 2')),
        ("a.json", '{\n  "env": {"URL": "old"},\n  "x": 1\n}\n', ("env", "URL"), ('"x": 1', '"x": 2')),
        (
            "a.toml",
            "# mine\nx = 1\n\n[b]\ny = 2 # why\n",
            ("model_providers", "tokencli", "base_url"),
            ("x = 1", "x=3"),
        ),
        ("a.toml", "x = 1\nurl = 'old' # why\n", ("url",), ("x = 1", "x=3")),
        (".env", "# mine\nexport X=1\n", ("URL",), ("X=1", "X=2")),
        (".env", "X=1\nURL='old' # why\n", ("URL",), ("X=1", "X=2")),
    ],
)
def test_edits_in_between_survive(
    tmp_path: Path, name: str, text: str, path: tuple[str, ...], edit: tuple[str, str]
) -> None:
    file = tmp_path / name
    file.write_bytes(text.encode())
    _connect(file, tmp_path / "kept", Setting(path, URL))
    file.write_bytes(file.read_bytes().replace(edit[0].encode(), edit[1].encode()))
    undone = undo(tmp_path / "kept", "it")
    assert undone is not None
    assert undone[1:] == (False, False, ())
    assert file.read_bytes().strip() == text.replace(*edit).encode().strip()


def test_a_setting_that_the_user_changed_is_left_alone_and_named(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    _connect(file, tmp_path / "kept")
    file.write_text(file.read_text().replace(URL, "http://mine"))
    undone = undo(tmp_path / "kept", "it")
    assert undone is not None
    assert undone.left == ("env.ANTHROPIC_BASE_URL",)
    assert "http://mine" in file.read_text()


def test_a_file_of_ours_is_removed_also_when_connected_twice(tmp_path: Path) -> None:
    file = tmp_path / "new" / "settings.json"
    _connect(file, tmp_path / "kept")
    assert not planned(file, [SETTING]).is_needed
    _connect(file, tmp_path / "kept", Setting(SETTING.path, f"{URL}/s/fix"))
    undone = undo(tmp_path / "kept", "it")
    assert undone is not None
    assert undone.is_removed
    assert not file.exists()
    assert undo(tmp_path / "kept", "it") is None


def test_an_edit_between_two_connects_is_not_lost(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text('{\n  "x": 1\n}\n')
    _connect(file, tmp_path / "kept")
    file.write_text(file.read_text().replace('"x": 1', '"x": 2'))
    _connect(file, tmp_path / "kept", Setting(SETTING.path, f"{URL}/s/fix"))
    undo(tmp_path / "kept", "it")
    assert file.read_text() == '{\n  "x": 2\n}\n'


def test_a_link_and_the_mode_are_kept(tmp_path: Path) -> None:
    file, link = tmp_path / "real.json", tmp_path / "link.json"
    file.write_text("{}")
    file.chmod(0o640)
    link.symlink_to(file)
    _connect(link, tmp_path / "kept")
    assert link.is_symlink()
    assert URL in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "kept" / "it.backup").stat().st_mode & 0o777 == 0o600


def test_a_kill_before_the_file_was_written_leaves_nothing_to_undo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, write = tmp_path / "settings.json", vars(client_files)["_write"]
    file.write_text("{}")

    def killed(target: Path, content: bytes, mode: int) -> None:
        if target == file:
            raise KeyboardInterrupt
        write(target, content, mode)

    monkeypatch.setattr(client_files, "_write", killed)
    with pytest.raises(KeyboardInterrupt):
        _connect(file, tmp_path / "kept")
    assert file.read_text() == "{}"
    undone = undo(tmp_path / "kept", "it")
    assert undone is not None
    assert undone.is_exact
    assert file.read_text() == "{}"


def test_a_file_that_is_no_json_is_refused_by_name(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text("{nonsense")
    with pytest.raises(UnchangeableFileError, match=r"settings\.json is left as it is: line 1"):
        planned(file, [SETTING])


def test_the_diff_shows_our_lines_alone(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("X=1\n")
    lines = planned(file, [Setting(("URL",), URL)]).diff().split("\n")
    assert [line for line in lines[2:] if line.startswith(("+", "-"))] == [f"+URL={URL}"]
