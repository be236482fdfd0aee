"""The live page in a real browser, served by a running proxy: its widgets, restarts, bursts and strangers."""

from __future__ import annotations

import json
import os
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import expect

from tests.e2e.serving import serving
from tests.proxy.fake_provider import in_thread, json_answer
from tokencli.store.database import open_ledger
from tokencli.store.sessions import sessions

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from playwright.sync_api import Browser, Page

    from tests.e2e.serving import Proxy
    from tests.proxy.fake_provider import Received, Scripted

CHROMIUM = Path("/usr/bin/chromium")
LARGE, SMALL = "mistral/mistral-large-2411", "mistral/ministral-8b-2410"
# The long form has ten times as many.
BURST = 10_000 if os.environ.get("TOKENCLI_TORTURE") == "1" else 1_000
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Debian's chromium is not installed at /usr/bin/chromium"),
]


class House:
    """A proxy with a provider behind it whose answers say what a test wants."""

    def __init__(self, place: Path, provider_url: str) -> None:
        self.place = place
        self.config = f"""
[providers.mistral]
type = "openai"
base_url = "{provider_url}/v1"
api_key_env = "CANARY"
rpm = 0
[providers.groq]
type = "openai"
base_url = "{provider_url}/openai/v1"
api_key_env = "NOWHERE"
[models."{LARGE}"]
provider = "mistral"
model = "mistral-large-2411"
max_context_size = 131072
capabilities = ["tool_use"]
[models."{SMALL}"]
provider = "mistral"
model = "ministral-8b-2410"
max_context_size = 32768
capabilities = ["tool_use", "autocomplete"]
[models."groq/compound"]
provider = "groq"
model = "groq/compound"
max_context_size = 131072
capabilities = ["ultra_fast"]
[limits]
daily_usd = 0.5
"""
        self.answer: dict[str, Any] = {}
        self.held: threading.Event | None = None
        self.proxy: Proxy | None = None
        self.headers: dict[str, str] = {}

    def answers(self, received: Received) -> Scripted:
        """Answer a request, when it is let go."""
        del received
        if self.held is not None:
            self.held.wait(30)
        return json_answer(self.answer)

    def uses(self, tokens_in: int, tokens_out: int) -> None:
        """Let the provider count these tokens from now on."""
        usage = {"prompt_tokens": tokens_in, "completion_tokens": tokens_out, "total_tokens": tokens_in + tokens_out}
        self.answer = {"id": "x", "model": "mistral-large-2411", "choices": [], "usage": usage}

    @contextmanager
    def open(self, *arguments: str) -> Generator[Proxy]:
        """Run the proxy."""
        with serving(self.place, self.config, {"CANARY": "sk-test-live-page"}, *arguments) as proxy:
            self.proxy = proxy
            yield proxy

    def post(self, path: str, body: object) -> bytes:
        """Send JSON to the proxy."""
        assert self.proxy
        headers = {"content-type": "application/json", **self.headers}
        request = Request(self.proxy.url + path, json.dumps(body).encode(), headers)  # noqa: S310 - local
        with urlopen(request) as answer:  # noqa: S310 - local
            told: bytes = answer.read()
            return told

    def call(self, model: str = LARGE) -> None:
        """Make one call."""
        self.post("/v1/chat/completions", {"model": model, "messages": [{"role": "user", "content": "hello " * 50}]})


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with in_thread() as provider:
        made = House(tmp_path / "house", provider.url)
        made.uses(1000, 100)
        provider.choose = made.answers
        yield made


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Return a function that opens the page of a proxy; nothing may go wrong in it, and no other host be asked."""
    pages: list[Page] = []
    wrong: list[str] = []
    hosts: set[str] = {"blob:", "data:"}
    own: set[str] = set()

    def visited(proxy: Proxy, *, width: int = 1280, dark: bool = False, query: str = "") -> Page:
        page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light")
        page.set_default_timeout(20_000)
        pages.append(page)
        page.on("request", lambda request: hosts.add(re.sub(r"^(\w+://[^/]*|\w+:).*", r"\1", request.url)))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        own.add(proxy.url)
        page.goto(proxy.url + "/" + query)
        page.wait_for_selector("body[data-ready]")
        return page

    yield visited
    for page in pages:
        page.close()
    assert wrong == []
    assert hosts == own | {"blob:", "data:"}


def rows(page: Page) -> list[list[str]]:
    """Return the texts of the table of calls."""
    found: list[list[str]] = page.locator("#calls-table tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.cells].map(cell => cell.innerText))"
    )
    return found


def test_a_call_is_an_estimate_until_the_provider_has_counted(house: House, visit: Callable[..., Page]) -> None:
    with house.open() as proxy, ThreadPoolExecutor(1) as thread:
        page = visit(proxy)
        assert page.locator("#calls-count").inner_text() == "None yet: point a client here."
        house.held = threading.Event()
        done = thread.submit(house.call)
        page.wait_for_selector(".badge.est")
        (estimated,) = rows(page)
        assert "mistral-large-2411" in estimated[1]
        assert int(estimated[3]) > 0
        house.held.set()
        done.result()
        page.wait_for_selector("#calls-table .badge.real")
        (counted,) = rows(page)
        assert (counted[3], counted[5], counted[7]) == ("1,000", "100", "$0.002600")
        expect(page.locator("#sums-table tbody td").first).to_have_text("1")
        assert "$0.002600 of $0.50" in page.locator("#thresholds").inner_text()


def test_a_session_fills_its_gauge_and_warns_once_a_step(house: House, visit: Callable[..., Page]) -> None:
    with house.open() as proxy:
        page = visit(proxy)
        house.post("/api/sessions", {"name": "work", "model": LARGE})
        expect(page.locator("#session-body .name")).to_contain_text("work")
        for tokens, gauge in ((50_000, "ok"), (110_000, "caution"), (120_000, "warning"), (126_000, "critical")):
            house.uses(tokens, 100)
            house.call()
            page.wait_for_selector(f".gauge .fill[data-gauge={gauge}]", state="attached")
        assert page.locator(".gauge").get_attribute("aria-valuetext") == "96.2 percent, critical"
        warnings = page.locator("#warnings")
        expect(warnings).to_contain_text("The context of work is 96 % full.")
        expect(warnings).to_contain_text("This day's limit of $0.50 stands at")
        expect(page.locator("#thresholds .bar").first).to_have_attribute("data-level", "over")


def test_a_new_session_is_chosen_with_the_keyboard_alone(house: House, visit: Callable[..., Page]) -> None:
    with house.open() as proxy:
        page = visit(proxy)
        page.locator("#new-session").focus()
        page.keyboard.press("Enter")
        page.wait_for_selector("#dialog-models button")
        assert page.locator("#dialog-begin").is_disabled()
        assert page.locator("#dialog-models h3").all_inner_texts()[1].strip().endswith("no key")
        page.keyboard.type("auto 32k")
        assert page.locator("#dialog-models button").count() == 1
        assert "autocomplete" in page.locator("#dialog-models button").inner_text()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert page.locator("#dialog-models [aria-checked=true] .what").inner_text() == SMALL
        page.locator("#dialog-begin").focus()
        page.keyboard.press("Enter")
        page.wait_for_selector("#dialog", state="hidden")
        expect(page.locator("#session-body")).to_contain_text("ministral")
        with open_ledger(proxy.ledger, write=False) as database:
            (begun,) = sessions(database.connection)
        assert (begun.model, begun.is_active) == (SMALL, True)


def test_sessions_are_switched_renamed_exported_and_ended(house: House, visit: Callable[..., Page]) -> None:
    with house.open() as proxy:
        for name in ("one", "two"):
            house.post("/api/sessions", {"name": name, "model": LARGE})
        house.call()
        page = visit(proxy)
        assert page.locator("#session-choice option").all_inner_texts() == ["two (active)", "one"]
        with page.expect_download() as download:
            page.get_by_role("link", name="CSV").click()
        assert Path(download.value.path()).read_text(encoding="utf-8").count("\n") == 2
        page.select_option("#session-choice", label="one")
        page.get_by_role("button", name="Make active").click()
        expect(page.locator("#session-choice")).to_contain_text("one (active)")
        page.get_by_role("button", name="Rename", exact=True).click()
        page.fill("#rename-name", "two")
        page.locator("#rename button[type=submit]").click()
        page.wait_for_selector("#rename-error:not(:empty)")
        page.fill("#rename-name", "three")
        page.locator("#rename button[type=submit]").click()
        expect(page.locator("#session-choice")).to_contain_text("three (active)")
        page.once("dialog", lambda dialog: dialog.accept())
        page.get_by_role("button", name="End", exact=True).click()
        expect(page.locator("#session-choice")).not_to_contain_text("three")


def test_two_pages_show_the_same_and_come_back_after_a_restart(house: House, visit: Callable[..., Page]) -> None:
    with house.open() as proxy:
        port = proxy.url.rpartition(":")[2]
        pages = [visit(proxy), visit(proxy, width=375, dark=True)]
        house.call()
        for page in pages:
            page.wait_for_selector("#calls-table .badge.real")
    for page in pages:
        page.wait_for_selector("#connection[data-state=lost]")
    with house.open("--port", port):
        house.call()
        for page in pages:
            page.wait_for_selector("#connection[data-state=live]")
            expect(page.locator("#calls-table tbody tr")).to_have_count(2)
            expect(page.locator("#calls-table .badge.real")).to_have_count(2)
        assert len({page.locator("#calls-table tbody").text_content() for page in pages}) == 1


def test_a_burst_of_calls_leaves_the_page_right(house: House, visit: Callable[..., Page]) -> None:
    with house.open() as proxy:
        page = visit(proxy)
        with ThreadPoolExecutor(8) as threads:
            for each in [threads.submit(house.call) for _ in range(BURST)]:
                each.result()
        expect(page.locator("#sums-table tbody td").first).to_have_text(f"{BURST:,}")
        assert len(rows(page)) == 50
        assert page.locator("#calls-table .badge.est").count() == 0


def test_charts_are_drawn_and_follow_the_theme(house: House, visit: Callable[..., Page]) -> None:
    with house.open() as proxy:
        house.call()
        page = visit(proxy)
        page.locator("#charts").scroll_into_view_if_needed()
        page.wait_for_selector("#chart-cost .points path", state="attached")
        page.wait_for_selector("#chart-estimates .points path", state="attached")

        bar = page.locator("#chart-tokens .points path").last
        light: str = bar.evaluate("bar => getComputedStyle(bar).fill")
        page.click("#theme")
        expect(bar).not_to_have_css("fill", light)
        page.get_by_role("button", name="7 days").click()
        page.wait_for_selector("[data-period='7d'][aria-pressed=true]")


def test_charts_whose_library_did_not_come_are_drawn_the_next_time(house: House, visit: Callable[..., Page]) -> None:
    with house.open() as proxy:
        house.call()
        page = visit(proxy)
        page.route("**/static/plotly.js", lambda route: route.abort())
        page.reload()
        page.locator("#charts").scroll_into_view_if_needed()
        expect(page.locator("#warnings")).to_contain_text("tokencli does not answer")
        page.unroute("**/static/plotly.js")
        page.get_by_role("button", name="7 days").click()
        page.wait_for_selector("#chart-cost .points path", state="attached")


@pytest.mark.parametrize("width", [375, 800, 1600])
def test_nothing_runs_out_of_the_window(house: House, visit: Callable[..., Page], width: int) -> None:
    with house.open() as proxy:
        house.post("/api/sessions", {"name": "a-session-with-quite-a-long-name-of-its-own", "model": LARGE})
        house.call()
        page = visit(proxy, width=width)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_name_that_is_markup_is_shown_as_text(house: House, visit: Callable[..., Page]) -> None:
    with house.open() as proxy:
        house.answer["model"] = "<img src=x onerror=alert(1)>"
        house.call()
        page = visit(proxy)
        assert "<img src=x onerror=alert(1)>" in rows(page)[0][1]
        assert page.locator("#calls-table img").count() == 0


def test_the_page_keeps_the_token_and_hides_it(house: House, visit: Callable[..., Page]) -> None:
    token = "0123456789abcdef-test"  # noqa: S105 - made up
    with house.open("--token", token) as proxy:
        page = visit(proxy, query=f"?token={token}")
        assert token not in page.url
        page.wait_for_selector("#connection[data-state=live]")
        house.headers = {"x-tokencli-token": token}
        house.call()
        page.wait_for_selector("#calls-table .badge.real")
        page.locator("#charts").scroll_into_view_if_needed()
        page.wait_for_selector("#chart-cost .points path", state="attached")
        assert token not in page.content()


STRANGE = """
const tried = {};
const session = '{"name": "evil", "provider": "mistral"}';
const send = (type, more = {}) => ({method: "POST", headers: {"content-type": type}, body: session, ...more});
const read = async (name, path, options) => {
  try {
    tried[name] = (await (await fetch(TARGET + path, options)).text()).length;
  } catch {
    tried[name] = "refused";
  }
};
await read("read", "/api/live");
await read("post", "/api/sessions", send("application/json"));
await read("plain", "/api/sessions", send("text/plain"));
await fetch(TARGET + "/api/sessions", send("text/plain", {mode: "no-cors"})).catch(() => 0);
const call = '{"model": "mistral/mistral-large-2411", "messages": []}';
await fetch(TARGET + "/v1/chat/completions", {method: "POST", mode: "no-cors", body: call}).catch(() => 0);
tried.socket = await new Promise(done => {
  const socket = new WebSocket(TARGET.replace("http", "ws") + "/ws");
  socket.onmessage = () => done("heard");
  socket.onerror = () => done("refused");
});
document.title = JSON.stringify(tried);
"""


class Stranger(BaseHTTPRequestHandler):
    """A web page of another site that tries everything."""

    def __init__(self, target: str, *arguments: Any) -> None:
        self.target = target
        super().__init__(*arguments)

    def do_GET(self) -> None:
        """Answer with the page."""
        script = f"const TARGET = {json.dumps(self.target)};{STRANGE}"
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(f'<!doctype html><body><script type="module">{script}</script>'.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
        """Say nothing."""


def test_a_page_of_another_site_gets_nothing_and_does_nothing(house: House, chromium: Browser) -> None:
    with house.open() as proxy, ThreadingHTTPServer(("127.0.0.1", 0), partial(Stranger, proxy.url)) as stranger:
        threading.Thread(target=stranger.serve_forever, daemon=True).start()
        page = chromium.new_page()
        page.goto(f"http://127.0.0.1:{stranger.server_address[1]}/")
        page.wait_for_function("document.title !== ''", timeout=30_000)
        tried = json.loads(page.title())
        page.close()
        stranger.shutdown()
        assert {name: tried[name] for name in ("read", "post", "plain", "socket")} == dict.fromkeys(
            ("read", "post", "plain", "socket"), "refused"
        )
        assert proxy.rows("SELECT count(*) FROM session") == [(0,)]
        assert proxy.rows("SELECT count(*) FROM event") == [(0,)]
