"""This process as the content's, with a viewer's session: what a page's code meets, without a page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from portal.databricks import workspace
from portal.doctor.databricks import a_viewer
from portal.settings import settings
from portal.viewer import Viewer, acting_as
from tests.portal_process import connect_variables
from tests.sandbox_client import SandboxClient


@contextmanager
def acting(sandbox: SandboxClient, monkeypatch: pytest.MonkeyPatch, session: str, **more: str) -> Iterator[Viewer]:
    """Inside, the viewer of a Connect session asks; `more` are variables of the content."""
    for name, value in connect_variables(sandbox, **more).items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    monkeypatch.setattr(workspace, "_client", workspace._Client())
    viewer = a_viewer(settings(), session)
    assert viewer is not None
    try:
        with acting_as(viewer):
            yield viewer
    finally:
        settings.cache_clear()
