"""One sandbox with Spark, and this process as the content's: viewers whose credentials come of real exchanges."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from portal.databricks import workspace
from portal.databricks.spark import pool
from portal.doctor.databricks import a_viewer
from portal.settings import settings
from portal.viewer import Viewer
from portal.viewer.upstream.breaker import breaker
from tests.portal_process import connect_variables
from tests.sandbox_client import ROOT, SandboxClient, start_sandbox

EVERYBODYS_PYTHON = str(ROOT / ".venv" / "bin" / "python")
Viewers = Callable[[str], Viewer]


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[SandboxClient]:
    """The sandbox runs in the project's own environment, which has its packages."""
    client = start_sandbox("--spark", python=EVERYBODYS_PYTHON)
    yield client
    client.stop()


@pytest.fixture
def viewer_of(sandbox: SandboxClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[Viewers]:
    """Viewers by name, each with a session of their own."""
    variables = connect_variables(sandbox, DATABRICKS_CLUSTER_ID=sandbox.cluster_id)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    breaker.reset()
    monkeypatch.setattr(workspace, "_client", workspace._Client())

    def found(name: str) -> Viewer:
        viewer = a_viewer(settings(), sandbox.session(name))
        assert viewer is not None
        return viewer

    yield found
    assert len(pool) == 0, "every session has ended"
    settings.cache_clear()
