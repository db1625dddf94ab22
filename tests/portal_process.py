"""The portal as Connect runs it, for our tests: `portal.testing`, which a team's own tests use."""

from __future__ import annotations

from portal.testing.portal import HEADER, START_SECONDS, Portal, connect_variables, free_port, start_portal

__all__ = ["HEADER", "START_SECONDS", "Portal", "connect_variables", "free_port", "start_portal"]
