"""What few expect of a catalog: values that Python cannot hold, endless types, tables that may only be browsed."""

from __future__ import annotations

from portal.sandbox.sql.data.spec import TableSpec

LONG_FIELDS = 620
"""Fields of the STRUCT whose type takes some 21,000 characters."""
LONG_STRUCT = f"STRUCT<{', '.join(f'a_field_with_a_long_name_{index:03d}: STRING' for index in range(LONG_FIELDS))}>"
ARCHIVED = 400
"""Tables of `main.archive`, of which users see the names and read none."""
_EDGES = f"""
SELECT
  n,
  [DATE '10000-01-01', DATE '0001-01-01', DATE '9999-12-31', NULL][1 + n],
  [TIMESTAMPTZ '10000-01-01 00:00:00+00', TIMESTAMPTZ '0001-01-01 00:00:00+00', NULL, TIMESTAMPTZ
   '2021-03-28 01:30:00+00'][1 + n],
  ['infinity'::DOUBLE, '-infinity'::DOUBLE, 'nan'::DOUBLE, -0.0::DOUBLE][1 + n],
  ['1e-7'::FLOAT, '3.4028235e38'::FLOAT, 'infinity'::FLOAT, NULL][1 + n],
  [99999999999999999999999999999999999999::DECIMAL(38,0), -1, 0, NULL][1 + n],
  [9223372036854775807, -9223372036854775808, 0, NULL][1 + n],
  ['first line
second line', '', '=1+1', 'tab' || chr(9) || 'and ' || chr(8203)][1 + n],
  {{{", ".join(f"'a_field_with_a_long_name_{index:03d}': 'v{index}'" for index in range(LONG_FIELDS))}}}
FROM (SELECT range AS n FROM range(4))
ORDER BY n
"""
METRICS = """
version: 1.1
comment: |-
  What customers order.
  Of all regions: a view reads with its owner's rights.
source: main.sales.orders
dimensions:
  - name: Order Month
    expr: date_trunc('MONTH', order_date)
    comment: first day of the month
  - name: Product
    expr: product
  - name: Status
    expr: status
measures:
  - name: Orders
    expr: COUNT(1)
  - name: Revenue
    expr: SUM(amount)
    comment: |-
      In US dollars.
      Returned orders count too.
  - name: Revenue per Order
    expr: MEASURE(Revenue) / MEASURE(Orders)
"""
METRIC_COLUMNS = (
    ("Order Month", "TIMESTAMP", False), ("Product", "STRING", False), ("Status", "STRING", False),
    ("Orders", "BIGINT", True), ("Revenue", "DECIMAL(22,2)", True), ("Revenue per Order", "DECIMAL(38,17)", True),
)  # fmt: skip
"""Name, type, whether it is a measure: of the metric view `main.shapes.revenue_metrics`."""
_COLUMNS = (("id", "BIGINT", "Key"), ("kept_until", "DATE", "Two lines:\nnot before this day"), ("note", "STRING", ""))
TABLES = (
    TableSpec(
        schema="main.shapes",
        name="edges",
        comment="Values at the edge of their types.\nSome are beyond what a client's language can hold.",
        columns=(
            ("id", "BIGINT", "Key"),
            ("day", "DATE", "Up to year 10000"),
            ("moment", "TIMESTAMP", "Up to year 10000"),
            ("number", "DOUBLE", "Infinity and NaN\ntoo"),
            ("single", "FLOAT", ""),
            ("exact", "DECIMAL(38,0)", ""),
            ("whole", "BIGINT", ""),
            ("text", "STRING", "Several\nlines"),
            ("long", LONG_STRUCT, "Its type takes 21,000 characters"),
        ),
        select=_EDGES,
        rows=4,
    ),
    *(
        TableSpec(
            schema="main.archive",
            name=f"year_{index:03d}",
            comment=f"Number {index}." if index % 3 else "",
            columns=_COLUMNS,
            select="SELECT 1, DATE '2030-01-01', 'kept'",
            generated=True,
            rows=1,
            grants={},
        )
        for index in range(1, ARCHIVED + 1)
    ),
)
