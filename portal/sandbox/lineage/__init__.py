"""Lineage of Unity Catalog: what the statements that ran have read and written, by both doors.

`GET /api/2.0/lineage-tracking/…` answers whoever may browse a table; `system.access.table_lineage` whoever has the
grant. Both are read from the query history, the runs of the seed and the published dashboards: nothing is drawn.
"""

from __future__ import annotations

from portal.sandbox.lineage.api import routes
from portal.sandbox.lineage.events import Lineage

__all__ = ["Lineage", "routes"]
