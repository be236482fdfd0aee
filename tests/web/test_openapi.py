"""The description says what the routes are; what a running server does with it is tested in tests/e2e."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from starlette.routing import Route

from tests.web.rooms import asking, values
from tokencli.web.api import web_app
from tokencli.web.openapi import PATHS, document

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from tokencli.web.room import Room

# What programs of one kind ask under other prefixes, and knocks.
_OTHER = re.compile(r"^/s/|^/models|^/api/hello$|^/v1/tcp_warming$")


def test_every_route_is_described_and_nothing_else(tmp_path: Path) -> None:
    rooms: list[Room] = []

    async def talk(client: httpx.AsyncClient) -> None:
        del client

    asking(tmp_path, talk, rooms=rooms)
    routes = {
        (re.sub(r":\w+", "", route.path), method.lower())
        for route in web_app(rooms[0]).routes
        if isinstance(route, Route) and not _OTHER.search(route.path)
        for method in (route.methods or set()) - {"HEAD"}
    }
    assert {(path.path, path.method) for path in PATHS} == routes


def test_the_description_is_served(tmp_path: Path) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        told = values(await client.get("/openapi.json"))
        assert told == document("1.2.3", "http://127.0.0.1:8000")
        assert (told["openapi"], told["info"]["version"]) == ("3.1.0", "1.2.3")

    asking(tmp_path, talk)


def test_each_parameter_of_a_path_is_described() -> None:
    for path, operations in document("1", "http://127.0.0.1:1")["paths"].items():
        for operation in operations.values():
            described = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
            assert described == set(re.findall(r"{(\w+)}", path))
