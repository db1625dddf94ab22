"""`main.hr`: what only engineers may see, so that a refusal can be met."""

from __future__ import annotations

from portal.sandbox.sql.data.spec import TableSpec

ROWS = 240

_SELECT = f"""
SELECT
  1 + n,
  'Employee ' || (1 + n),
  ['Sales', 'Engineering', 'Finance', 'Support'][1 + (__draw(n, 31) % 4)::INT],
  (38000 + (__draw(n, 32) % 90000))::DECIMAL(10,2),
  DATE '2012-01-01' + (__draw(n, 33) % 4700)::INT,
  CASE WHEN n = 0 THEN NULL ELSE 1 + (__draw(n, 34) % n)::INT END
FROM (SELECT range AS n FROM range({ROWS}))
ORDER BY n
"""

TABLES = (
    TableSpec(
        schema="main.hr",
        name="salaries",
        comment="Confidential.",
        columns=(
            ("employee_id", "INT", "Key"),
            ("name", "STRING", ""),
            ("department", "STRING", ""),
            ("salary", "DECIMAL(10,2)", "US dollars a year"),
            ("hired", "DATE", ""),
            ("manager_id", "INT", "employee_id of the manager; NULL at the top"),
        ),
        select=_SELECT,
        rows=ROWS,
        grants={"engineers": ("SELECT",)},
        tags={"confidential": "true"},
    ),
)
