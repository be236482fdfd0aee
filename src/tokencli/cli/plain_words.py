"""A plain command line -> its options by name, without the option parser, which costs half of a short run.

Plain is: one command, options that it or every command has, each written out with its value and, unless it may be
repeated, given once. Help, completion, short and odd forms and every mistake are not plain: they are the parser's.
"""

from __future__ import annotations

from tokencli.domain.plain import NotPlainError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TypeAlias

    Given: TypeAlias = str | tuple[str, ...] | bool | None
    """What an option comes to: its value, its values where it may be repeated, whether a flag was given."""

OPERANDS = ""
"""Under this name stand the words that are no options, where a command takes such words."""
GLOBALS: Mapping[str, Given] = {"--db": None, "--config": None, "--tz": None, "--json": False, "--no-color": False}
"""The options of every command, which may stand before its name."""


def plain_words(words: Sequence[str], command: str, options: Mapping[str, Given]) -> dict[str, Given]:
    """Return the options that a command line gives; raise NotPlainError unless it is plain.

    `options` are the command's own by name, with what each comes to when it is not given: its value or None, () where
    it may be repeated, False for a flag. OPERANDS stands among them where the command takes words. A command in a group
    is named by both words, "session list".
    """
    found: dict[str, Given] = {}
    known, left, names = GLOBALS, list(reversed(words)), list(reversed(command.split(" ")))
    while left:
        word = left.pop()
        if names and word == names[-1]:
            names.pop()
            known = GLOBALS if names else {**options, **GLOBALS}
            continue
        name, value = _told(word, left, known)
        before = found.get(name)
        if name not in found:
            found[name] = (str(value),) if isinstance(known[name], tuple) else value
        elif isinstance(before, tuple):
            found[name] = (*before, str(value))
        else:
            raise NotPlainError
    if names:
        raise NotPlainError
    return found


def _told(word: str, left: list[str], known: Mapping[str, Given]) -> tuple[str, str | bool]:
    """Return the name of the option that a word is, and what it is given, for which the next word may be taken."""
    if word[:1] != "-" and OPERANDS in known:
        name, value = OPERANDS, word
    else:
        name, sign, value = word.partition("=")
        if name[:2] != "--" or name not in known or (known[name] is False and sign):
            raise NotPlainError
        if known[name] is False:
            return name, True
        if not sign:
            value = left.pop() if left else ""
    if not value or value[0] == "-":
        raise NotPlainError
    return name, value
