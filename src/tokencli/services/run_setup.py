"""A client set up for one run: its words, its environment, and its files in a folder that is gone afterwards.

Nothing of the client's own is written.
"""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tokencli.domain.text import visible
from tokencli.services.whole_files import head_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping
    from pathlib import Path

    from tokencli.clients.client import Client, Ground, Launch, Mirror, Place

_MOST_BYTES = 32 * 2**20
_MODE, _PRIVATE = 0o600, 0o700
_ADDRESSES = ("BASE_URL", "API_BASE")
_LOCAL = "127.0.0.1,localhost"
_PROXY_VARIABLES = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What to start; `remarks` are sentences that the user should read first."""

    command: tuple[str, ...]
    environ: Mapping[str, str] = field(repr=False)
    remarks: tuple[str, ...] = ()


def texts_of(client: Client, environ: Mapping[str, str], home: Path) -> dict[Place, str]:
    """Return those of the client's own files that it wants to know and that can be read."""
    texts: dict[Place, str] = {}
    for place in client.reads:
        text = _text(place.path(environ, home))
        if text is not None:
            texts[place] = text
    return texts


@contextmanager
def set_up(client: Client, ground: Ground, program: str) -> Generator[Setup]:
    """Write the files of this run, and give the command and the environment that point the client at the proxy.

    What the client has written into a mirror of its folder is in the folder itself afterwards.
    """
    launch = client.launch(ground)
    for mirror in launch.mirrors:
        _show(mirror, ground.folder, launch.files)
    for name, text in launch.files.items():
        _write(ground.folder / name, text)
    try:
        yield Setup(
            command=(program, *launch.arguments, *ground.arguments),
            environ={**ground.environ, **launch.environ, **_direct(ground.environ)},
            remarks=(*launch.remarks, *_redirected(launch, ground)),
        )
    finally:
        for mirror in launch.mirrors:
            _keep(mirror, ground.folder, launch.files)


def _text(path: Path) -> str | None:
    head = head_of(path, _MOST_BYTES)
    return None if head is None else head.decode(errors="replace")


def _write(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE), "w", encoding="utf-8") as file:
        file.write(text)


def _show(mirror: Mirror, folder: Path, files: Mapping[str, str]) -> None:
    """Link everything that is in a folder of the client's, but for what this run has in its place."""
    shown = folder / mirror.folder
    shown.mkdir(mode=_PRIVATE)
    for entry in mirror.source.iterdir() if mirror.source.is_dir() else ():
        if f"{mirror.folder}/{entry.name}" not in files:
            (shown / entry.name).symlink_to(entry.absolute())


def _keep(mirror: Mirror, folder: Path, files: Mapping[str, str]) -> None:
    """Move what the client has made, or written anew in the place of a link, to where it would have been."""
    for entry in (folder / mirror.folder).iterdir():
        if entry.is_symlink() or f"{mirror.folder}/{entry.name}" in files:
            continue
        mirror.source.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        target = mirror.source / entry.name
        if not (entry.is_dir() and target.exists()):
            shutil.move(entry, target)


def _direct(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what keeps calls to this machine away from a proxy of the user's network."""
    if not any(environ.get(name) for name in _PROXY_VARIABLES):
        return {}
    before = environ.get("NO_PROXY") or environ.get("no_proxy")
    both = f"{before},{_LOCAL}" if before else _LOCAL
    return {"NO_PROXY": both, "no_proxy": both}


def _redirected(launch: Launch, ground: Ground) -> Iterator[str]:
    """Yield a sentence for each address of the user's own that this run takes the place of."""
    for name in launch.environ:
        before = ground.environ.get(name)
        if before and name.endswith(_ADDRESSES) and not ground.leads_here(before):
            yield f"{name} was {visible(before)}; for this run it leads to tokencli."
