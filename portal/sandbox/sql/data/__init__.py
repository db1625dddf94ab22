"""The sandbox's tables: what they are called, what they hold and who may see them."""

from __future__ import annotations

from portal.sandbox.sql.data import bakehouse, bench, hr, odd, sales, shapes, taxi, tpch
from portal.sandbox.sql.data.spec import TableSpec

TABLES: tuple[TableSpec, ...] = (
    *taxi.TABLES,
    *tpch.TABLES,
    *sales.TABLES,
    *hr.TABLES,
    *shapes.TABLES,
    *bench.TABLES,
    *bakehouse.TABLES,
    *odd.TABLES,
)
