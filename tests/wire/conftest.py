"""Real clients against the sandbox over TLS."""

from __future__ import annotations

import pytest

from tests.sandbox_client import SandboxClient


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
