from pathlib import Path

from tests.clients.grounds import ground
from tokencli.clients.client import WORD, Place, table

TOKEN = "a long random one".replace(" ", "-")


def test_a_file_is_below_the_home_directory_or_where_its_variable_says() -> None:
    place = Place(".codex", "config.toml", "CODEX_HOME")
    assert place.path({}, Path("/home/user")) == Path("/home/user/.codex/config.toml")
    assert place.path({"CODEX_HOME": "/elsewhere"}, Path("/home/user")) == Path("/elsewhere/config.toml")


def test_a_word_is_given_only_where_tokencli_has_the_key_and_the_client_has_none() -> None:
    assert ground().key("openai", "OPENAI_API_KEY") == {}
    assert ground(keyed="openai").key("openai", "OPENAI_API_KEY") == {"OPENAI_API_KEY": WORD}
    assert ground(keyed="openai").key("openai", "OPENAI_API_KEY", has_own=True) == {}
    own = ground(keyed="openai", environ={"SECOND_NAME": "sk-own"})
    assert own.key("openai", "OPENAI_API_KEY", "SECOND_NAME") == {}


def test_an_empty_variable_holds_no_key() -> None:
    assert ground(keyed="openai", environ={"OPENAI_API_KEY": ""}).key("openai", "OPENAI_API_KEY")


def test_a_proxy_that_asks_for_a_token_gets_it_in_the_place_of_any_key() -> None:
    guarded = ground(environ={"OPENAI_API_KEY": "sk-own"}, token=TOKEN)
    assert guarded.key("openai", "OPENAI_API_KEY") == {"OPENAI_API_KEY": TOKEN}


def test_this_proxy_and_the_one_that_usually_runs_are_known_by_their_address() -> None:
    here = ground(usual="http://127.0.0.1:9000")
    assert here.leads_here("http://127.0.0.1:8000/s/other/v1")
    assert here.leads_here("http://127.0.0.1:9000/v1")
    assert not here.leads_here("https://api.openai.com/v1")


def test_a_provider_whose_own_path_the_proxy_has_is_reached_by_it_and_any_other_by_its_name() -> None:
    here = ground()
    addresses = [here.versioned(each) for each in ("openai", "anthropic", "gemini", "groq")]
    assert [each.removeprefix(here.base) for each in addresses] == ["/v1", "/v1", "/v1beta", "/p/groq"]


def test_an_option_is_said_with_its_value_behind_it_or_behind_a_sign_but_not_by_a_longer_name() -> None:
    assert ground("--config", "x").says("--config")
    assert ground("a", "--config=x").says("--config")
    assert not ground("--configuration=x", "--config-file").says("--config")


def test_no_representation_shows_a_key() -> None:
    assert "sk-own" not in repr(ground(environ={"OPENAI_API_KEY": "sk-own"}))


def test_what_is_no_table_counts_as_an_empty_one() -> None:
    assert table({"a": 1}) == {"a": 1}
    assert table(["a"]) == table(None) == {}
