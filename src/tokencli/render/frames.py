"""Calls and reports as pandas DataFrames, for notebooks: counts stay whole, money stays exact."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from tokencli.domain.call import CallRow
from tokencli.domain.period import zone_of
from tokencli.render.report_json import TOTALS_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pandas import DataFrame, Series

    from tokencli.domain.report import Report, Totals

_COUNTS = (
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
)
_MONEY = ("list_cost", "reported_cost")
_BATCH = 10_000
_SECONDS = ("duration_s", "time_to_first_token_s")


def calls_frame(rows: Iterable[CallRow], *, zone: str) -> DataFrame:
    """Return one row a call, in the order given.

    The columns are those of CallRow and `model`, the model that answered, else the one that was asked for.
    `occurred_at` is an aware timestamp in `zone`; counts are Int64 with <NA> where no source told them; costs
    are Decimal dollars, None where they are not known; `tags` holds dicts; names are text, missing where unknown.
    """
    from pandas import DataFrame

    columns: dict[str, list[Any]] = {name: [] for name in CallRow._fields}
    remaining = iter(rows)
    # By batches, for a million rows alive at once would cost three times the memory of their columns.
    while batch := list(islice(remaining, _BATCH)):
        for column, values in zip(columns.values(), zip(*batch, strict=True), strict=True):
            column.extend(values)
    frame = DataFrame({name: _column(name, column, zone) for name, column in columns.items()})
    place = CallRow._fields.index("response_model") + 1
    frame.insert(place, "model", frame["response_model"].fillna(frame["request_model"]))
    return frame


def report_frame(report: Report) -> DataFrame:
    """Return one row for each row of a report: its dimensions as text, then the sums under their JSON names.

    Sums are int64, those of tokens Int64 with <NA> where no source counted them; costs are Decimal dollars, None
    where they are not known. `attrs` holds the period.
    """
    from pandas import DataFrame

    keys = {name: _text([row.key[name] for row in report.rows]) for name in report.group_by}
    names = [name for name in TOTALS_KEYS if name != "currency"]
    frame = DataFrame(keys | {name: _sums(name, [row.totals for row in report.rows]) for name in names})
    period = report.period
    frame.attrs |= {"period": period.name, "start": period.start, "end": period.end, "time_zone": period.zone}
    return frame


def _column(name: str, values: Sequence[Any], zone: str) -> Series[Any]:
    from pandas import Series, to_datetime

    if name == "occurred_at":
        return Series(to_datetime(list(values), utc=True).as_unit("us").tz_convert(zone_of(zone)))
    if name in _COUNTS:
        return Series(values, dtype="Int64")
    if name in _SECONDS:
        return Series(values, dtype="float64")
    if name in _MONEY or name == "tags":
        return Series(values, dtype="object")
    return _text(values)


def _sums(name: str, sums: Sequence[Totals]) -> Series[Any]:
    from pandas import Series

    if name in _MONEY:
        return Series([getattr(totals, name) for totals in sums], dtype="object")
    return Series([totals.sum_of(name) for totals in sums], dtype="Int64" if name.endswith("_tokens") else "int64")


def _text(values: Sequence[Any]) -> Series[Any]:
    from pandas import Series

    return Series(list(values), dtype="str")
