"""The list of clients, in a table and as JSON."""

from __future__ import annotations

import json

import pytest

from tokencli.render.pointed_view import pointed_json, pointed_words, print_pointed
from tokencli.services.pointing import Goes, Lead, Pointed

URL = "http://127.0.0.1:8000"
CLIENTS = (
    Pointed(
        name="opencode",
        leads=(
            Lead(Goes.HERE, f"{URL}/v1", "127.0.0.1", "/h/opencode.json"),
            Lead(Goes.HERE, f"{URL}/v1beta", "127.0.0.1", "/h/opencode.json"),
            Lead(Goes.ELSEWHERE, "https://gw.example/\x1b[31m", "gw.example", "OPENAI_BASE_URL"),
        ),
    ),
    Pointed(name="codex"),
)


def test_each_address_has_a_line_and_the_next_step_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    print_pointed(CLIENTS, URL, is_running=False)
    said = capsys.readouterr().out.split("\n")
    assert said[:4] == [
        f"opencode here      {URL}/v1, by /h/opencode.json",
        f"         here      {URL}/v1beta, by /h/opencode.json",
        "         elsewhere https://gw.example/\\x1b[31m, by OPENAI_BASE_URL",
        "codex    straight  to its providers",
    ]
    rest = " ".join(said[4:])
    assert "not installed: claude, gemini," in rest
    assert f"no proxy runs at {URL}" in rest
    assert "tokencli connect codex" in rest


def test_an_address_never_has_the_word_of_another(capsys: pytest.CaptureFixture[str]) -> None:
    leads = (Lead(Goes.ELSEWHERE, "http://o.example", "o.example", "X"), Lead(Goes.HERE, URL, "127.0.0.1", "/h/a"))
    print_pointed((Pointed(name="aider", leads=leads),), URL, is_running=True, among=["aider"])
    assert capsys.readouterr().out.split("\n")[:2] == [
        "aider elsewhere http://o.example, by X",
        f"      here      {URL}, by /h/a",
    ]


def test_where_all_is_well_nothing_is_advised(capsys: pytest.CaptureFixture[str]) -> None:
    print_pointed(CLIENTS[:1], URL, is_running=True)
    said = capsys.readouterr().out
    assert "tokencli connect" not in said
    assert "no proxy runs" not in said


def test_the_json_has_every_address() -> None:
    told = json.loads(pointed_json(CLIENTS, URL, is_running=True))
    assert (told["proxy_url"], told["is_running"]) == (URL, True)
    assert [(each["client"], each["goes"]) for each in told["clients"]] == [("opencode", "here"), ("codex", "straight")]
    assert told["clients"][0]["addresses"][2] == {
        "address": "https://gw.example/\x1b[31m",
        "goes": "elsewhere",
        "by": "OPENAI_BASE_URL",
    }
    assert "claude" in told["not_installed"]


@pytest.mark.parametrize("is_running", [True, False])
def test_without_any_client_the_others_are_named(capsys: pytest.CaptureFixture[str], *, is_running: bool) -> None:
    print_pointed((), URL, is_running=is_running)
    assert capsys.readouterr().out.startswith("not installed: claude, ")


def test_an_address_of_no_use_is_said_to_be_so(capsys: pytest.CaptureFixture[str]) -> None:
    lead = Lead(Goes.HERE, URL, "127.0.0.1", "/h/.env")
    print_pointed((Pointed(name="gemini", leads=(lead,), is_ignored=True),), URL, is_running=False)
    said = " ".join(capsys.readouterr().out.split())
    assert said.startswith(f"gemini straight {URL}, by /h/.env: the way it is logged in has no use for that")
    assert "no proxy runs" not in said


def test_the_next_step_is_never_one_that_is_of_no_use() -> None:
    lead = Lead(Goes.HERE, URL, "127.0.0.1", "/h/.env")
    ignored = Pointed(name="gemini", leads=(lead,), is_ignored=True)
    gateway = Pointed(name="claude", leads=(Lead(Goes.ELSEWHERE, "https://gw.example", "gw.example", "X"),))
    asked = [each.name for each in (ignored, gateway)]
    (words,) = pointed_words((ignored, gateway), URL, is_running=True, among=asked)
    assert words.startswith("to have claude's calls counted: tokencli connect claude,")
    (words,) = pointed_words((gateway, Pointed(name="codex")), URL, is_running=True, among=["claude", "codex"])
    assert words.startswith("to have codex's calls counted: tokencli connect codex,")
    assert not list(pointed_words((ignored,), URL, is_running=True, among=["gemini"]))
