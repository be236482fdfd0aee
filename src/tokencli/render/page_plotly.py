"""The one place that touches Plotly: figures are plain data, checked by its graph objects, drawn by its script.

Plotly has no types, so it is loaded as a module of unknown content; and only when a page is made.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

Part = dict[str, Any]
HOVER = "%{customdata}<extra></extra>"

_AXIS: Part = {
    "fixedrange": True,
    "automargin": True,
    "zeroline": False,
    "showline": False,
    "ticks": "",
    "ticklabelstandoff": 5,
}
_BASE: Part = {
    "template": "none",
    "autosize": True,
    "margin": {"l": 4, "r": 4, "t": 12, "b": 4},
    "font": {"family": 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif', "size": 12},
    "showlegend": False,
    "dragmode": False,
    "bargap": 0.22,
    "hoverlabel": {"align": "left", "namelength": -1},
    "separators": ".,",
}


def figure(traces: list[Part], *, x: Part, y: Part, **layout: Any) -> Part:
    """Return a figure as data for the page's script.

    Raises:
        ValueError: a trace or the layout has a property that Plotly does not know.
    """
    graph_objects = import_module("plotly.graph_objects")
    whole = {**_BASE, **layout, "xaxis": {**_AXIS, "showgrid": False, **x}, "yaxis": {**_AXIS, **y}}
    data: Part = graph_objects.Figure(data=traces, layout=whole).to_plotly_json()
    return data


def library() -> str:
    """Return the source of plotly.js that the installed package brings."""
    source: str = import_module("plotly.offline").get_plotlyjs()
    return source
