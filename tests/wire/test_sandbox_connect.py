"""Connect's API through the unmodified posit-sdk: the credential exchange with each of its refusals, and the rest."""

from __future__ import annotations

import io
import json
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from posit import connect
from posit.connect.errors import ClientError
from posit.connect.external.databricks import ConnectStrategy, databricks_config
from posit.connect.oauth.types import OAuthIntegrationType

from tests.sandbox_client import SandboxClient

Sdk = Callable[..., connect.Client]


@pytest.fixture
def sdk(sandbox: SandboxClient) -> Iterator[Sdk]:
    """A posit-sdk client with a person's API key (the content's own unless named).

    The clients are kept: a posit-sdk resource holds its client weakly and fails once that is collected.
    """
    kept: list[connect.Client] = []

    def make(key: str = sandbox.api_key) -> connect.Client:
        kept.append(connect.Client(url=sandbox.connect_url, api_key=key))
        return kept[-1]

    yield make
    kept.clear()


def refusal(call: Callable[[], object]) -> tuple[int, int]:
    """(code, HTTP status) of the ClientError that the call raises."""
    with pytest.raises(ClientError) as caught:
        call()
    return caught.value.error_code, caught.value.http_status


# The exchange


def test_a_viewers_token_becomes_the_viewers_databricks_credential(sandbox: SandboxClient, sdk: Sdk) -> None:
    credentials = sdk().oauth.get_credentials(sandbox.session("analyst-west"))
    assert credentials["token_type"] == "Bearer"
    assert credentials["issued_token_type"] == "urn:ietf:params:oauth:token-type:access_token"
    assert credentials["expires_in"] == 3600  # type: ignore[typeddict-item]
    me = requests.get(
        sandbox.workspace_url + "/api/2.0/preview/scim/v2/Me", verify=sandbox.ca_bundle, timeout=10,
        headers={"Authorization": f"Bearer {credentials['access_token']}"},
    )  # fmt: skip
    assert me.json()["displayName"] == "Analyst West"


def test_the_sdks_databricks_strategy_works(sandbox: SandboxClient, sdk: Sdk, monkeypatch: pytest.MonkeyPatch) -> None:
    from databricks.sdk import WorkspaceClient

    for name, value in sandbox.env.items():
        if name.startswith(("CONNECT_", "POSIT_", "RSTUDIO_")):
            monkeypatch.setenv(name, value)
    strategy = ConnectStrategy(client=sdk(), user_session_token=sandbox.session("analyst-east"))
    config = databricks_config(host=sandbox.workspace_url, posit_connect_strategy=strategy)
    assert WorkspaceClient(config=config).current_user.me().display_name == "Analyst East"


def test_lifetime_and_a_missing_expiry(sandbox: SandboxClient, sdk: Sdk) -> None:
    sandbox.control("POST", "/tokens", {"lifetime": 90})
    assert sdk().oauth.get_credentials(sandbox.session())["expires_in"] == 90  # type: ignore[typeddict-item]
    sandbox.control("POST", "/tokens", {"omit_expires_in": True})
    assert "expires_in" not in sdk().oauth.get_credentials(sandbox.session())


def test_refusals_of_the_viewers_token(sandbox: SandboxClient, sdk: Sdk) -> None:
    oauth = sdk().oauth
    assert refusal(lambda: oauth.get_credentials("forged"))[0] == 215
    token = sandbox.session("analyst-west")
    sandbox.control("POST", "/clock", {"offset": 3601})
    assert refusal(lambda: oauth.get_credentials(token))[0] == 215


def test_refusals_of_the_forms_other_fields(sandbox: SandboxClient) -> None:
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token_type": "urn:posit:connect:user-session-token",
        "subject_token": sandbox.session("engineer"),
    }
    where = sandbox.connect_url + "/__api__/v1/oauth/integrations/credentials"
    key = {"Authorization": f"Key {sandbox.api_key}"}

    def code(**changed: str) -> int:
        return int(requests.post(where, data={**form, **changed}, headers=key, timeout=10).json()["code"])

    assert code(grant_type="password") == 217
    assert code(subject_token_type="urn:ietf:params:oauth:token-type:jwt") == 216
    assert code(requested_token_type="urn:posit:connect:api-key") == 25
    assert requests.post(where, json=form, headers=key, timeout=10).json()["code"] == 87
    assert requests.post(where, data=form, timeout=10).json()["code"] == 24


