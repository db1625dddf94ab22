"""The quick way through a column of times writes what the careful way writes, cell by cell."""

from __future__ import annotations

from datetime import datetime

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.ui.grid import _exact_column, exact

# As far as every unit of Arrow reaches.
TIMES = st.one_of(st.none(), st.datetimes(datetime(1700, 1, 1), datetime(2250, 1, 1)))


@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Berlin"])
@pytest.mark.parametrize("unit", ["s", "ms", "us"])
@settings(deadline=None)
@given(times=st.lists(TIMES, max_size=8), whole=st.booleans())
def test_a_column_of_times_is_exact(unit: str, zone: str | None, times: list[datetime | None], whole: bool):
    if whole:
        times = [None if time is None else time.replace(microsecond=0) for time in times]
    column = pa.chunked_array([pa.array(times, pa.timestamp("us", zone)).cast(pa.timestamp(unit, zone), safe=False)])
    assert _exact_column(column) == [exact(value) for value in column.to_pylist()]
