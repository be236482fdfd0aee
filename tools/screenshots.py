"""Write the pictures of the live views that the docs show: a sample ledger, a proxy, a provider of its own, a browser.

`python -m tools.screenshots` needs Debian's chromium. Each picture is looked at before it is committed.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

from tokencli.cli.wiring import now
from tokencli.config.settings import load_settings
from tokencli.domain.money import usd
from tokencli.services.budgets import Calendar
from tokencli.services.lookout import Lookout
from tokencli.services.sample import SAMPLE_ZONE, sample_log
from tokencli.tui.app import Setting, TopApp

if TYPE_CHECKING:
    from collections.abc import Generator

    from playwright.sync_api import Browser, Page

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "images"
CHROMIUM = "/usr/bin/chromium"
MODEL = "mistral/mistral-large-2411"
PROMPTS = (400, 3_000, 9_000, 21_000, 38_000, 64_000, 88_000, 108_000)
VIEWS = {"live-light": (1280, "light"), "live-dark": (1280, "dark"), "live-phone": (375, "light")}


class Provider(BaseHTTPRequestHandler):
    """Answers every call; what it counts is what the prompt says it should."""

    def do_POST(self) -> None:
        """Answer one call."""
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        tokens = int(body["messages"][0]["content"].split()[0])
        told = {
            "id": f"chatcmpl-{random.getrandbits(64):x}",
            "model": body["model"],
            "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Done."}}],
            "usage": {"prompt_tokens": tokens, "completion_tokens": 350, "total_tokens": tokens + 350},
        }
        answer = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
        """Say nothing."""


@contextmanager
def provider() -> Generator[str]:
    """Run the provider and return its base URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Provider) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
        server.shutdown()


@contextmanager
def proxy(home: Path, provider_url: str) -> Generator[str]:
    """Run `tokencli serve` on a ledger that holds the sample log, and return its base URL."""
    shipped = (Path(__file__).resolve().parent.parent / "config.toml").read_text(encoding="utf-8")
    (home / "config.toml").write_text(shipped.replace("https://api.mistral.ai/v1", provider_url), encoding="utf-8")
    env = {**os.environ, "TOKENCLI_HOME": str(home), "TOKENCLI_CONFIG": str(home / "config.toml")}
    env |= {"MISTRAL_API_KEY": "sk-test-pictures", "TZ": SAMPLE_ZONE}
    tokencli = (sys.executable, "-m", "tokencli")
    with sample_log() as log:
        subprocess.run([*tokencli, "ingest", str(log)], env=env, check=True, stdout=subprocess.DEVNULL)
    command = [*tokencli, "serve", "--port", "0", "--json"]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE) as process:
        stdout = process.stdout
        if stdout is None:
            raise RuntimeError
        yield json.loads(stdout.readline())["base_urls"]["anthropic"]
        process.terminate()


def ask(url: str, path: str, body: dict[str, Any]) -> None:
    """Send JSON to the proxy."""
    request = Request(url + path, json.dumps(body).encode(), {"content-type": "application/json"})  # noqa: S310 - local
    with urlopen(request) as answer:  # noqa: S310 - local
        answer.read()


def work(url: str) -> None:
    """Let a session fill its context."""
    ask(url, "/api/sessions", {"name": "refactoring", "model": MODEL})
    for tokens in PROMPTS:
        words = f"{tokens} " + "words of a prompt " * (tokens // 4)
        ask(url, "/v1/chat/completions", {"model": MODEL, "messages": [{"role": "user", "content": words}]})


def opened(browser: Browser, url: str, width: int, scheme: Any) -> Page:
    """Return the page with all its charts drawn."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto(url)
    page.wait_for_selector("body[data-ready]")
    page.locator("#charts").scroll_into_view_if_needed()
    for chart in ("cost", "tokens", "models", "activity", "estimates"):
        page.wait_for_selector(f"#chart-{chart} .plotly .points, #chart-{chart} .plotly .lines", state="attached")
    page.wait_for_selector("#findings-list li")
    page.evaluate("scrollTo(0, 0)")
    return page


async def drawn_top(home: Path, size: tuple[int, int]) -> str:
    """Return what `tokencli top` shows of the ledger, as SVG."""

    def lookout() -> Lookout:
        limits = {"day": usd("3"), "week": usd("12"), "month": usd("20")}
        settings = load_settings(home / "config.toml")
        return Lookout(home / "ledger.db", settings, limits, lambda: Calendar(now(), SAMPLE_ZONE))

    with lookout() as first:
        app = TopApp(Setting(open_lookout=lookout, interval_s=3600, now=now), first.board())
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        return app.export_screenshot(title="tokencli top")


def photographed(browser: Browser, svg: str, path: Path) -> None:
    """Write an SVG as a picture."""
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    page.set_content(f"<body style='margin:0;width:1100px'>{svg}</body>")
    page.locator("svg").screenshot(path=path)
    page.close()


def main() -> None:
    """Write all pictures."""
    from playwright.sync_api import sync_playwright

    PICTURES.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tokencli-pictures-")))
        url = stack.enter_context(proxy(home, stack.enter_context(provider())))
        work(url)
        terminal = asyncio.run(drawn_top(home, (100, 30)))
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for name, (width, scheme) in VIEWS.items():
            opened(browser, url, width, scheme).screenshot(path=PICTURES / f"{name}.png", full_page=True)
        page = opened(browser, url, 1280, "light")
        page.click("#new-session")
        page.wait_for_selector("#dialog-models button")
        page.fill("#dialog-search", "tool 128k")
        page.locator("#dialog-models button").nth(1).click()
        page.screenshot(path=PICTURES / "live-dialog.png")
        photographed(browser, terminal, PICTURES / "top.png")
        browser.close()


if __name__ == "__main__":
    main()
