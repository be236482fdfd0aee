"""Head start: where there is no ledger yet, many files are begun to be read while the ledger is still being made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokencli.domain.errors import InputError
from tokencli.readers.agent_scan import Errand
from tokencli.services.agent_files import SMALL_BYTES, STREAM, facts_of
from tokencli.services.file_pool import FilePool

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tokencli.services.agent_files import AgentFile, Facts


class HeadStart:
    """Some files as they were when reading them began; whoever has one stops it."""

    def __init__(self, facts: dict[str, Facts], errands: Sequence[Errand], sizes: Sequence[int]) -> None:
        """Begin to read."""
        self.facts = facts
        self._errands = list(errands)
        self._pool = FilePool().begin(errands, sizes)

    def pool_of(self, errands: Sequence[Errand]) -> FilePool | None:
        """Return what reads just these files, in this order; None, and nothing is read any more, where it is others."""
        if list(errands) == self._errands:
            return self._pool
        self.stop()
        return None

    def stop(self) -> None:
        """Stop reading, if it goes on."""
        self._pool.stop()


def head_start(files: Sequence[AgentFile]) -> HeadStart | None:
    """Begin to read files from their beginning; None where there is little to read.

    A file that cannot be looked at, a pipe and a database are left to whoever takes the files in.
    """
    facts: dict[str, Facts] = {}
    errands: list[tuple[int, Errand]] = []
    for file in files:
        path = str(file.path)
        try:
            found = facts_of(file)
        except InputError:
            continue
        if found is not STREAM and file.format.rows is None:
            facts[path] = found
            errands.append((found.size, Errand(path, file.agent)))
    if sum(size for size, _ in errands) <= SMALL_BYTES:
        return None
    errands.sort(key=lambda each: -each[0])
    return HeadStart(facts, [errand for _, errand in errands], [size for size, _ in errands])
