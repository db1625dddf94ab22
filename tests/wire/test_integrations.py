"""Which of a content's integrations the portal takes, and what it does when they change while it runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from portal.doctor import connect as doctor
from portal.settings import settings
from portal.viewer.errors import NotSetUp, SignInToDatabricks
from portal.viewer.platforms import connect
from portal.viewer.platforms.connect import Connect
from tests.sandbox_client import SandboxClient


@pytest.fixture
def platform(sandbox: SandboxClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connect]:
    for name, value in sandbox.env.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    yield Connect(settings())
    settings.cache_clear()


def api(sandbox: SandboxClient, method: str, path: str, body: Any = None) -> Any:
    where = f"{sandbox.connect_url}/__api__/v1/{path}"
    key = {"Authorization": f"Key {sandbox.api_key}"}
    answer = requests.request(method, where, json=body, headers=key, timeout=10)
    answer.raise_for_status()
    return answer.json() if answer.content else None


def associate(sandbox: SandboxClient, *guids: str) -> None:
    body = [{"oauth_integration_guid": guid} for guid in guids]
    api(sandbox, "PUT", f"content/{sandbox.content_guid}/oauth/integrations/associations", body)


def another(sandbox: SandboxClient) -> str:
    """A second Databricks integration that viewers sign in to."""
    here = api(sandbox, "GET", f"oauth/integrations/{sandbox.integration_guid}")
    body = {"name": "Databricks, another", "template": here["template"], "config": here["config"]}
    return str(api(sandbox, "POST", "oauth/integrations", body)["guid"])


def test_a_second_integration_of_viewers_locks_nobody_out(platform: Connect, sandbox: SandboxClient):
    taken = platform.integration()
    associate(sandbox, sandbox.integration_guid, another(sandbox))
    platform._read_at = float("-inf")
    assert platform.integration() == taken == sandbox.integration_guid
    assert platform.grant(sandbox.session("analyst-west")).access_token
    fresh = Connect(settings())
    with pytest.raises(NotSetUp, match="several"):
        fresh.integration()


def test_a_choice_between_several_that_is_made_is_taken_at_once(
    platform: Connect, sandbox: SandboxClient, monkeypatch: pytest.MonkeyPatch
):
    associate(sandbox, sandbox.integration_guid, another(sandbox))
    session = sandbox.session("analyst-west")
    with pytest.raises(NotSetUp, match="several"):
        platform.grant(session)
    associate(sandbox, sandbox.integration_guid)
    monkeypatch.setattr(connect, "REREAD_SECONDS", 0.0)
    assert platform.grant(session).access_token


def test_an_integration_that_comes_later_is_taken_at_once(
    platform: Connect, sandbox: SandboxClient, monkeypatch: pytest.MonkeyPatch
):
    associate(sandbox)
    session = sandbox.session("analyst-west")
    with pytest.raises(NotSetUp):
        platform.grant(session)
    associate(sandbox, sandbox.integration_guid)
    monkeypatch.setattr(connect, "REREAD_SECONDS", 0.0)
    assert platform.grant(session).access_token
    other = another(sandbox)
    platform._read_at = float("-inf")
    assert platform.integration() == sandbox.integration_guid
    associate(sandbox, other)
    with pytest.raises(SignInToDatabricks) as raised:
        platform.grant(session)
    assert other in str(raised.value.login_url), "nobody has signed in to the new one yet: its link, and no dead end"


def test_a_service_account_beside_it_is_not_taken_and_doctor_says_why(
    platform: Connect, sandbox: SandboxClient, monkeypatch: pytest.MonkeyPatch
):
    service = next(
        one for one in api(sandbox, "GET", "oauth/integrations")
        if one["template"] == "databricks" and one["guid"] != sandbox.integration_guid
    )  # fmt: skip
    associate(sandbox, str(service["guid"]), sandbox.integration_guid)
    assert platform.integration() == sandbox.integration_guid
    says = doctor.association(doctor.Connect(settings()))
    assert says.state.value == "ok"
    assert "the only one that acts as the viewer" in says.says
    assert str(service["name"]) in says.says
    monkeypatch.setenv("PORTAL_INTEGRATION_GUID", str(service["guid"]))
    settings.cache_clear()
    assert doctor.association(doctor.Connect(settings())).state.value == "failed"
