from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tokencli.readers.batch import Batch, Kind, Notice, Twin

INT = st.integers(-(2**63), 2**63 - 1)
NAME = st.text(max_size=20)
BATCHES = st.builds(
    Batch,
    end=INT,
    length=st.none() | INT,
    lines=INT,
    broken=INT,
    first_broken=INT,
    reasons=st.dictionaries(NAME, INT),
    kinds=st.lists(st.builds(Kind, NAME, st.none() | NAME, INT, INT, st.booleans())),
    calls=st.lists(st.tuples(INT, INT, INT, INT, INT, INT)),
    twins=st.lists(st.builds(Twin, INT, INT, NAME, NAME, INT)),
    notices=st.lists(st.builds(Notice, INT, INT, NAME, st.none() | NAME, st.none() | NAME)),
    record_ids=st.dictionaries(INT, NAME),
    damage=st.none() | NAME,
    tail=st.none() | NAME,
    file_position=INT,
)


@given(BATCHES)
def test_batch_is_the_same_after_its_way_between_processes(batch: Batch) -> None:
    again = Batch.from_bytes(batch.to_bytes())
    assert again == batch
    assert all(type(item) is Kind for item in again.kinds)
    assert all(type(item) is Twin for item in again.twins)
    assert all(type(item) is Notice for item in again.notices)


def test_other_lines_are_those_without_a_call_and_not_broken() -> None:
    batch = Batch(lines=10, calls=[(0, 0, 0, 0, 0, 0)] * 3, twins=[Twin(0, 0, "a", "m", 0)])
    batch.break_line(7, "x")
    batch.break_line(4, "x")
    batch.break_line(9, "y")
    assert batch.other == 3
    assert (batch.broken, batch.first_broken, batch.reasons) == (3, 4, {"x": 2, "y": 1})
