"""A pretend Posit Connect: people and their sessions, integrations, content, and the proxy in front of it."""

from __future__ import annotations

from portal.sandbox.connect.front import app
from portal.sandbox.connect.state import Connect

__all__ = ["Connect", "app"]
