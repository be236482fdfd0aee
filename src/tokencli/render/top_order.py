"""How the live view's lines are sorted and searched: the same for calls and for sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, Protocol, TypeVar

from tokencli.render.top_table import Marked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


class Searchable(Protocol):
    """A line that can be searched."""

    @property
    def words(self) -> str:
        """Return everything that a search looks through."""
        ...


LineT = TypeVar("LineT", bound=Searchable)


class Order(NamedTuple, Generic[LineT]):
    """What lines are sorted by: its name, what it is of a line (None: not known), whether the largest come first."""

    name: str
    of: Callable[[LineT], Any]
    is_descending: bool = True


class View(NamedTuple):
    """How somebody wants to see a table: by which of its orders, the other way round or not, and with which words."""

    order: int = 0
    is_reversed: bool = False
    search: str = ""

    def marked(self, order: Order[Any]) -> Marked:
        """Return which column is sorted by, and which way."""
        return Marked(order.name, order.is_descending != self.is_reversed)


AS_THEY_COME: Final = View()


def ordered(lines: Iterable[LineT], order: Order[LineT], *, is_reversed: bool = False) -> list[LineT]:
    """Return the lines sorted; those of which nothing is known stand last, either way, and equals keep their order."""
    known = [line for line in lines if order.of(line) is not None]
    unknown = [line for line in lines if order.of(line) is None]
    return sorted(known, key=order.of, reverse=order.is_descending != is_reversed) + unknown


def matching(lines: Sequence[LineT], search: str) -> list[LineT]:
    """Return the lines in which every word of a search stands, whatever its case."""
    wanted = search.casefold().split()
    return [line for line in lines if all(word in line.words.casefold() for word in wanted)]