def test_refusals_for_want_of_a_login(sandbox: SandboxClient, sdk: Sdk) -> None:
    oauth = sdk().oauth
    assert refusal(lambda: oauth.get_credentials(sandbox.session("newcomer")))[0] == 219
    sandbox.control("POST", "/revoke", {"viewer": "engineer", "oauth_session": "stale"})
    assert refusal(lambda: oauth.get_credentials(sandbox.session("engineer")))[0] == 220
    sandbox.control("POST", "/viewers/engineer", {"signed_in": True})
    assert oauth.get_credentials(sandbox.session("engineer"))["access_token"]


def test_refusals_of_the_audience(sandbox: SandboxClient, sdk: Sdk) -> None:
    client = sdk()
    associations = client.content.get(sandbox.content_guid).oauth.associations
    second = client.oauth.integrations.create(name="Second", description=None, template="databricks", config={})
    token = sandbox.session("engineer")
    assert refusal(lambda: client.oauth.get_credentials(token, audience=second["guid"]))[0] == 256
    associations.update([sandbox.integration_guid, second["guid"]])
    assert refusal(lambda: client.oauth.get_credentials(token))[0] == 257
    assert client.oauth.get_credentials(token, audience=sandbox.integration_guid)["access_token"]
    associations.delete()
    assert refusal(lambda: client.oauth.get_credentials(token))[0] == 212


def test_refusals_of_a_service_account_and_a_rate_limit(sandbox: SandboxClient, sdk: Sdk) -> None:
    client = sdk()
    service = client.oauth.integrations.create(
        name="Service", description="", template="databricks", config={"auth_type": "Service Account"}
    )
    client.content.get(sandbox.content_guid).oauth.associations.update(service["guid"])
    assert refusal(lambda: client.oauth.get_credentials(sandbox.session()))[0] == 238
    sandbox.fault("connect", "integrations/credentials", status=429, count=1)
    assert refusal(lambda: client.oauth.get_credentials(sandbox.session())) == (277, 429)


