from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tokencli.domain.errors import UnwritableFileError
from tokencli.render.page_file import asset, write_whole

if TYPE_CHECKING:
    from pathlib import Path


def test_the_pages_own_files_are_shipped_with_the_package() -> None:
    assert "color-scheme" in asset("page.css")
    assert "Plotly" in asset("page.js")


def test_folders_are_made_and_an_old_page_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "reports" / "deep" / "month.html"
    write_whole(path, "old")
    write_whole(path, "néw\n")
    assert path.read_bytes() == "néw\n".encode()
    assert list(path.parent.iterdir()) == [path]


def test_a_failed_write_leaves_the_old_page_and_no_rest(tmp_path: Path) -> None:
    path = tmp_path / "month.html"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "\ud800")
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_in_place_of_a_folder_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("", encoding="utf-8")
    with pytest.raises(UnwritableFileError, match=r"^cannot write .*month\.html \(.+\): name another"):
        write_whole(tmp_path / "reports" / "month.html", "x")


def test_a_folder_in_place_of_the_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UnwritableFileError):
        write_whole(tmp_path, "x")
    assert list(tmp_path.iterdir()) == []


def test_a_long_name_still_fits_the_temporary_file(tmp_path: Path) -> None:
    path = tmp_path / f"{'m' * 240}.html"
    write_whole(path, "x")
    assert path.exists()
