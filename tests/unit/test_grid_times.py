"""The quick way through a column writes what the careful way writes, cell by cell."""

from __future__ import annotations

from datetime import datetime

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.ui.grid import _exact_column, exact

# As far as every unit of Arrow reaches.
TIMES = st.one_of(st.none(), st.datetimes(datetime(1700, 1, 1), datetime(2250, 1, 1)))


@pytest.mark.parametrize("zone", [None, "UTC", "Etc/UTC", "Europe/Berlin"])
@pytest.mark.parametrize("unit", ["s", "ms", "us"])
@settings(deadline=None)
@given(times=st.lists(TIMES, max_size=8), whole=st.booleans())
def test_a_column_of_times_is_exact(unit: str, zone: str | None, times: list[datetime | None], whole: bool):
    if whole:
        times = [None if time is None else time.replace(microsecond=0) for time in times]
    column = pa.chunked_array([pa.array(times, pa.timestamp("us", zone)).cast(pa.timestamp(unit, zone), safe=False)])
    assert _exact_column(column) == [exact(value) for value in column.to_pylist()]


@settings(deadline=None)
@given(values=st.lists(st.one_of(st.none(), st.floats()), max_size=8), single=st.booleans())
def test_a_column_of_doubles_is_exact(values: list[float | None], single: bool):
    column = pa.chunked_array(
        [pa.array(values, pa.float64()).cast(pa.float32() if single else pa.float64(), safe=False)]
    )
    assert repr(_exact_column(column)) == repr([exact(value) for value in column.to_pylist()])


@settings(deadline=None)
@given(values=st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)), max_size=8))
def test_a_column_of_integers_is_text_as_a_whole_or_not_at_all(values: list[int | None]):
    column = pa.chunked_array([pa.array(values, pa.int64())])
    big = any(value is not None and abs(value) > 2**53 - 1 for value in values)
    assert _exact_column(column) == [str(value) if big and value is not None else value for value in values]
