"""`main.shapes`: tables that test a reader, not a business: very wide, nested, every type, nothing at all."""

from __future__ import annotations

from portal.sandbox.sql.data.spec import TableSpec

_WIDE = 300
_KINDS = ("INT", "DOUBLE", "STRING", "DATE", "DECIMAL(10,2)", "BOOLEAN")


def _wide_value(index: int) -> str:
    drawn = f"__draw(n, {index})"
    value = {
        "INT": f"({drawn} % 1000)::INT",
        "DOUBLE": f"({drawn} % 100000)::INT / 100",
        "STRING": f"'value ' || ({drawn} % 500)",
        "DATE": f"DATE '2020-01-01' + ({drawn} % 2000)::INT",
        "DECIMAL(10,2)": f"(({drawn} % 1000000) / 100.0)::DECIMAL(10,2)",
        "BOOLEAN": f"{drawn} % 2 = 0",
    }[_KINDS[index % len(_KINDS)]]
    return f"CASE WHEN {drawn} % 13 = 0 THEN NULL ELSE {value} END"


_NESTED = """
SELECT
  n,
  [(__draw(n, 1) % 100)::INT, NULL, (__draw(n, 2) % 100)::INT],
  MAP {'red': (__draw(n, 3) % 10)::INT, 'blue': NULL},
  {'street': (1 + n) || ' High Street', 'zip': 10000 + n::INT, 'geo': {'lat': 40.5 + n / 1000.0, 'lon': -74.0}},
  [{'sku': 'A' || n, 'quantity': 1, 'prices': [1.50::DECIMAL(8,2), 2.25::DECIMAL(8,2)]},
   {'sku': 'B' || n, 'quantity': NULL, 'prices': []}],
  json_object('id', n, 'tags', ['x', 'y'])
FROM (SELECT range AS n FROM range(200))
ORDER BY n
"""

TABLES = (
    TableSpec(
        schema="main.shapes",
        name="wide",
        comment=f"{_WIDE} columns.",
        columns=(
            ("id", "BIGINT", "Key"),
            *((f"c{index:03d}", _KINDS[index % len(_KINDS)], "") for index in range(1, _WIDE)),
        ),
        select=f"SELECT n, {', '.join(_wide_value(index) for index in range(1, _WIDE))} "
        "FROM (SELECT range AS n FROM range(1000)) ORDER BY n",
        rows=1000,
    ),
    TableSpec(
        schema="main.shapes",
        name="nested",
        comment="Arrays, maps and structs within each other.",
        columns=(
            ("id", "BIGINT", "Key"),
            ("readings", "ARRAY<INT>", "With a NULL inside"),
            ("colours", "MAP<STRING, INT>", ""),
            ("address", "STRUCT<street: STRING, zip: INT, geo: STRUCT<lat: DOUBLE, lon: DOUBLE>>", ""),
            ("lines", "ARRAY<STRUCT<sku: STRING, quantity: INT, prices: ARRAY<DECIMAL(8,2)>>>", ""),
            ("payload", "VARIANT", ""),
        ),
        select=_NESTED,
        rows=200,
    ),
    TableSpec(
        schema="main.shapes",
        name="empty",
        comment="No rows.",
        columns=(("id", "BIGINT", "Key"), ("name", "STRING", "")),
        select="SELECT 1, 'x' WHERE FALSE",
        rows=0,
    ),
)
