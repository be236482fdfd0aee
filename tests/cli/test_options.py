"""What the commands share of their help."""

from __future__ import annotations

from tokencli.cli.options import examples


def test_examples_keep_their_lines() -> None:
    assert examples("a", "b") == "\b\nExamples:\n  a\n  b"
