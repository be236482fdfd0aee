"""Client: one program as a value, and what it says when it is asked how it wants to be started.

A client's own key, login and settings come first: it is given a word in the place of a key only where tokencli has
the provider's key and the client has none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from urllib.parse import urlsplit

from tokencli.domain.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tokencli.clients.editing.splices import Step

WORD = "kept-by-tokencli"
"""What stands in the place of a key that tokencli keeps; no provider ever sees it."""
_PATHS = {"openai": "/v1", "anthropic": "/v1", "gemini": "/v1beta"}


def table(found: object) -> dict[str, Any]:
    """Return a table of a file as it was read; an empty one for anything else."""
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


class Place(NamedTuple):
    """A file of a client's: `folder` is below the home directory, or is what a variable names instead."""

    folder: str
    name: str
    variable: str | None = None

    @property
    def is_variables(self) -> bool:
        """Say whether it holds variables, of which those that are set already count before it."""
        return self.name.endswith(".env")

    def path(self, environ: Mapping[str, str], home: Path) -> Path:
        """Return where the file is, whether it is there or not."""
        moved = environ.get(self.variable) if self.variable else None
        return (Path(moved) if moved else home / self.folder) / self.name


class Model(NamedTuple):
    """A model of config.toml: its key, and the provider it is called at."""

    key: str
    provider: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Where a client is about to be started: the proxy, what tokencli has keys for, what the user has set.

    `base` is the proxy with the session, such as http://127.0.0.1:8000/s/fix-42, `usual` where `tokencli serve` is
    when it runs: an address that a client may have been given for good. `folder` is an empty directory of this run's
    own. `texts` holds the client's own files, as far as they are there. `providers` are those that the proxy knows,
    `keyed` those of them whose key it puts in. `token` is what the proxy wants to see before it lets anybody in; it
    goes in the place of a key.
    """

    base: str
    usual: str = ""
    environ: Mapping[str, str] = field(repr=False)
    home: Path
    folder: Path
    arguments: tuple[str, ...] = ()
    keyed: frozenset[str] = frozenset()
    providers: frozenset[str] = frozenset()
    models: tuple[Model, ...] = ()
    texts: Mapping[Place, str] = field(default_factory=dict[Place, str], repr=False)
    token: str | None = field(default=None, repr=False)

    @property
    def openai(self) -> str:
        """Return the base URL for clients that speak OpenAI's API."""
        return f"{self.base}/v1"

    def leads_here(self, address: str) -> bool:
        """Say whether an address is that of this proxy, or of the one that usually runs."""
        return urlsplit(address).netloc in {urlsplit(self.base).netloc, urlsplit(self.usual).netloc}

    def at(self, provider: str) -> str:
        """Return the base URL that leads to one provider."""
        return f"{self.base}/p/{provider}"

    def versioned(self, provider: str) -> str:
        """Return the base URL of one provider for clients that want the version of its API in it."""
        path = _PATHS.get(provider)
        return self.at(provider) if path is None else f"{self.base}{path}"

    def says(self, option: str) -> bool:
        """Say whether an option is among the user's arguments, with its value behind it or behind a "="."""
        return any(each.partition("=")[0] == option for each in self.arguments)

    def has(self, *names: str) -> bool:
        """Say whether the user has set one of these variables to something."""
        return any(self.environ.get(name) for name in names)

    def word(self, provider: str, *, has_own: bool) -> str | None:
        """Return what to give a client as its key for a provider; None to leave it with what it has."""
        if self.token is not None:
            return self.token
        return WORD if provider in self.keyed and not has_own else None

    def key(self, provider: str, name: str, *others: str, has_own: bool = False) -> dict[str, str]:
        """Return the variable `name` with the word in it; nothing when the client has a key by it or by `others`."""
        word = self.word(provider, has_own=has_own or self.has(name, *others))
        return {} if word is None else {name: word}


class Mirror(NamedTuple):
    """A folder of the client's own, shown to it elsewhere: `folder` is below the ground's, `source` the real one.

    Everything in it is a link to what is there, but for the files that the launch puts in its place.
    """

    folder: str
    source: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """What makes a client call the proxy: variables, words before its arguments, files for this run alone.

    `files` are written below the ground's folder, which is gone afterwards; what else the client writes into a mirror
    is kept in its source. `remarks` are sentences for the user.
    """

    environ: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    arguments: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    mirrors: tuple[Mirror, ...] = ()
    remarks: tuple[str, ...] = ()


class NothingToConnectError(InputError):
    """A client that cannot be pointed anywhere yet."""

    def __init__(self, why: str) -> None:
        """Give the reason, and what to do first."""
        super().__init__(f"nothing is changed: {why}.")
        self.why = why


class Setting(NamedTuple):
    """A value that a client's file is to have: the steps to it, and what it is."""

    path: tuple[Step, ...]
    value: Any


class Edit(NamedTuple):
    """A client's file, and the settings that it is to have."""

    place: Place
    settings: tuple[Setting, ...]


class Wanted(NamedTuple):
    """What points a client at the proxy for good: the file with the address, and one that it needs `also`.

    `remarks` are sentences for the user. `is_ignored`: the way in which the client is logged in has no use for the
    address.
    """

    place: Place
    settings: tuple[Setting, ...]
    remarks: tuple[str, ...] = ()
    also: Edit | None = None
    is_ignored: bool = False

    @property
    def edits(self) -> tuple[Edit, ...]:
        """Return all files, the one with the address first."""
        first = Edit(self.place, self.settings)
        return (first,) if self.also is None else (first, self.also)


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """One client: `name` is its word on the command line, `title` its own name, `executables` what it is called.

    `package` is where it comes from, such as npm:@openai/codex. `configs` are its own config files, the one that
    counts first; `reads` those whose text `launch` and `connect` want to know. `connect` is None for a client that is
    set by hand.
    """

    name: str
    title: str
    executables: tuple[str, ...]
    launch: Callable[[Ground], Launch]
    connect: Callable[[Ground], Wanted] | None = None
    package: str | None = None
    configs: tuple[Place, ...] = ()
    reads: tuple[Place, ...] = ()
