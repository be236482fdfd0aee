"""HTML in which text is dead by default: only what is marked as Html passes unescaped.

A plain `str` child or attribute is made visible (no control or bidi characters) and escaped, so a name
from outside is harmless wherever it lands and nobody has to remember to escape it.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json

from tokencli.domain.text import visible

_VOID = frozenset({"meta", "br", "rect"})
_TEXT_LIMIT = 4000
_DEAD_IN_SCRIPT = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


class Html(str):
    """Text that is markup already; made by `element`, `join` and `escaped`, or from constants of this program."""

    __slots__ = ()


def escaped(text: str) -> Html:
    """Return text as markup that shows it: hidden characters visible, `<>&"'` as entities; Html passes as it is."""
    if isinstance(text, Html):
        return text
    if not (text.isascii() and text.isprintable()):
        text = visible(text, _TEXT_LIMIT)
    return Html(html.escape(text))


def element(tag: str, *children: str | None, **attributes: str | int | None) -> Html:
    """Return one element; `class_` and `aria_label` become `class` and `aria-label`, None leaves a part out."""
    inside = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escaped(str(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    if tag in _VOID:
        return Html(f"<{tag}{inside}>" if tag != "rect" else f"<rect{inside}/>")
    return Html(f"<{tag}{inside}>{join(*children)}</{tag}>")


def join(*children: str | None, between: str = "") -> Html:
    """Return the children one after the other, each escaped unless it is Html."""
    return Html(escaped(between).join(escaped(child) for child in children if child is not None))


def data_block(name: str, value: object) -> Html:
    """Return a script element that holds JSON and is never run; no text in it can close the element."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return Html(f'<script type="application/json" id="{escaped(name)}">{text.translate(_DEAD_IN_SCRIPT)}</script>')


def script(source: str) -> Html:
    """Return a script element of this program's own source.

    Raises:
        ValueError: the source would end the element or hide it from the parser.
    """
    lowered = source.lower()
    if "</script" in lowered or "<!--" in lowered or "\r" in lowered:
        msg = "a script for the page must hold no '</script', no '<!--' and no carriage return"
        raise ValueError(msg)
    return Html(f"<script>{source}</script>")


def hash_source(source: str) -> str:
    """Return the Content-Security-Policy source that allows exactly this inline script."""
    digest = hashlib.sha256(source.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
