"""`tokencli disconnect` as it is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tokencli.domain.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest


def test_the_file_is_what_it_was(typed: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEX_HOME", str(tmp_path / "codex"))
    file = tmp_path / "codex" / "config.toml"
    file.parent.mkdir()
    file.write_text('# mine\nmodel = "gpt-5"\n')
    assert typed("connect", "codex", "--yes").code == 0
    assert "model_providers.tokencli" in file.read_text()
    assert typed("disconnect", "codex").code == 0
    assert file.read_text() == '# mine\nmodel = "gpt-5"\n'


def test_what_was_not_connected_is_no(typed: Callable[..., Any]) -> None:
    assert typed("disconnect", "claude").code == ExitCode.NO
    assert typed("disconnect", "../claude").code == ExitCode.USAGE
