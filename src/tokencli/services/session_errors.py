"""What can be wrong with a session that somebody names."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from tokencli.domain.errors import InputError, NothingFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable


class NoSuchSessionError(NothingFoundError):
    """A session that the ledger does not hold."""

    def __init__(self, name: str, names: Iterable[str]) -> None:
        """Name it, and the nearest one there is."""
        near = get_close_matches(name, list(names), n=1)
        advice = f"did you mean {near[0]!r}?" if near else "see 'tokencli session list --all'."
        super().__init__(f"there is no session {name!r}: {advice}")


class NoActiveSessionError(NothingFoundError):
    """No session was named and none is active."""

    def __init__(self) -> None:
        """Say how there comes to be one."""
        super().__init__(
            "no session is active: name one, or begin one with 'tokencli session new', "
            "or choose one with 'tokencli session switch NAME'."
        )


class SessionEndedError(NothingFoundError):
    """A session that takes no more calls."""

    def __init__(self, name: str) -> None:
        """Name it, and the next step."""
        super().__init__(f"the session {name!r} has ended: begin another one with 'tokencli session new'.")


class SessionNameTakenError(InputError):
    """A name that another session has, or had."""

    def __init__(self, name: str, taken: str) -> None:
        """Name the other session as it is written."""
        other = "" if name == taken else f" ({taken!r})"
        super().__init__(f"there is a session {name!r}{other} already: choose another name, or switch to that one.")
