"""Shared by every tier: one sandbox a test session, back in its seed state before each test that uses it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox_client import SandboxClient, start_sandbox

SLOWEST = (
    "test_deploy", "test_scenes", "test_warehouse", "test_catalog", "test_jobs_job", "test_doctor", "test_operate",
    "test_warehouse_results", "test_hosts", "test_journeys", "test_jobs",
)  # fmt: skip
"""Files that take longest: from 45 to 290 s each of 2,290 s in all, on three workers of two cores."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slowest files first: what runs last on one worker, the other waits for."""
    items.sort(key=lambda item: SLOWEST.index(item.path.stem) if item.path.stem in SLOWEST else len(SLOWEST))


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
