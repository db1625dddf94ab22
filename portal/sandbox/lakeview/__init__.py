"""AI/BI dashboards: /api/2.0/lakeview/dashboards, their permissions, schedules and subscriptions.

The objects' shapes are those of `databricks.sdk.service.dashboards`; what stands in `serialized_dashboard` is nobody's
business here. Samples are in `samples/`, and a folder of one's own comes with `--dashboards`.
"""

from portal.sandbox.lakeview.api import routes
from portal.sandbox.lakeview.folder import BadFolder, add
from portal.sandbox.lakeview.store import Dashboards

__all__ = ["BadFolder", "Dashboards", "add", "routes"]
