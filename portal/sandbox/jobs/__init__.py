"""Jobs 2.2: forty jobs with a past and runs that live. `routes(world)` needs `world.jobs` to be a Store."""

from __future__ import annotations

from portal.sandbox.jobs import seed
from portal.sandbox.jobs.api import routes
from portal.sandbox.jobs.seed import many, more_runs
from portal.sandbox.jobs.store import Store
from portal.sandbox.world import World

__all__ = ["Store", "many", "more_runs", "routes", "seeded"]


def seeded(world: World, random_seed: int) -> Store:
    """The store with its forty jobs, for `world.jobs`."""
    return Store(world, random_seed, seed.forty)
