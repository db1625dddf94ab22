"""Real clients against the sandbox over TLS."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
import structlog

from portal.databricks import workspace
from portal.doctor.databricks import a_viewer
from portal.settings import settings
from portal.viewer import acting_as
from tests.portal_process import connect_variables
from tests.sandbox_client import SandboxClient
from tests.wire.sql_clients import Shell, connection


@pytest.fixture(autouse=True)
def trust(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients of this process trust the sandbox's certificate, and meet no stray setting of the machine."""
    if "sandbox" not in request.fixturenames:
        return
    sandbox: SandboxClient = request.getfixturevalue("sandbox")
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.setenv(name, sandbox.ca_bundle)
    for name in ("DATABRICKS_HOST", "DATABRICKS_TOKEN", "CONNECT_SERVER", "CONNECT_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def as_a_viewer(sandbox: SandboxClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process as the content's: Connect's variables, and a viewer's session."""
    for name, value in connect_variables(sandbox).items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    monkeypatch.setattr(workspace, "_client", workspace._Client())
    viewer = a_viewer(settings(), sandbox.session("analyst-west"))
    assert viewer is not None
    before = structlog.get_config()
    # Unconfigured, it prints to standard output, which is what the examples are compared with.
    structlog.reset_defaults()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    with acting_as(viewer):
        yield
    structlog.configure(**before)
    settings.cache_clear()


@pytest.fixture
def west(sandbox: SandboxClient) -> Iterator[Shell]:
    with connection(sandbox) as opened:
        yield Shell(opened)


@pytest.fixture
def engineer(sandbox: SandboxClient) -> Iterator[Shell]:
    with connection(sandbox, "engineer") as opened:
        yield Shell(opened)
