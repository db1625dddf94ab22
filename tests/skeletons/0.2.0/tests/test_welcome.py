"""Welcome: what a viewer can rely on."""

from __future__ import annotations

from portal.testing import Portal, SandboxClient


def test_a_viewer_sees_rows(portal: Portal, sandbox: SandboxClient):
    page = portal.shown("welcome", "pickup_zip", sandbox.session("analyst-west"))
    assert "welcome-grid" in page


def test_without_a_viewer_nothing_is_read(portal: Portal, sandbox: SandboxClient):
    sandbox.clear_calls()
    page = portal.page("welcome")
    assert "Sign in to Connect" in page
    assert "pickup_zip" not in page
    assert sandbox.count("workspace") == 0
