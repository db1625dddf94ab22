"""`main.sales`: orders that a row filter and a column mask show differently to different people."""

from __future__ import annotations

from portal.sandbox.sql.data.spec import TableSpec

ROWS = 12_000
_CUSTOMERS = 800
_REGIONS = ("west", "east", "north", "south")
_PRODUCTS = ("Anchor", "Bellows", "Compass", "Dynamo", "Easel", "Flange", "Gasket", "Hinge")

_ORDERS = f"""
SELECT
  100000 + n,
  DATE '2025-01-01' + (n * 540 / {ROWS})::INT,
  {list(_REGIONS)}[1 + (__draw(n, 1) % {len(_REGIONS)})::INT],
  1 + (__draw(n, 2) % {_CUSTOMERS})::INT,
  'customer' || (1 + (__draw(n, 2) % {_CUSTOMERS})) || '@example.org',
  {list(_PRODUCTS)}[1 + (__draw(n, 3) % {len(_PRODUCTS)})::INT],
  1 + (__draw(n, 4) % 20)::INT,
  ((1 + __draw(n, 4) % 20)
    * (5 + (__draw(n, 3) % {len(_PRODUCTS)}) * 7 + (__draw(n, 5) % 400) / 100.0))::DECIMAL(12,2),
  CASE WHEN __draw(n, 6) % 20 = 0 THEN 'returned' WHEN __draw(n, 6) % 7 = 0 THEN 'open' ELSE 'shipped' END,
  CASE WHEN __draw(n, 7) % 9 = 0 THEN NULL
    ELSE TIMESTAMPTZ '2025-01-01 08:00:00+00' + to_days((n * 540 / {ROWS})::INT + 2)
    + to_seconds((__draw(n, 8) % 36000)::INT) END
FROM (SELECT range AS n FROM range({ROWS}))
ORDER BY n
"""

_CUSTOMER_ROWS = f"""
SELECT
  1 + n,
  'Customer ' || (1 + n),
  'customer' || (1 + n) || '@example.org',
  {list(_REGIONS)}[1 + (__draw(n, 21) % {len(_REGIONS)})::INT],
  DATE '2019-03-01' + (__draw(n, 22) % 2000)::INT
FROM (SELECT range AS n FROM range({_CUSTOMERS}))
ORDER BY n
"""

_EMAIL_MASK = ("main.sales.mask_email", "pii-readers", "'***@' || split_part({column}, '@', 2)")

TABLES = (
    TableSpec(
        schema="main.sales",
        name="orders",
        comment="One row an order. Each analyst sees their own region; e-mail addresses only with leave to see them.",
        columns=(
            ("order_id", "BIGINT", "Key"),
            ("order_date", "DATE", "Day the order came in"),
            ("region", "STRING", "Sales region: west, east, north or south"),
            ("customer_id", "INT", "main.sales.customers"),
            ("customer_email", "STRING", "Personal data: masked outside pii-readers"),
            ("product", "STRING", ""),
            ("quantity", "INT", "Pieces"),
            ("amount", "DECIMAL(12,2)", "US dollars"),
            ("status", "STRING", "open, shipped or returned"),
            ("shipped_at", "TIMESTAMP", "NULL until shipped"),
        ),
        select=_ORDERS,
        rows=ROWS,
        tags={"domain": "sales", "pii": "true"},
        row_filter=("main.sales.region_filter", "region"),
        masks={"customer_email": _EMAIL_MASK},
    ),
    TableSpec(
        schema="main.sales",
        name="customers",
        comment="Who buys.",
        columns=(
            ("customer_id", "INT", "Key"),
            ("name", "STRING", ""),
            ("email", "STRING", "Personal data: masked outside pii-readers"),
            ("region", "STRING", ""),
            ("since", "DATE", "First order"),
        ),
        select=_CUSTOMER_ROWS,
        rows=_CUSTOMERS,
        tags={"domain": "sales", "pii": "true"},
        masks={"email": _EMAIL_MASK},
    ),
)
