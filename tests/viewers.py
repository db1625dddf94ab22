"""Platforms for tests that need a viewer and no portal."""

from __future__ import annotations

from portal.settings import Settings
from portal.viewer.platforms.connect import Connect
from portal.viewer.platforms.developer import Developer

CONNECT = Connect(Settings())
DEVELOPER = Developer(Settings())
