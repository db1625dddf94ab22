"""gunicorn, as the portal's package sets it up. What stands below overrides it."""

from portal.gunicorn import *  # noqa: F403
