"""Fixtures of a project's tests: one sandbox and one portal a test session, the sandbox in its seed state each time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from portal.testing.portal import Portal, connect_variables, start_portal
from portal.testing.sandbox import SandboxClient, start_sandbox


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[SandboxClient]:
    """The pretend Connect and Databricks. Most tests want `sandbox`."""
    client = start_sandbox()
    yield client
    client.stop()


@pytest.fixture
def sandbox(sandbox_process: SandboxClient) -> SandboxClient:
    """The same in its seed state: `sandbox.session("analyst-west")` is a viewer's session token."""
    sandbox_process.reset()
    return sandbox_process


@pytest.fixture(scope="session")
def portal(sandbox_process: SandboxClient) -> Iterator[Portal]:
    """The project's portal, with the variables that Connect sets: `portal.page("fares", token)` is what is shown,
    `portal.shown("fares", "some text", token)` the same once it holds the text."""
    running = start_portal(connect_variables(sandbox_process), "--workers", "1")
    yield running.settle()
    running.stop()
