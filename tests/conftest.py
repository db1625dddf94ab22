"""Shared by every tier: one sandbox a test session, back in its seed state before each test that uses it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.sandbox_client import SandboxClient, start_sandbox

# What a machine is busy with beside the tests says nothing of what they test.
settings.register_profile("portal", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("portal")

SLOWEST = (
    "test_deploy", "test_scenes", "test_shared_origin", "test_warehouse", "test_catalog", "test_jobs_job",
    "test_doctor", "test_operate", "test_warehouse_results", "test_hosts", "test_journeys", "test_jobs",
)  # fmt: skip
"""Files that take longest: from 45 to 290 s each of 2,290 s in all, on three workers of two cores."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slowest files first: what runs last on one worker, the other waits for."""
    items.sort(key=lambda item: SLOWEST.index(item.path.stem) if item.path.stem in SLOWEST else len(SLOWEST))


MOST_RERUNS = 5
"""Sockets and browsers on shared cores meet a time-out now and then; more than that in a run is a fault of ours."""


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run in which tests succeeded only after many tries."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    reruns = len(reporter.stats.get("rerun", ())) if reporter is not None else 0
    if reruns > MOST_RERUNS and not session.exitstatus:
        print(f"\n{reruns} tests ran again; {MOST_RERUNS} are let pass.")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What ran again, and why: whoever reads a log sees whether it was the machine."""
    for report in terminalreporter.stats.get("rerun", ()):
        lines = [line for line in report.longreprtext.splitlines() if line.startswith("E ")]
        print(f"ran again: {report.nodeid}: {' '.join(line[1:].strip() for line in lines[:3])}"[:400])


_running: list[SandboxClient] = []


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[SandboxClient]:
    """The sandbox itself, as it comes. Most tests want `sandbox`."""
    client = start_sandbox()
    _running.append(client)
    yield client
    _running.remove(client)
    client.stop()


@pytest.fixture(scope="module", autouse=True)
def seed_state() -> None:
    """What the last test of another file left is gone before a file's own portal starts and remembers it."""
    for client in _running:
        client.reset()


@pytest.fixture
def sandbox(sandbox_process: SandboxClient) -> SandboxClient:
    """A running sandbox in its seed state; see tests/sandbox_client.py for its words."""
    sandbox_process.reset()
    return sandbox_process
