"""The page is one document that may ask nobody but us; programs get JSON at the same path."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.web.rooms import asking, values

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def test_a_browser_gets_the_page_and_a_program_gets_json(tmp_path: Path) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        page = await client.get("/", headers=BROWSER)
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert page.text.startswith("<!doctype html>")
        assert values(await client.get("/"))["name"] == "tokencli"
        assert (await client.get("/s/work", headers=BROWSER)).headers["content-type"] == "application/json"

    asking(tmp_path, talk)


def test_nothing_may_run_but_what_stands_in_the_page(tmp_path: Path) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        pages = [await client.get("/", headers=BROWSER) for _ in range(2)]
        nonces = [re.findall(r'<script type="module" nonce="([^"]+)">', page.text) for page in pages]
        assert len(nonces[0]) == 1
        assert nonces[0] != nonces[1]
        policy = pages[0].headers["content-security-policy"]
        assert f"script-src 'nonce-{nonces[0][0]}' blob:" in policy
        assert "default-src 'none'" in policy
        assert "connect-src 'self'" in policy
        assert "/*" not in pages[0].text.partition("<style>")[0]

    asking(tmp_path, talk)


def test_the_page_names_no_other_host(tmp_path: Path) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        page = (await client.get("/", headers=BROWSER)).text
        assert re.findall(r"https?://[^\\s\"'`)]+", page) == []
        assert "innerHTML" not in page
        assert page.count("</script>") == 1

    asking(tmp_path, talk)


def test_the_charts_library_is_our_own_copy(tmp_path: Path) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        library = await client.get("/static/plotly.js")
        assert library.headers["content-type"].startswith("text/javascript")
        assert "plotly.js" in library.text[:200]

    asking(tmp_path, talk)
