"""Soundness: the ledger's pages and references, and whether its kept sums are what its calls add up to.

Looking at every page takes time with the file's size: it is left out of large ledgers, unless the check is deep.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tokencli.services.checks.evidence import problem, success
from tokencli.store import check_links

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokencli.domain.finding import Finding
    from tokencli.services.checks.evidence import Evidence

DAMAGED: Final = "ledger-damaged"
COPY: Final = "Bring back a copy with 'tokencli db restore FILE', and take the logs since then in again."


def pages(evidence: Evidence) -> Iterator[Finding]:
    """Find damage in the ledger's pages: with it, nothing else that is read can be believed."""
    found = [] if evidence.is_too_large else check_links.damage(evidence.connection, whole=evidence.is_deep)
    if found:
        yield damaged(found[0])


def damaged(words: str) -> Finding:
    """Return the finding of a damaged ledger; `words` are SQLite's."""
    return problem(DAMAGED, f"The ledger's file is damaged: {words.rstrip('.')}.", COPY, count=1)


def links(evidence: Evidence) -> Iterator[Finding]:
    """Find rows that refer to nothing."""
    if evidence.is_too_large:
        return
    broken = check_links.broken_links(evidence.connection)
    if broken:
        count = sum(broken.values())
        refer = "row refers" if count == 1 else "rows refer"
        words = f"{count:,} {refer} to something that is not there, in {', '.join(broken)}."
        yield problem("broken-references", words, f"Another program changed the ledger. {COPY}", count=count)
        return
    yield success("ledger-sound", "The ledger's pages and references are sound.")


def marks(evidence: Evidence) -> Iterator[Finding]:
    """Find calls that are marked as found without the indexes, and are not."""
    count = check_links.false_marks(evidence.connection) if evidence.is_deep else 0
    if count:
        words = f"A search by answer or conversation misses {count:,} {'call' if count == 1 else 'calls'}."
        yield problem("calls-not-found", words, f"Another program changed the ledger. {COPY}", count=count)


def kept_sums(evidence: Evidence) -> Iterator[Finding]:
    """Find kept sums that are not what the calls add up to: reports read the kept ones."""
    found = check_links.sums_apart(evidence.connection)
    quarters = check_links.quarters_apart(evidence.connection) if evidence.is_deep and not found else 0
    if found:
        one = found[0]
        words = f"The kept sums are not what the calls add up to: {one.column} {one.kept:,} kept, {one.added:,} added."
        yield problem("sums-differ", words, f"Another program changed the ledger. {COPY}", count=len(found))
    elif quarters:
        words = f"{quarters:,} kept sums of a quarter of an hour are not what their calls add up to."
        yield problem("sums-differ", words, f"Another program changed the ledger. {COPY}", count=quarters)
    else:
        yield success("sums-agree", "The kept sums are what the calls add up to.")
