"""Alerts, version 2: a copy of a query's text, a condition on its result, a schedule, and who is told.

They are evaluated when somebody looks, for every time that has passed on the sandbox's clock since: a test that moves
the clock needs no thread to wait for. Nothing is sent; `GET /__sandbox__/alerts` lists what would have been.
"""

from __future__ import annotations

from portal.sandbox.alerts.api import routes
from portal.sandbox.alerts.store import Alerts

__all__ = ["Alerts", "routes"]
