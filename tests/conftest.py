"""Shared by every tier: one sandbox a test session, back in its seed state before each test that uses it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox_client import SandboxClient, start_sandbox


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[SandboxClient]:
    """The sandbox itself, as it comes. Most tests want `sandbox`."""
    client = start_sandbox()
    yield client
    client.stop()


@pytest.fixture
def sandbox(sandbox_process: SandboxClient) -> SandboxClient:
    """A running sandbox in its seed state; see tests/sandbox_client.py for its words."""
    sandbox_process.reset()
    return sandbox_process
