"""A client's file is changed at our settings alone, and comes back."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokencli.clients.client import Setting
from tokencli.clients.editing.splices import Where
from tokencli.domain.errors import UnwritableFileError
from tokencli.services.client_files import WayBack, carry_out, connect_files, go_back, planned, way_back, ways_back
from tokencli.services.whole_files import UnchangeableFileError, part_of

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def undo(folder: Path, name: str) -> WayBack | None:
    way = way_back(folder, name)
    if way is not None:
        go_back(way, folder, name)
    return way


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
        ("a.yml", "# mine\r\nx: 1\r\n", ("models", "URL"), ("x: 1", "x:  3")),
        (
            "b.yml",
            "- name: mine # why\n",
            (Where("name", "ours"), "headers", "Agent"),
            ("mine", "yours"),
        ),
        ("a.yaml", "url: 'old' # why\nlist: [1]\n", ("url",), ("[1]", "[1, 2]")),
    ],
)
def test_edits_in_between_survive(
    tmp_path: Path, name: str, text: str, path: tuple[Any, ...], edit: tuple[str, str]
) -> None:
    file = tmp_path / name
    file.write_bytes(text.encode())
    _connect(file, tmp_path / "kept", Setting(path, URL))
    file.write_bytes(file.read_bytes().replace(edit[0].encode(), edit[1].encode()))
    undone = undo(tmp_path / "kept", "it")
    assert undone is not None
    assert (undone.is_exact, undone.is_removed, undone.left) == (False, False, ())
    assert file.read_bytes().strip() == text.replace(*edit).encode().strip()


def test_an_entry_of_a_list_is_remembered_by_what_it_is(tmp_path: Path) -> None:
    file = tmp_path / "a.yml"
    file.write_bytes(b"\xef\xbb\xbf# mine\nx: 1\n")
    path = ("set-env", Where("", f"BASE={URL}"))
    _connect(file, tmp_path / "kept", Setting(path, f"BASE={URL}"))
    file.write_bytes(file.read_bytes().replace(b"x: 1", b"x: 2"))
    undone = undo(tmp_path / "kept", "it")
    assert undone is not None
    assert file.read_bytes() == b"\xef\xbb\xbf# mine\nx: 2\n"


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


def _kills(folder: Path, scenario: str) -> list[dict[str, Any]]:
    """Run a scenario again and again, killed before its first step, its second ... to its end; return what was left."""
    script = Path(__file__).with_name("killed_at_each_step.py")
    line = [sys.executable, str(script), str(folder), scenario]
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.split("\n") if line]


@pytest.mark.parametrize("scenario", ["connect", "connect new", "connect again", "disconnect", "disconnect edited"])
def test_a_kill_at_any_step_leaves_the_old_file_or_the_new_one_and_the_way_back(tmp_path: Path, scenario: str) -> None:
    kills = _kills(tmp_path, scenario)
    assert len(kills) > 8
    assert {kill["is_killed"] for kill in kills[:-1]} == {True}
    assert not kills[-1]["is_killed"]
    for kill in kills:
        assert kill["file"] in {"old", "new"}, kill
        assert kill["is_backed_up"] or kill["file"] == kill["original"], kill
        assert kill["is_back"], kill
        assert kill["left_over"] == [], kill


def test_a_lost_backup_is_no_empty_file(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text('{"x": 1}')
    _connect(file, tmp_path / "kept")
    (tmp_path / "kept" / "it.backup").unlink()
    undone = undo(tmp_path / "kept", "it")
    assert undone is not None
    assert not undone.is_exact
    assert json.loads(file.read_text()) == {"x": 1}


def test_two_files_of_one_client_come_back_together(tmp_path: Path) -> None:
    first, second, folder = tmp_path / ".env", tmp_path / "settings.json", tmp_path / "kept"
    second.write_text("{}")
    plans = [planned(first, [Setting(("URL",), URL)]), planned(second, [SETTING])]
    connect_files(plans, folder, "it")
    ways = ways_back(folder, "it")
    assert list(ways) == ["it", "it.1"]
    for name, way in ways.items():
        go_back(way, folder, name)
    assert not first.exists()
    assert second.read_text() == "{}"
    assert ways_back(folder, "it") == {}


def test_a_file_that_somebody_removed_stays_removed(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text('{"x": 1}')
    _connect(file, tmp_path / "kept")
    file.unlink()
    undone = undo(tmp_path / "kept", "it")
    assert undone is not None
    assert (undone.is_exact, undone.is_removed, file.exists()) == (False, False, False)
    assert not list((tmp_path / "kept").iterdir())


@given(
    values=st.dictionaries(WORDS, VALUES, min_size=1, max_size=4),
    indent=st.sampled_from((None, 2, 4, "\t")),
    line_end=st.sampled_from(("\n", "\r\n")),
    tail=st.sampled_from(("", "\n", "\n\n")),
)
def test_json_without_our_settings_is_what_it_was(
    values: dict[str, Any], indent: int | str | None, line_end: str, tail: str
) -> None:
    text = f"{json.dumps(values, indent=indent)}{tail}".replace("\n", line_end)
    deep = Setting(("provider", "a", "options", "baseURL"), URL)
    assert _taken_out_of("a.json", text, (SETTING, deep)) == text


TOML_VALUES = st.sampled_from(("1", "'a'", '"b # c"', "[1, 2]", "[\n  1, # one\n  2,\n]", "{ a = 1 }", "1979-05-27"))
TOML_KEYS = st.sampled_from(("a", "b.c", '"d e"', "f.'g'", "h"))
GAPS = st.sampled_from(("", "\n", "# mine\n", "\n\n", "  # in\n"))


@st.composite
def toml_texts(draw: st.DrawFn) -> str:
    """Return a TOML file as people write them: tables, comments, gaps, with or without a line end at its end."""
    text = ""
    heads = ["", *draw(st.lists(st.sampled_from(("[x]", "[x.y]", "[[z]]", "[model_providers.mine]")), unique=True))]
    for head in heads:
        text += f"{draw(GAPS)}{head}{draw(st.sampled_from(('', ' # why'))) if head else ''}\n" if head else ""
        for key in draw(st.lists(TOML_KEYS, unique=True, max_size=3)):
            text += f"{draw(GAPS)}{key} = {draw(TOML_VALUES)}{draw(st.sampled_from(('', ' # why', '  ')))}\n"
    text += draw(GAPS)
    text = text if draw(st.booleans()) else text.removesuffix("\n")
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text


@given(text=toml_texts())
def test_toml_without_our_settings_is_what_it_was(text: str) -> None:
    provider = ("model_providers", "tokencli")
    settings = (
        Setting(("model_provider",), "tokencli"),
        Setting((*provider, "base_url"), URL),
        Setting((*provider, "n"), 1),
    )
    assert _taken_out_of("config.toml", text, settings) == text


@given(
    lines=st.lists(
        st.sampled_from(("A=1", "export B='x y'", "# mine", "", 'C="a\\nb" # why', "URLS=2", " D = 3")), max_size=6
    ),
    line_end=st.sampled_from(("\n", "\r\n")),
    is_open=st.booleans(),
)
def test_variables_without_ours_are_what_they_were(lines: list[str], line_end: str, *, is_open: bool) -> None:
    text = "".join(f"{line}{line_end}" for line in lines)
    text = text.removesuffix(line_end) if is_open else text
    assert _taken_out_of(".env", text, [Setting(("URL",), URL)]) == text


def _taken_out_of(name: str, text: str, settings: Sequence[Setting]) -> str:
    """Return a file that was changed and then brought back by taking our settings out: no backup is there."""
    with TemporaryDirectory() as place:
        file, folder = Path(place) / name, Path(place) / "kept"
        file.write_bytes(text.encode())
        carry_out(planned(file, settings), folder, "it")
        (folder / "it.backup").unlink()
        assert undo(folder, "it") is not None
        return file.read_bytes().decode()


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


def test_the_diff_of_a_new_file_shows_its_lines_and_no_others(tmp_path: Path) -> None:
    file, folder = tmp_path / "config.toml", tmp_path / "kept"
    lines = ['+a = "b"', "+", "+[c]", '+d = "e"']
    plan = planned(file, [Setting(("a",), "b"), Setting(("c", "d"), "e")])
    assert plan.diff().split("\n") == ["--- /dev/null", f"+++ {file}", "@@ -0,0 +1,4 @@", *lines]
    carry_out(plan, folder, "it")
    back = way_back(folder, "it")
    assert back is not None
    assert back.diff().split("\n")[:3] == [f"--- {file}", "+++ /dev/null", "@@ -1,4 +0,0 @@"]


def test_a_file_in_another_encoding_is_refused_in_words(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_bytes("{}".encode("utf-16"))
    with pytest.raises(UnchangeableFileError, match=r"settings\.json is left as it is: it is not text in UTF-8\.$"):
        planned(file, [SETTING])


def test_what_could_not_be_connected_is_not_said_to_be(tmp_path: Path) -> None:
    file, folder = tmp_path / "settings.json", tmp_path / "kept"
    plan = planned(file, [SETTING])
    part_of(file).mkdir()
    with pytest.raises(UnwritableFileError):
        carry_out(plan, folder, "it")
    assert way_back(folder, "it") is None
    assert not list(folder.iterdir())


def test_links_that_lead_in_a_circle_are_named(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.symlink_to(file)
    with pytest.raises(UnchangeableFileError, match=r"settings\.json is left as it is: its links lead in a circle"):
        planned(file, [SETTING])