def test_the_contents_own_token_is_for_service_accounts_only(
    sandbox: SandboxClient, sdk: Sdk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """posit-sdk falls back to it when the viewer's token is missing: with a viewer integration that must fail."""
    monkeypatch.setenv("CONNECT_CONTENT_SESSION_TOKEN_FILE", sandbox.env["CONNECT_CONTENT_SESSION_TOKEN_FILE"])
    client = sdk()
    assert refusal(client.oauth.get_content_credentials)[0] == 238
    service = client.oauth.integrations.create(
        name="Service", description="", template="databricks", config={"auth_type": "Service Account"}
    )
    client.content.get(sandbox.content_guid).oauth.associations.update(service["guid"])
    token = (client.oauth.get_content_credentials() or {})["access_token"]
    me = requests.get(
        sandbox.workspace_url + "/api/2.0/preview/scim/v2/Me", verify=sandbox.ca_bundle, timeout=10,
        headers={"Authorization": f"Bearer {token}"},
    )  # fmt: skip
    assert me.json()["displayName"] == "Portal service"


def test_a_wrong_key_gets_nothing(sandbox: SandboxClient, sdk: Sdk) -> None:
    stranger = sdk("0" * 32)
    assert refusal(lambda: stranger.oauth.get_credentials(sandbox.session()))[1] == 401
    assert refusal(lambda: stranger.me) == (30, 401)


def test_only_the_contents_own_key_may_exchange(sandbox: SandboxClient, sdk: Sdk) -> None:
    """A viewer's temporary key is not the content's: it cannot turn others' tokens into credentials."""
    client = sdk()
    api = client.oauth.integrations.create(name="Connect API", description="", template="connect", config={})
    client.content.get(sandbox.content_guid).oauth.associations.update([sandbox.integration_guid, api["guid"]])
    token = sandbox.session("analyst-east")
    visitor_key = client.oauth.get_credentials(token, audience=api["guid"])["access_token"]
    visitor = sdk(visitor_key)
    assert visitor.me["username"] == "analyst-east"
    west = sandbox.session("analyst-west")
    assert refusal(lambda: visitor.oauth.get_credentials(west, audience=sandbox.integration_guid))[0] == 215


def test_with_user_session_token(sandbox: SandboxClient, sdk: Sdk, monkeypatch: pytest.MonkeyPatch) -> None:
    client = sdk()
    monkeypatch.setenv("CONNECT_CONTENT_GUID", sandbox.content_guid)
    monkeypatch.setenv("POSIT_PRODUCT", "CONNECT")
    api = client.oauth.integrations.create(name="Connect API", description="", template="connect", config={})
    client.content.get(sandbox.content_guid).oauth.associations.update([sandbox.integration_guid, api["guid"]])
    visitor = client.with_user_session_token(sandbox.session("analyst-west"))
    assert visitor.me["username"] == "analyst-west"


def test_html_and_silence_instead_of_json(sandbox: SandboxClient, sdk: Sdk) -> None:
    client = sdk()
    assert client.oauth
    sandbox.fault("connect", "credentials", status=502, count=1)
    with pytest.raises(requests.HTTPError):
        client.oauth.get_credentials(sandbox.session())
    sandbox.fault("connect", "credentials", drop=True, count=1)
    with pytest.raises(requests.ConnectionError):
        client.oauth.get_credentials(sandbox.session())


def test_exchanges_are_counted_by_the_viewer_whose_token_it_was(sandbox: SandboxClient, sdk: Sdk) -> None:
    sdk().oauth.get_credentials(sandbox.session("analyst-west"))
    assert sandbox.count("connect", "credentials", "analyst-west") == 1
    assert sandbox.count("connect", "credentials", "engineer") == 0


# Integrations, associations, sessions


def test_integrations_and_associations(sandbox: SandboxClient, sdk: Sdk) -> None:
    client = sdk()
    found = client.oauth.integrations.find_by(integration_type=OAuthIntegrationType.DATABRICKS, auth_type="Viewer")
    assert found is not None
    assert found["guid"] == sandbox.integration_guid
    assert "offline_access" in found["config"]["scopes"]
    assert "client_secret" not in found["config"]
    found.update(name="Renamed")
    assert client.oauth.integrations.get(found["guid"])["name"] == "Renamed"
    content = client.content.get(sandbox.content_guid)
    association = content.oauth.associations.find_by(integration_type="databricks")
    assert association is not None
    assert association["oauth_integration_name"] == "Renamed"
    assert sandbox.content_guid in [one["app_guid"] for one in found.associations.find()]
    found.delete()
    assert content.oauth.associations.find() == []
    assert refusal(lambda: client.oauth.integrations.get(found["guid"])) == (4, 404)


def test_a_content_with_integrations_of_several_kinds_needs_an_audience(sandbox: SandboxClient, sdk: Sdk) -> None:
    client = sdk()
    several = client.content.find_one(name="portal-several")
    assert several is not None
    found = several.oauth.associations.find()
    kinds = {one["oauth_integration_auth_type"] for one in found}
    assert kinds == {"Viewer", "Service Account", "Visitor API Key"}
    token = str(sandbox.control("POST", "/session", {"viewer": "engineer", "content": several["guid"]})["token"])
    assert refusal(lambda: client.oauth.get_credentials(token))[0] == 257
    assert client.oauth.get_credentials(token, audience=sandbox.integration_guid)["access_token"]


def test_viewers_and_publishers_may_not_administer(sandbox: SandboxClient, sdk: Sdk) -> None:
    from portal.sandbox.connect.state import Connect
    from portal.sandbox.world import World

    keys = Connect(World())
    viewer, publisher = sdk(keys.api_key("analyst-east")), sdk(keys.api_key("analyst-west"))
    assert refusal(lambda: viewer.oauth.integrations.find()) == (22, 403)
    assert len(publisher.oauth.integrations.find()) == 4
    assert refusal(lambda: publisher.oauth.integrations.create(name="x", template="databricks")) == (22, 403)
    assert refusal(lambda: publisher.content.get(sandbox.content_guid).update(title="mine")) == (21, 403)


def test_oauth_sessions_are_listed_and_deleted(sandbox: SandboxClient, sdk: Sdk) -> None:
    client = sdk()
    assert len(client.oauth.sessions.find()) == 1
    everyone = client.oauth.sessions.find(all=True)
    assert len(everyone) == 3
    own = client.oauth.sessions.find()[0]
    assert client.oauth.sessions.get(own["guid"])["has_refresh_token"] is True
    own.delete()
    assert refusal(lambda: client.oauth.get_credentials(sandbox.session("engineer")))[0] == 219


# Users, content


def test_users_groups_settings(sandbox: SandboxClient, sdk: Sdk) -> None:
    client = sdk()
    assert client.version == "2026.09.0"
    assert (client.me["username"], client.me["user_role"]) == ("engineer", "administrator")
    assert [user["username"] for user in client.users.find(prefix="analyst")] == ["analyst-west", "analyst-east"]
    assert {group["name"] for group in client.groups.find()} >= {"analysts", "engineers"}
    content = client.content.get(sandbox.content_guid)
    assert content.owner["username"] == "engineer"
    assert content["content_url"] == sandbox.content_url
    assert content.is_interactive


def test_content_is_created_shared_and_deleted(sandbox: SandboxClient, sdk: Sdk) -> None:
    client = sdk()
    content = client.content.create(name="second", title="Second")
    assert content["access_type"] == "acl"
    with pytest.raises(ClientError, match="already exists"):
        client.content.create(name="second")
    west = client.users.find(prefix="analyst-west")[0]
    assert sandbox.browser("analyst-west").get(content["content_url"], timeout=10).status_code == 403
    content.permissions.create(west, role="viewer")
    assert sandbox.browser("analyst-west").get(content["content_url"], timeout=10).status_code == 404
    analysts = next(group for group in client.groups.find() if group["name"] == "analysts")
    content.permissions.create(analysts, role="viewer")
    assert {one["principal_type"] for one in content.permissions.find()} == {"user", "group"}
    content.permissions.destroy(west)
    assert content.permissions.count() == 1
    content.delete()
    assert refusal(lambda: client.content.get(content["guid"])) == (4, 404)


def bundle(**files: str) -> bytes:
    """A gzipped tar with a manifest that lists the files (`wsgi_py` is wsgi.py)."""
    named = {name.replace("_", ".", 1) if "_" in name else name: text for name, text in files.items()}
    manifest = {
        "version": 1,
        "metadata": {"appmode": "python-api", "entrypoint": "wsgi:app"},
        "python": {"version": "3.11.0", "package_manager": {"name": "pip", "package_file": "requirements.txt"}},
        "files": {name: {"checksum": ""} for name in named},
    }
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, text in {**named, "manifest.json": json.dumps(manifest)}.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
    return buffer.getvalue()


WSGI = """
import os
from flask import Flask
app = Flask(__name__)
@app.get("/")
def root():
    return {"greeting": os.environ.get("GREETING"), "databricks": os.environ.get("DATABRICKS_HOST"), "pid": os.getpid()}
"""


def test_bundles_deploy_with_a_log_and_variables(sandbox: SandboxClient, sdk: Sdk, tmp_path: Path) -> None:
    client = sdk()
    content = client.content.create(name="deployed")
    content.environment_variables.create("GREETING", "hello")
    assert content.environment_variables.find() == ["GREETING"]
    made = content.bundles.create(bundle(wsgi_py=WSGI, requirements_txt="flask\n"))
    task = made.deploy()
    task.wait_for(max_attempts=30)
    assert (task.error_code, task.error_message) == (0, "")
    assert content.bundles.active()["id"] == made["id"]  # type: ignore[index]
    browser = sandbox.browser("engineer")
    first = browser.get(content["content_url"], timeout=60).json()
    assert (first["greeting"], first["databricks"]) == ("hello", None)
    content.environment_variables["GREETING"] = "again"
    assert browser.get(content["content_url"], timeout=60).json()["greeting"] == "again"
    content = client.content.get(content["guid"])
    before = browser.get(content["content_url"], timeout=60).json()["pid"]
    content.restart()
    assert browser.get(content["content_url"], timeout=60).json()["pid"] != before
    made.download(str(tmp_path / "bundle.tar.gz"))
    with tarfile.open(tmp_path / "bundle.tar.gz") as archive:
        assert "wsgi.py" in archive.getnames()


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"other_py": "", "requirements_txt": ""}, "entry point"),
        ({"wsgi_py": WSGI}, "requirements"),
    ],
)
def test_a_bad_bundle_fails_its_task_and_says_why(sdk: Sdk, files: dict[str, str], words: str) -> None:
    content = sdk().content.create(name="bad")
    task = content.bundles.create(bundle(**files)).deploy()
    task.wait_for(max_attempts=30)
    assert task.error_code == 1
    assert words in (task.error_message or "")


def test_an_archive_that_would_leave_its_directory_is_refused(sdk: Sdk) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo("../../outside.txt"), io.BytesIO())
    content = sdk().content.create(name="evil")
    assert refusal(lambda: content.bundles.create(buffer.getvalue())) == (135, 400)
    assert refusal(lambda: content.bundles.create(b"not an archive")) == (135, 400)


def test_idle_processes_are_ended_after_the_setting(sandbox: SandboxClient, sdk: Sdk) -> None:
    content = sdk().content.create(name="idle", idle_timeout=1)
    task = content.bundles.create(bundle(wsgi_py=WSGI, requirements_txt="flask\n")).deploy()
    task.wait_for(max_attempts=30)
    browser = sandbox.browser("engineer")
    first = browser.get(content["content_url"], timeout=60).json()["pid"]
    assert browser.get(content["content_url"], timeout=60).json()["pid"] == first
    time.sleep(3)
    assert browser.get(content["content_url"], timeout=60).json()["pid"] != first
