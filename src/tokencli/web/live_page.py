"""The live page: one document with its style and its program inside; charts are drawn by the Plotly that is installed.

It asks no other host for anything, and its browser is told to allow none.
"""

from __future__ import annotations

import secrets
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from tokencli.web.openapi import document

if TYPE_CHECKING:
    from starlette.requests import Request

    from tokencli.web.room import Room

_PAGE: Final = files("tokencli.web") / "page"
_NONCE: Final = "/*nonce*/"
_POLICY: Final = (
    "default-src 'none'; script-src 'nonce-{nonce}' blob:; style-src 'unsafe-inline'; img-src data: blob:;"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class LivePage:
    """What the page needs of one room beside its figures."""

    def __init__(self, room: Room) -> None:
        """Work with a room."""
        self._room = room

    def routes(self) -> list[Route]:
        """Return the paths; the page itself is at "/" for browsers, see `wants_page`."""
        return [Route("/static/plotly.js", self.plotly), Route("/openapi.json", self.description)]

    async def description(self, request: Request) -> Response:
        """Describe what may be asked."""
        del request
        return JSONResponse(document(self._room.version, self._room.base_url))

    async def plotly(self, request: Request) -> Response:
        """Answer with the library that draws the charts; it changes only when another version is installed."""
        del request
        headers = {"cache-control": "max-age=86400", "x-content-type-options": "nosniff"}
        return FileResponse(_plotly_file(), media_type="text/javascript", headers=headers)


def wants_page(request: Request) -> bool:
    """Say whether a browser asks, and not a program that wants JSON."""
    return "text/html" in request.headers.get("accept", "")


def page() -> Response:
    """Return the page; what may run in it is named by a number that is used once."""
    nonce = secrets.token_urlsafe(16)
    headers = {
        "content-security-policy": _POLICY.format(nonce=nonce),
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }
    return HTMLResponse(_document().replace(_NONCE, nonce), headers=headers)


@cache
def _document() -> str:
    """Return the page's document with its style and its scripts, these in the order of their names."""
    scripts = sorted((each for each in _PAGE.iterdir() if each.name.endswith(".js")), key=lambda each: each.name)
    program = "\n".join(each.read_text(encoding="utf-8") for each in scripts)
    style = (_PAGE / "page.css").read_text(encoding="utf-8")
    document = (_PAGE / "index.html").read_text(encoding="utf-8")
    return document.replace("/*css*/", style).replace("/*js*/", program)


@cache
def _plotly_file() -> Path:
    # Found without importing it, which takes longer than serving it does.
    found = find_spec("plotly")
    return Path(found.origin if found and found.origin else "").with_name("package_data") / "plotly.min.js"
