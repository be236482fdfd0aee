"""Every error says one sentence, and the drawing of the tree is true."""

from __future__ import annotations

import inspect
import re

import pytest

from tokencli.domain import errors
from tokencli.domain.errors import ExitCode, TokencliError

CLASSES = [
    found
    for found in vars(errors).values()
    if isinstance(found, type) and issubclass(found, TokencliError) and found is not TokencliError
]
ARGUMENTS = {"waited_s": 5.0, "quantity": 2}


def drawn_parents() -> dict[str, str]:
    """Return class -> parent as the drawing in the module's docstring has it."""
    path = ["TokencliError"]
    parents: dict[str, str] = {}
    for line in (errors.__doc__ or "").split("\n"):
        drawn = re.match(r"    ((?:\|   |    )*)\+-- ([\w, ]+?)(?:  .*)?$", line)
        continued = re.match(r"    ((?:\|   )+)    ([\w, ]+Error)$", line)
        match = drawn or continued
        if match:
            depth = len(match[1]) // 4 + 1
            names = [name for name in re.split(r", *", match[2]) if name]
            parents |= dict.fromkeys(names, path[depth - 1])
            path = [*path[:depth], names[0]]
    return parents


def test_the_drawing_shows_every_class_below_its_parent() -> None:
    assert drawn_parents() == {found.__name__: found.__mro__[1].__name__ for found in CLASSES}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("UsageError", 2),
        ("NothingFoundError", 1),
        ("InputError", 3),
        ("ConfigError", 3),
        ("StoreError", 4),
        ("LedgerLockedError", 4),
        ("NetworkError", 5),
    ],
)
def test_exit_codes_are_those_of_the_manual(name: str, code: int) -> None:
    assert getattr(errors, name).exit_code == code


def test_exit_codes_are_few_and_fixed() -> None:
    assert [int(code) for code in ExitCode] == [0, 1, 2, 3, 4, 5, 126, 127, 130]


@pytest.mark.parametrize("error", CLASSES, ids=lambda error: error.__name__)
def test_a_class_builds_one_sentence_from_facts(error: type[TokencliError]) -> None:
    if "__init__" not in vars(error):
        assert error.exit_code in ExitCode
        return
    names = [name for name in inspect.signature(error).parameters if name != "self"]
    facts = {name: ARGUMENTS.get(name, f"<{name}>") for name in names}
    sentence = str(error(**facts))
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert any(str(fact) in sentence or "5 s" in sentence for fact in facts.values())


def test_a_value_is_shown_escaped() -> None:
    assert "\x1b" not in str(errors.UnknownPeriodError("\x1b[31mweek"))
    assert "\u202e" not in str(errors.UnknownZoneError("\u202ePhobos"))
