"""Plain requests of a dashboard's page, and of what people drew of a saved query. What answers them
(`portal.dashboards.requests`) is imported by the first one: a process's first page need not wait for all that
dashboards are read and drawn by.
"""

from __future__ import annotations

import importlib

from flask import Blueprint
from flask.typing import ResponseReturnValue

routes = Blueprint("dashboards", __name__)


def _served(rule: str, name: str, module: str = "requests") -> None:
    def answer(**found: str) -> ResponseReturnValue:
        return getattr(importlib.import_module(f"portal.dashboards.{module}"), name)(**found)

    routes.add_url_rule(rule, rule.replace("/", "-").strip("-"), answer, methods=["POST"])


_served("/dashboards/facts", "facts")
_served("/dashboards/<dashboard_id>/tiles", "tiles")
_served("/dashboards/<dashboard_id>/tile", "tile")
_served("/dashboards/<dashboard_id>/rows", "rows")
_served("/dashboards/<dashboard_id>/tables", "tables")
_served("/dashboards/<dashboard_id>/menu", "menu")
_served("/dashboards/<dashboard_id>/stop", "stop")
_served("/queries/<query_id>/tiles", "tiles")
_served("/queries/<query_id>/tile", "tile")
_served("/queries/<query_id>/rows", "rows")
_served("/queries/<query_id>/tables", "tables")
_served("/queries/<query_id>/stop", "stop")
_served("/dashboards/names", "names", "additions")
_served("/dashboards/<dashboard_id>/add-dialog", "add_dialog", "additions")
_served("/dashboards/add", "add", "additions")
_served("/dashboards/<dashboard_id>/publish-dialog", "publish_dialog", "additions")
_served("/dashboards/publish", "publish", "additions")
