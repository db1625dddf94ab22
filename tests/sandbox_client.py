"""Starting a sandbox for our tests: `portal.testing`, and where this clone is."""

from __future__ import annotations

from pathlib import Path

from portal.testing.sandbox import START_SECONDS, Call, SandboxClient, start_sandbox

__all__ = ["ROOT", "START_SECONDS", "Call", "SandboxClient", "start_sandbox"]

ROOT = Path(__file__).resolve().parent.parent
