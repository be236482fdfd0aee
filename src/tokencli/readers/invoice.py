"""Invoices and usage exports: what kind a file is, by its content, and its lines."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from tokencli.domain.invoice import Invoice, InvoiceLine
from tokencli.domain.period import zone_of
from tokencli.readers import invoice_json, invoice_rows
from tokencli.readers.invoice_fields import BrokenInvoiceError, FieldError, OtherCurrencyError
from tokencli.readers.invoice_rows import CurrencyError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import tzinfo

LARGEST_BYTES: Final = 256 * 2**20
UTC: Final = "UTC"
_ENCODINGS: Final = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))
_DELIMITERS: Final = ",;\t|"
_MOST_FIELD: Final = 2**20
# Whose rows are told by columns that nobody else has; their days are UTC.
_SIGNS: Final = (
    ("litellm-spend-logs", frozenset({"spend", "starttime"})),
    ("anthropic-csv", frozenset({"usage_date_utc"})),
    ("openrouter-activity", frozenset({"model_permaslug"})),
    ("openrouter-activity", frozenset({"byok_usage_inference"})),
    ("openai-csv", frozenset({"num_model_requests"})),
    ("openai-csv", frozenset({"amount_value"})),
)
_NO_INVOICE: Final = (
    "it is no invoice that tokencli knows: give an admin API's usage or cost answer as JSON, or a CSV file"
    " whose columns are called date, model, tokens and cost."
)


def read_invoice(path: str, data: bytes, *, zone: str) -> Invoice:
    """Return the invoice in a file. `zone` cuts the days where the file's maker has none of its own (UTC for most).

    Raises:
        BrokenInvoiceError: it is none, or a line of it cannot be read.
        OtherCurrencyError: it is not in dollars.
    """
    if len(data) > LARGEST_BYTES:
        raise BrokenInvoiceError(path, f"it is larger than {LARGEST_BYTES >> 20} MiB.")
    text = _text(path, data)
    found = list(_entries(path, text))
    kinds = {kind for kind, _, _ in found}
    if not kinds:
        raise BrokenInvoiceError(path, _NO_INVOICE)
    if len(kinds) > 1:
        raise BrokenInvoiceError(path, f"it holds {' and '.join(sorted(kinds))} at once: give one kind a file.")
    (kind,) = kinds
    cut_in = zone if kind == "table" else UTC
    lines = list(_lines(path, found, zone_of(cut_in)))
    told = tuple(line for line in lines if line is not None)
    if not told:
        raise BrokenInvoiceError(path, "none of its lines tells of tokens, requests or dollars.")
    return Invoice(path=path, format=kind, zone=cut_in, lines=told, skipped=len(lines) - len(told))


def _lines(path: str, found: Iterable[tuple[str, int, dict[str, Any]]], zone: tzinfo) -> Iterator[InvoiceLine | None]:
    for kind, number, entry in found:
        try:
            is_api = kind in _API_KINDS
            yield invoice_json.line_of(kind, entry, zone) if is_api else invoice_rows.line_of(entry, zone)
        except CurrencyError as error:
            raise OtherCurrencyError(path, str(error)) from None
        except FieldError as error:
            words = f"entry {number} has {str(error)!r} where a day, a count or an amount should be."
            raise BrokenInvoiceError(path, words) from None


_API_KINDS: Final = frozenset({"openai-usage", "openai-costs", "anthropic-usage", "anthropic-costs"})


def _text(path: str, data: bytes) -> str:
    encoding = next((name for mark, name in _ENCODINGS if data.startswith(mark)), "utf-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise BrokenInvoiceError(path, "it is no text in UTF-8 or UTF-16.") from None


def _entries(path: str, text: str) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Yield (kind, number from 1, entry) for everything in the file that may be a line."""
    if text.lstrip()[:1] in {"{", "["}:
        for number, each in enumerate(invoice_json.objects(_json(path, text)), 1):
            kind = invoice_json.kind_of(each)
            if kind is not None:
                yield kind, number, each
                continue
            row = {invoice_rows.name_of(name): value for name, value in each.items()}
            if invoice_rows.is_row(row):
                yield _kind_of_row(row), number, row
        return
    yield from _csv(path, text)


def _json(path: str, text: str) -> object:
    """Return one document, or the documents that stand one a line."""
    try:
        return json.loads(text, parse_float=_exact)
    except RecursionError:
        raise BrokenInvoiceError(path, "it is nested too deeply.") from None
    except ValueError:
        pass
    documents: list[object] = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                documents.append(json.loads(line, parse_float=_exact))
            except (ValueError, RecursionError):
                raise BrokenInvoiceError(path, f"line {number} is no JSON.") from None
    return documents


def _exact(written: str) -> Decimal:
    """Return a number with the digits it was written in; one whose exponent fits nowhere is no number."""
    try:
        return Decimal(written)
    except InvalidOperation:
        return Decimal("NaN")


def _csv(path: str, text: str) -> Iterator[tuple[str, int, dict[str, Any]]]:
    head = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=head.count)
    if delimiter not in head:
        return
    limit = csv.field_size_limit(_MOST_FIELD)
    try:
        table = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
        names: list[str] = []
        for number, cells in enumerate(table, 1):
            if not names:
                names = [invoice_rows.name_of(cell) for cell in cells]
                continue
            row: dict[str, Any] = dict(zip(names, cells, strict=False))
            if any(cells) and invoice_rows.is_row(row):
                yield _kind_of_row(row), number, row
    except csv.Error as error:
        raise BrokenInvoiceError(path, f"it is broken CSV: {error}.") from None
    finally:
        csv.field_size_limit(limit)


def _kind_of_row(row: dict[str, Any]) -> str:
    return next((kind for kind, columns in _SIGNS if columns <= row.keys()), "table")


def together(invoices: Iterable[Invoice]) -> Invoice:
    """Return several files of one kind as one invoice.

    Raises:
        BrokenInvoiceError: they are of different kinds, or there is none.
    """
    parts = list(invoices)
    first = parts[0]
    for other in parts[1:]:
        if (other.format, other.zone) != (first.format, first.zone):
            raise BrokenInvoiceError(
                other.path, f"it is {other.format}, and {first.path} is {first.format}: one kind at a time."
            )
    lines = tuple(line for part in parts for line in part.lines)
    names = ", ".join(part.path for part in parts)
    return Invoice(
        path=names, format=first.format, zone=first.zone, lines=lines, skipped=sum(each.skipped for each in parts)
    )
