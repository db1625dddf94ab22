"""A flood of one session is refused; everybody else is served."""

from __future__ import annotations

import pytest

from tests.portal_process import connect_variables, start_portal
from tests.sandbox_client import SandboxClient


@pytest.mark.timeout(120)
def test_a_session_that_floods_is_told_to_wait_and_others_are_served(sandbox: SandboxClient):
    variables = connect_variables(sandbox, PORTAL_REQUESTS_PER_MINUTE="60")
    portal = start_portal(variables, "--workers", "1")
    try:
        flood, other = sandbox.session("analyst-west"), sandbox.session("analyst-east")
        answers = [portal.get("_dash-dependencies", flood).status_code for _ in range(130)]
        assert 60 <= answers.count(200) <= 120, "a window of a minute, or two if one began meanwhile"
        refused = portal.get("_dash-dependencies", flood)
        assert refused.status_code == 429
        assert refused.json()["error"] == "busy"
        assert refused.json()["request_id"]
        assert portal.get("_dash-dependencies", other).status_code == 200
        assert portal.get("assets/portal.css", flood).status_code == 200
        assert portal.get("healthz").status_code == 200
    finally:
        portal.stop()
