"""Model serving endpoints, as the viewer: `serving.query("taxi-fare", records=[{"trip_distance": 2}]).predictions`."""

from __future__ import annotations

from portal.databricks.serving import Answer, query

__all__ = ["Answer", "query"]
