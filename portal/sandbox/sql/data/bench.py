"""`main.bench`: events computed from the row's number each time they are read, so any size costs no memory.

`events` has ten million rows; `events_1k`, `events_1m`, `events_100m` … have what their name says.
"""

from __future__ import annotations

from portal.sandbox.sql.data.spec import TableSpec

SIZES = {
    "events": 10_000_000,
    "events_1k": 1_000,
    "events_10k": 10_000,
    "events_100k": 100_000,
    "events_1m": 1_000_000,
    "events_10m": 10_000_000,
    "events_100m": 100_000_000,
    "events_1b": 1_000_000_000,
}
_KINDS = ("view", "search", "add_to_cart", "purchase", "refund")
_COLUMNS = (
    ("event_id", "BIGINT", "Row number from 0"),
    ("event_time", "TIMESTAMP", "Three seconds apart, from 2024-01-01"),
    ("user_id", "INT", "One of 50,000"),
    ("event_type", "STRING", ", ".join(_KINDS)),
    ("amount", "DOUBLE", "US dollars, below 1,000"),
    ("page", "STRING", "One of 2,000 paths"),
)


def _select(rows: int) -> str:
    return f"""
SELECT
  range,
  make_timestamptz(1704067200000000 + range * 3000000),
  (__draw(range, 1) % 50000)::INTEGER,
  {list(_KINDS)}[1 + (__draw(range, 7) % {len(_KINDS)})::INTEGER],
  (__draw(range, 11) % 100000)::INTEGER / 100,
  '/product/' || (__draw(range, 13) % 2000)
FROM range({rows})
"""


TABLES = tuple(
    TableSpec(
        schema="main.bench",
        name=name,
        comment=f"{rows:,} events, computed as they are read.",
        columns=_COLUMNS,
        select=_select(rows),
        generated=True,
        rows=rows,
    )
    for name, rows in SIZES.items()
)
