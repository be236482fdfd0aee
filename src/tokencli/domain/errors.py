"""One tree of errors; each builds its own sentence and knows its exit code.

    TokencliError
    +-- UsageError          2  the command was called in a way that cannot work
    |   +-- UnknownPeriodError, UnknownMomentError, EmptyPeriodError, AmbiguousCallError
    +-- NothingFoundError   1  the answer is "no"
    |   +-- NoSuchCallError
    +-- InputError          3  a file, a line or a setting cannot be read
    |   +-- ConfigError, ImpossibleValueError, UnknownZoneError, FileInTheWayError, UnwritableFileError,
    |   +-- SameFileError
    +-- StoreError          4  the ledger cannot be used
    |   +-- NoLedgerError, NotALedgerError, NewerLedgerError, OlderLedgerError, UnsupportedLedgerError
    |   +-- LedgerLockedError, LedgerFullError, LedgerAccessError, DamagedLedgerError
    +-- NetworkError        5  the network or a provider failed

A sentence says what happened, with which value, and what to do.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process says when it ends; documented in docs/reference/exit-codes.md."""

    OK = 0
    NO = 1
    USAGE = 2
    INPUT = 3
    STORE = 4
    NETWORK = 5
    NOT_RUNNABLE = 126
    NOT_FOUND = 127
    INTERRUPTED = 130


class TokencliError(Exception):
    """The root: anything tokencli can explain in one sentence."""

    exit_code: ExitCode = ExitCode.NO


class UsageError(TokencliError):
    """Options or arguments that cannot work together or cannot be understood."""

    exit_code = ExitCode.USAGE


class NothingFoundError(TokencliError):
    """Something was asked for by name and is not there."""

    exit_code = ExitCode.NO


class NoSuchCallError(NothingFoundError):
    """A call that the ledger does not hold."""

    def __init__(self, name: str) -> None:
        """Name it, and where names are shown."""
        super().__init__(f"there is no call {name!r} in the ledger: 'tokencli explain --last' shows the newest one.")


class InputError(TokencliError):
    """A file, a line or a value from outside that cannot be read."""

    exit_code = ExitCode.INPUT


class ConfigError(InputError):
    """A configuration file that cannot be used as it stands."""


class ImpossibleValueError(InputError):
    """A value that cannot be true, such as a negative count or a part above its whole."""

    def __init__(self, what: str, value: object, rule: str) -> None:
        """Say which value broke which rule."""
        super().__init__(f"{what} is {value!r}, but {rule}.")


class UnknownZoneError(InputError):
    """A time zone name that the time zone database does not hold."""

    def __init__(self, zone: str) -> None:
        """Name the zone and show what a right one looks like."""
        super().__init__(f"unknown time zone {zone!r}: use a name such as Europe/Paris, UTC or local.")


class AmbiguousCallError(UsageError):
    """A beginning that several calls' names share."""

    def __init__(self, name: str, examples: tuple[str, ...]) -> None:
        """Name it, and some of the calls it could mean."""
        super().__init__(f"{name!r} begins several calls' names, such as {' and '.join(examples)}: write more of it.")


class FileInTheWayError(InputError):
    """A file that would be written over."""

    def __init__(self, path: str) -> None:
        """Name the file."""
        super().__init__(f"{path} exists already: choose another name, or say --force to replace it.")


class UnwritableFileError(InputError):
    """A file that was asked for and cannot be written."""

    def __init__(
        self, path: str, why: str, advice: str = "name another file, or make room and access for this one"
    ) -> None:
        """Name the file, the reason, and what to do."""
        super().__init__(f"cannot write {path} ({why}): {advice}.")


class SameFileError(InputError):
    """A copy that is its own original."""

    def __init__(self, path: str) -> None:
        """Name the file."""
        super().__init__(f"{path} is the ledger itself: name another file.")


