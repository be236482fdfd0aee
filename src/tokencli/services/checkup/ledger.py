"""The ledger as far as a look at its file says: pages, mode, schema, how it commits, what is not taken in yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokencli.domain.checkup import CheckLine, Part, State, advised
from tokencli.domain.errors import NoLedgerError, StoreError
from tokencli.domain.finding import Severity
from tokencli.services.checks.evidence import MOST_BYTES
from tokencli.services.checks.files import ledger_findings
from tokencli.services.checks.soundness import damaged
from tokencli.store import check_links
from tokencli.store.database import open_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tokencli.domain.finding import Finding
    from tokencli.domain.ledger import LedgerInfo

_STATES = {Severity.PROBLEM: State.PROBLEM, Severity.WARNING: State.WARNING, Severity.SUCCESS: State.OK}
_FIRST = "'tokencli serve' or 'tokencli ingest LOG' begins one"
_OTHERWISE = "tokencli check-db"


def ledger_lines(place: str, *, now: datetime) -> list[CheckLine]:
    """Return what there is to say of a ledger; one that cannot be used is a line and no error."""
    try:
        with open_ledger(place, write=False) as database:
            pages = "pages not looked at"
            if database.path.stat().st_size <= MOST_BYTES:
                with database.reading() as connection:
                    broken = check_links.damage(connection, whole=False)
                if broken:
                    return [_of(damaged(broken[0]))]
                pages = "pages sound"
            info, found = ledger_findings(database, now=now)
    except NoLedgerError:
        return [_line(State.SKIPPED, f"{place}: none yet", _FIRST)]
    except StoreError as error:
        return [_line(State.PROBLEM, *advised(str(error), _OTHERWISE))]
    return list(_lines(info, found, pages))


def _lines(info: LedgerInfo, found: list[Finding], pages: str) -> Iterator[CheckLine]:
    yield _line(State.OK, f"{info.path}, {info.calls:,} call{'' if info.calls == 1 else 's'}")
    facts = f"schema {info.schema}, mode {info.mode:04o}, {pages}"
    yield _line(State.OK, f"{facts}, synchronous={info.synchronous}, SQLite {info.sqlite}")
    yield from (_of(each) for each in found if each.severity is not Severity.SUCCESS)


def _of(finding: Finding) -> CheckLine:
    return _line(_STATES[finding.severity], finding.message.rstrip("."), finding.advice.rstrip("."))


def _line(state: State, message: str, next_step: str = "") -> CheckLine:
    return CheckLine(part=Part.LEDGER, name="ledger", state=state, message=message, next_step=next_step)
