from __future__ import annotations

import pytest

from tokencli.render.page_plotly import figure, library


def test_a_figure_is_plain_data_with_the_page_s_manner() -> None:
    made = figure([{"type": "bar", "x": ["a"], "y": [1.5]}], x={"type": "category"}, y={}, barmode="stack")
    assert made["data"] == [{"type": "bar", "x": ["a"], "y": [1.5]}]
    assert made["layout"]["barmode"] == "stack"
    assert made["layout"]["xaxis"]["type"] == "category"
    assert made["layout"]["dragmode"] is False


def test_a_property_plotly_does_not_know_is_an_error_here_and_not_a_blank_page() -> None:
    with pytest.raises(ValueError, match="colour"):
        figure([{"type": "bar", "colour": "red"}], x={}, y={})


def test_the_library_comes_from_the_installed_package() -> None:
    assert library().startswith("/**\n* plotly.js")