class UnknownPeriodError(UsageError):
    """A period that is not one of the documented forms."""

    def __init__(self, text: str) -> None:
        """Name the text and the forms there are."""
        super().__init__(
            f"unknown period {text!r}: use today, yesterday, week, last-week, month, last-month, year, all, "
            "24h, 7d, 30d, 90d, 1y, or a date such as 2026, 2026-11, 2026-W47, 2026-11-20."
        )


class UnknownMomentError(UsageError):
    """A --since or --until that is no date and no time."""

    def __init__(self, text: str) -> None:
        """Name the text and show right ones."""
        super().__init__(f"{text!r} is no date or time: write it like 2026-11-20 or 2026-11-20T14:30.")


class EmptyPeriodError(UsageError):
    """A period that ends at or before its start."""

    def __init__(self, start: object, end: object) -> None:
        """Show both ends."""
        super().__init__(
            f"the period ends at {end}, which is not after its start {start}: --until is itself not part of the period."
        )


class StoreError(TokencliError):
    """The ledger cannot be opened, read or written."""

    exit_code = ExitCode.STORE


class NotALedgerError(StoreError):
    """A file that is no tokencli ledger."""

    def __init__(self, place: str, why: str) -> None:
        """Name the file and the reason."""
        super().__init__(f"{place} is not a tokencli ledger ({why}): name another with --db, or move it away.")


class NewerLedgerError(StoreError):
    """A ledger written by a newer tokencli."""

    def __init__(self, place: str, found: str, known: str) -> None:
        """Name both schema versions."""
        super().__init__(
            f"{place} has schema {found}, and this tokencli knows schemas up to {known}: "
            "upgrade tokencli to the version that wrote it."
        )


class OlderLedgerError(StoreError):
    """A ledger whose schema is behind this version's."""

    def __init__(self, place: str, found: str, wanted: str) -> None:
        """Name both schema versions and the command that mends it."""
        super().__init__(f"{place} has schema {found} and {wanted} is needed: run 'tokencli db upgrade' first.")


class NoLedgerError(StoreError):
    """A ledger that was asked for and does not exist yet."""

    def __init__(self, place: str) -> None:
        """Name the place and the commands that make one."""
        super().__init__(
            f"there is no ledger at {place} yet: 'tokencli serve', 'tokencli session new' and 'tokencli ingest LOG'"
            " begin one, and 'tokencli demo' shows one."
        )


class LedgerLockedError(StoreError):
    """Another process is writing and did not let go in time."""

    def __init__(self, place: str, waited_s: float) -> None:
        """Name the ledger and how long was waited."""
        super().__init__(
            f"{place} is being written by another process (waited {waited_s:g} s): try again when it has finished."
        )


class LedgerFullError(StoreError):
    """The disk has no room for more rows; what was committed stays."""

    def __init__(self, place: str, how_far: str) -> None:
        """Say how far the work came."""
        super().__init__(f"no space left for {place}: {how_far}. Free some space and run the same command again.")


class UnsupportedLedgerError(StoreError):
    """A ledger in a database that this version cannot speak to."""

    def __init__(self, scheme: str) -> None:
        """Name the kind of database and what works."""
        super().__init__(f"{scheme} ledgers are not supported in this version: give --db a file or sqlite:///PATH.")


class LedgerAccessError(StoreError):
    """A ledger that the operating system does not let us use."""

    def __init__(self, place: str, why: str) -> None:
        """Name the ledger and what the system said."""
        super().__init__(f"{place} cannot be used ({why}): check its owner, its mode and its directory.")


class DamagedLedgerError(StoreError):
    """A ledger whose content contradicts itself."""

    def __init__(self, place: str, why: str) -> None:
        """Name the ledger and what was found."""
        super().__init__(f"{place} is damaged ({why}): bring back a copy with 'tokencli db restore FILE'.")


class NetworkError(TokencliError):
    """The network or a provider failed."""

    exit_code = ExitCode.NETWORK
