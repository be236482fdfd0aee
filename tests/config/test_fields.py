from __future__ import annotations

import pytest

from tokencli.config.document import WrongValueError, parse
from tokencli.config.fields import base_url_of, claim_of, one_of, section_of, text_of, whole_of

DOCUMENT = parse(b"[s]\nkey = 1\n", "config.toml")
PATH = ("s", "key")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("https://api.mistral.ai/v1", "https://api.mistral.ai/v1"),
        ("https://api.mistral.ai/v1/", "https://api.mistral.ai/v1"),
        ("http://localhost:11434", "http://localhost:11434"),
        ("http://[::1]:8080/v1", "http://[::1]:8080/v1"),
        (None, None),
    ],
)
def test_an_address_is_kept_without_a_slash_at_its_end(written: str | None, read: str | None) -> None:
    assert base_url_of(DOCUMENT, PATH, written) == read


@pytest.mark.parametrize(
    ("written", "advice"),
    [
        ("api.mistral.ai/v1", "did you mean 'https://api.mistral.ai/v1'?"),
        ("//api.mistral.ai/v1", "did you mean 'https://api.mistral.ai/v1'?"),
        ("localhost:8000/v1", "did you mean 'http://localhost:8000/v1'?"),
        ("htps://h/v1", "did you mean 'https://h/v1'?"),
        ("file:///etc/passwd", "it begins with http:// or https://."),
        ("mistral", "it is a URL such as https://api.mistral.ai/v1."),
        ("", "it is a URL such as https://api.mistral.ai/v1."),
        ("https://", "it names no host: write it like https://api.mistral.ai/v1."),
        ("https:///v1", "it names no host"),
        ("https://h:0/v1", "it names no host"),
        ("https://h:99999/v1", "it is no address"),
        ("https://[::1/v1", "it is no address"),
        ("https://h/v1?key=1", "did you mean 'https://h/v1'?"),
        ("https://h/v1#a", "did you mean 'https://h/v1'?"),
        ("https://h/v1/../x", "a path has no . or .. between its slashes."),
        ("https://h /v1", "plain letters, digits and signs only"),
        ("https://h\\v1", "plain letters, digits and signs only"),
        ("https://\u0430pi.openai.com/v1", "plain letters, digits and signs only"),
        ("https://h/v1\n", "plain letters, digits and signs only"),
    ],
)
def test_what_is_no_address_is_refused_with_the_nearest_one(written: str, advice: str) -> None:
    with pytest.raises(WrongValueError) as caught:
        base_url_of(DOCUMENT, PATH, written)
    assert str(caught.value).startswith("config.toml, line 2: s.key is ")
    assert advice in str(caught.value)


def test_a_password_in_an_address_is_refused_and_not_shown() -> None:
    with pytest.raises(WrongValueError) as caught:
        base_url_of(DOCUMENT, PATH, "https://me:secret@h/v1")
    assert str(caught.value) == (
        "config.toml, line 2: s.key is '...', but a base URL holds no user and no password: give the key as api_key."
    )


def test_values_of_their_kind_are_given_back() -> None:
    assert (text_of(DOCUMENT, PATH, "a"), text_of(DOCUMENT, PATH, None)) == ("a", None)
    assert (whole_of(DOCUMENT, PATH, 5, 5), whole_of(DOCUMENT, PATH, 0, 5, least=0)) == (5, 0)
    assert whole_of(DOCUMENT, PATH, None, 5) is None
    assert claim_of(DOCUMENT, PATH, value=False) is False
    assert one_of(DOCUMENT, PATH, "a", ("a", "b")) == "a"
    assert section_of(DOCUMENT, "s", ("key",)) == {"key": 1}
    assert section_of(DOCUMENT, "other", ()) == {}


@pytest.mark.parametrize("value", [True, "5", 6, 0, -1, 2.5])
def test_what_is_no_whole_number_in_the_bounds_is_refused(value: object) -> None:
    with pytest.raises(WrongValueError, match="it should be a whole number between 1 and 5"):
        whole_of(DOCUMENT, PATH, value, 5)


def test_a_section_without_keys_takes_none() -> None:
    with pytest.raises(WrongValueError, match=r"\[s\] has no such key: it has none"):
        section_of(DOCUMENT, "s", ())
