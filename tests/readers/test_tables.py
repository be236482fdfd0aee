"""CSV and JSON lines by their columns."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.readers.changed import changed, check_read
from tokencli.readers.tables import CsvReader, JsonlReader, claims_csv, claims_jsonl, is_begun_so, state_of
from tokencli.readers.told import BrokenRecordError, Told

HEAD = b"timestamp,model,input_tokens,output_tokens"
ROW = b"2026-01-02T00:00:00Z,gpt-4o,100,20"


def read(*lines: bytes, state: str | None = None, kind: type[CsvReader | JsonlReader] = CsvReader) -> list[Told]:
    found: list[Told] = []
    for line in lines:
        reader = kind("x", state)
        if any(needle in line for needle in reader.needles):
            found += reader.read(line)
            state = reader.state
    return found


def counts(told: list[Told]) -> list[tuple[int, int]]:
    return [(call.usage.input_tokens, call.usage.output_tokens) for call in told if call.usage is not None]


@pytest.mark.parametrize("delimiter", [b",", b";", b"\t"])
def test_rows_are_calls_by_their_headings(delimiter: bytes) -> None:
    lines = [line.replace(b",", delimiter) for line in (b"\xef\xbb\xbf" + HEAD + b"\r", ROW + b"\r")]
    told = read(*lines)
    assert counts(told) == [(100, 20)]
    assert (told[0].response_model, told[0].provider_name) == ("gpt-4o", "openai")


def test_a_mapping_names_the_columns() -> None:
    state = state_of({"time": "when", "input": "p", "output": "c", "tag.team": "squad"})
    (told,) = read(b"when,p,c,squad", b"2026-01-02,7,3,blue", state=state)
    assert (counts([told]), told.tags) == ([(7, 3)], {"team": "blue"})
    (told,) = read(b'{"when": 1767312000, "p": 7, "c": 3}', state=state, kind=JsonlReader)
    assert counts([told]) == [(7, 3)]


def test_a_state_knows_the_mapping_it_was_begun_with() -> None:
    begin = state_of({"input": "p"})
    reader = CsvReader("x", begin)
    reader.read(HEAD)
    assert is_begun_so(reader.state, begin)
    assert is_begun_so(reader.state, None)
    assert not is_begun_so(reader.state, state_of({"input": "q"}))
    assert not is_begun_so(None, begin)
    assert not is_begun_so('{"mapping": 3}', begin)


def test_a_quoted_cell_over_several_lines_leaves_none_of_its_text_behind() -> None:
    lines = [b"prompt," + HEAD, b'"a ""secret"", one', b"and, more", b'end",' + ROW, b'"plain",' + ROW]
    state: str | None = None
    found: list[Told] = []
    for line in lines:
        reader = CsvReader("x", state)
        found += reader.read(line)
        state = reader.state or ""
        assert "secret" not in state
        assert "more" not in state
    assert counts(found) == [(100, 20), (100, 20)]


def test_equal_rows_are_calls_of_their_own_and_copied_files_are_not() -> None:
    told, copied = read(HEAD, ROW, ROW), read(HEAD, ROW, ROW)
    assert len({call.key for call in told}) == 2
    assert [call.key for call in told] == [call.key for call in copied]
    with_ids = read(b"id," + HEAD, b"1," + ROW, b"1," + ROW)
    assert len({call.key for call in with_ids}) == 1


def test_rows_without_their_columns_say_what_is_lacking() -> None:
    with pytest.raises(BrokenRecordError, match="time"):
        read(b"model,input_tokens", b"gpt-4o,5")
    with pytest.raises(BrokenRecordError, match="agent"):
        read(HEAD, ROW, state=state_of({"agent": "gone"}))
    with pytest.raises(BrokenRecordError, match="time"):
        read(b'{"input_tokens": 5}', kind=JsonlReader)


@pytest.mark.parametrize("line", [ROW + b",more", b"2026-01-02,gpt-4o", b"never,gpt-4o,1,2", b"2026-01-02,m,-1,2"])
def test_a_broken_row_is_refused(line: bytes) -> None:
    with pytest.raises(BrokenRecordError):
        read(HEAD, line)


def test_json_lines_tell_what_stands_inside_of_objects() -> None:
    row = {"created": 1_767_312_000, "model": "m", "usage": {"prompt_tokens": 5, "completion_tokens": 2.0}}
    assert counts(read(json.dumps(row).encode(), b'{"else": 1}', kind=JsonlReader)) == [(5, 2)]
    for broken in (b"[1:", b'{"a":' * 100_000):
        with pytest.raises(BrokenRecordError):
            read(broken, kind=JsonlReader)


def test_files_are_known_by_what_their_columns_are_called() -> None:
    assert claims_csv("x", HEAD + b"\r\n" + ROW)
    assert not claims_csv("x", b"a,b,c")
    assert not claims_csv("x", b'{"timestamp":1,"model":2,"input_tokens":3}')
    assert claims_jsonl("x", b'{"timestamp":1,"model":"m","input_tokens":3}\n{')
    assert not claims_jsonl("x", b'{"timestamp":1,"textPayload":"model input_tokens"}')
    assert not claims_jsonl("x", HEAD)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=20), min_size=1))
def test_cells_of_any_text_are_read_as_they_were_written(cells: list[str]) -> None:
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow([*(f"c{number}" for number in range(len(cells))), *HEAD.decode().split(",")])
    writer.writerow([*cells, *ROW.decode().split(",")])
    assert counts(read(*written.getvalue().encode().split(b"\n"))) == [(100, 20)]


def test_whatever_rows_hold_they_are_read_or_refused() -> None:
    for row in changed(HEAD, ROW):
        check_read(CsvReader("x", None).read, HEAD, row, ROW)
        check_read(CsvReader("x", None).read, row, ROW)


def test_whatever_a_line_holds_it_is_read_or_refused() -> None:
    for line in changed(
        {"created": 1_767_312_000, "model": "m", "usage": {"prompt_tokens": 5, "completion_tokens": 2.0}}
    ):
        check_read(JsonlReader("x", None).read, line)
