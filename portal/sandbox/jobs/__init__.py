"""Jobs 2.2: forty jobs with a past and runs that live. `routes(world)` needs `world.jobs` to be a Store."""

from __future__ import annotations

from portal.sandbox.jobs.api import routes
from portal.sandbox.jobs.store import Store

__all__ = ["Store", "routes"]
