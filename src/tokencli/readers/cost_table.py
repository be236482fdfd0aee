"""A backend's table of costs, `costs` or the older `cost_logs`, in its SQLite file: one row a call.

Dollars stand there as binary fractions: they are taken as they are printed, and as what the source said, never as the
list cost. Times are UTC; a row that has none, as in the oldest tables, is dated to when its file was last changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from tokencli.domain.providers import canonical_provider, provider_of_model
from tokencli.domain.usage import Basis, TokenUsage
from tokencli.readers import agent_fields
from tokencli.readers import foreign_fields as fields
from tokencli.readers.told import BrokenRecordError, Told

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NAME: Final = "cost-table"
_RESOURCE: Final = "models/"


class CostTableReader:
    """Reads the rows of cost tables."""

    name: ClassVar[str] = NAME

    def read(self, path: str, rows: Iterable[tuple[object, ...]]) -> Iterator[Told | BrokenRecordError]:
        """Yield the calls of the rows in their order, and a refusal for each row that cannot be read."""
        changed_at = agent_fields.changed_at(path)
        for row in rows:
            try:
                yield _told(row, changed_at)
            except BrokenRecordError as error:
                yield error


def _told(row: tuple[object, ...], changed_at: int | None) -> Told:
    table, number, time, session, agent, provider, model, into, out, cost, feature = row
    at = fields.moment(time) if time is not None or changed_at is None else changed_at
    named_at = "" if time is None else str(at)
    model_name = fields.name(model)
    tokens = fields.count(into), fields.count(out)
    is_counted = tokens != (None, None)
    seller = fields.name(provider)
    topic = fields.name(feature)
    return Told(
        key=agent_fields.key(NAME, str(table), str(number), named_at, str(model_name), str(fields.name(session))),
        at=at,
        usage=TokenUsage(input_tokens=tokens[0] or 0, output_tokens=tokens[1] or 0) if is_counted else None,
        basis=Basis.REPORTED if is_counted else Basis.MISSING,
        provider_name=canonical_provider(seller) if seller else provider_of_model(_bare(model_name)),
        request_model=model_name,
        conversation_id=fields.name(session),
        agent=fields.name(agent),
        tags={"feature": topic} if topic else {},
        reported_cost_pico=fields.picodollars(cost),
    )


def _bare(model: str | None) -> str:
    return (model or "").removeprefix(_RESOURCE)


def claims(path: str, head: bytes) -> bool:
    """Say whether a file is a database with such a table."""
    del path
    return fields.has_table(head, "costs", "cost_logs")
