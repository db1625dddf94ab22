"""The workspace's front through the unmodified databricks-sdk: identity, warehouses, credentials, faults, the clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import jwt
import pytest
import requests
from databricks.sdk import WorkspaceClient
from databricks.sdk.core import Config
from databricks.sdk.errors import (
    DatabricksError,
    NotFound,
    PermissionDenied,
    TemporarilyUnavailable,
    TooManyRequests,
    Unauthenticated,
)
from databricks.sdk.service import iam, sql

from tests.sandbox_client import SandboxClient

ME = "/api/2.0/preview/scim/v2/Me"
Client = Callable[..., WorkspaceClient]


@pytest.fixture
def client(sandbox: SandboxClient) -> Client:
    def make(viewer: str, retry_timeout_seconds: int = 2) -> WorkspaceClient:
        config = Config(
            host=sandbox.workspace_url, token=f"dapi-{viewer}", retry_timeout_seconds=retry_timeout_seconds,
            http_timeout_seconds=10,
        )  # fmt: skip
        return WorkspaceClient(config=config)

    return make


@pytest.fixture
def http(sandbox: SandboxClient) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.verify = sandbox.ca_bundle
        yield session


def bearer(value: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {value}"}


# Who


def test_me_tells_groups_entitlements_and_emails(client: Client) -> None:
    me = client("analyst-west").current_user.me()
    assert (me.user_name, me.display_name) == ("analyst.west@example.com", "Analyst West")
    assert [group.display for group in me.groups or []] == ["users", "analysts", "west"]
    assert {entitlement.value for entitlement in me.entitlements or []} >= {"workspace-access"}
    assert [(email.value, email.primary) for email in me.emails or []] == [("analyst.west@example.com", True)]


def test_users_and_groups_are_found(client: Client) -> None:
    engineer = client("engineer")
    found = list(engineer.users.list(filter='userName eq "newcomer@example.com"'))
    assert [user.display_name for user in found] == ["Newcomer"]
    assert {group.display_name for group in engineer.groups.list()} >= {"users", "analysts", "engineers"}
    assert engineer.users.get(found[0].id or "").user_name == "newcomer@example.com"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('userName eq "Newcomer@Example.com"', {"newcomer"}),
        ('userName ne "newcomer@example.com"', {"analyst-west", "analyst-east", "engineer"}),
        ('displayName co "nalyst" and userName ew "example.com"', {"analyst-west", "analyst-east"}),
        ('displayName sw "engi" or emails.value sw "newcomer"', {"engineer", "newcomer"}),
        ('externalId pr and not (groups.display eq "analysts")', {"engineer", "newcomer"}),
        ('(userName co "west" or userName co "east") and groups.display eq "west"', {"analyst-west"}),
        ("active eq true and userName eq engineer@example.com", {"engineer"}),
        ("active eq false", set()),
        ('userName eq "a \\"quoted\\" name"', set()),
    ],
)
def test_scim_filters(sandbox: SandboxClient, text: str, found: set[str]) -> None:
    engineer = WorkspaceClient(host=sandbox.workspace_url, token="dapi-engineer")
    names = {one.user_name.split("@")[0].replace(".", "-") for one in engineer.users.list(filter=text) if one.user_name}
    assert names == found


@pytest.mark.parametrize(
    "text",
    [
        'displayName like "a"', "displayName", "displayName eq", 'nickname eq "a"', 'displayName eq "a" xor id pr',
        "(id pr", 'displayName eq "a" "b"', 'emails[type eq "work"]', 'displayName gt "a"',
        "(" * 40 + "id pr" + ")" * 40, ")", '"',
    ],
)  # fmt: skip
def test_a_scim_filter_that_is_not_understood_is_refused_and_never_everybody(sandbox: SandboxClient, text: str) -> None:
    engineer = WorkspaceClient(host=sandbox.workspace_url, token="dapi-engineer")
    for ask in (engineer.users.list, engineer.groups.list, engineer.service_principals.list):
        with pytest.raises(DatabricksError, match="Invalid filter"):
            list(ask(filter=text))


def test_scim_pages_order_and_chosen_attributes(sandbox: SandboxClient) -> None:
    engineer = WorkspaceClient(host=sandbox.workspace_url, token="dapi-engineer")
    listed = engineer.users.list(sort_by="userName", sort_order=iam.ListSortOrder.DESCENDING, attributes="userName")
    names = [one.user_name for one in listed]
    assert names == sorted(names, key=str, reverse=True)
    assert all(one.display_name is None for one in engineer.users.list(attributes="userName"))
    for wrong in ({"sortBy": "shoeSize"}, {"sortBy": "userName", "sortOrder": "up"}, {"count": "-1"}, {"count": "x"}):
        with pytest.raises(DatabricksError):
            engineer.api_client.do("GET", "/api/2.0/preview/scim/v2/Users", query=wrong)


def test_service_principals_are_found_by_application_id(sandbox: SandboxClient) -> None:
    engineer = WorkspaceClient(host=sandbox.workspace_url, token="dapi-engineer")
    id = "7d1f3c52-6b1e-4d0a-9c35-2f8b6a4e0098"
    (found,) = engineer.service_principals.list(filter=f'applicationId eq "{id}"')
    assert found.display_name == "Nightly loader"
    assert engineer.service_principals.get(found.id or "").application_id == id
    with pytest.raises(DatabricksError):
        engineer.users.get("1")


def test_credentials_are_asked_for_and_checked(sandbox: SandboxClient, http: requests.Session) -> None:
    where = sandbox.workspace_url + ME
    missing = http.get(where, timeout=10)
    assert (missing.status_code, missing.json()["error_code"]) == (401, "401")
    assert "Credential was not sent" in missing.json()["message"]
    wrong = http.get(where, headers=bearer("nonsense"), timeout=10)
    assert (wrong.status_code, wrong.json()["message"][:21]) == (403, "Invalid access token.")


def test_revoked_and_expired_tokens_are_401(sandbox: SandboxClient) -> None:
    def exchanged() -> WorkspaceClient:
        form = {
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "subject_token_type": "urn:posit:connect:user-session-token",
            "subject_token": sandbox.session("analyst-east"),
        }
        key = {"Authorization": f"Key {sandbox.api_key}"}
        where = sandbox.connect_url + "/__api__/v1/oauth/integrations/credentials"
        token = requests.post(where, data=form, headers=key, timeout=10).json()["access_token"]
        return WorkspaceClient(host=sandbox.workspace_url, token=token)

    east = exchanged()
    assert east.current_user.me().display_name == "Analyst East"
    assert sandbox.control("POST", "/revoke", {"viewer": "analyst-east"}) == {"revoked": 1}
    with pytest.raises(Unauthenticated, match="revoked"):
        east.current_user.me()
    east = exchanged()
    sandbox.control("POST", "/clock", {"offset": 3601})
    with pytest.raises(Unauthenticated, match="expired"):
        east.current_user.me()


def test_unknown_paths_answer_in_databricks_shape(client: Client) -> None:
    with pytest.raises(NotFound, match="No API found"):
        client("engineer").api_client.do("GET", "/api/2.0/nowhere")


def test_host_metadata_and_token_federation(sandbox: SandboxClient, http: requests.Session) -> None:
    config = http.get(sandbox.workspace_url + "/.well-known/databricks-config", timeout=10).json()
    assert config["oidc_endpoint"] == sandbox.workspace_url + "/oidc"
    found = http.get(config["oidc_endpoint"] + "/.well-known/oauth-authorization-server", timeout=10).json()
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "subject_token": "dapi-engineer"}
    token = http.post(found["token_endpoint"], data=form, timeout=10).json()["access_token"]
    assert WorkspaceClient(host=sandbox.workspace_url, token=token).current_user.me().display_name == "Engineer"
    refused = http.post(found["token_endpoint"], data={**form, "subject_token": "x"}, timeout=10)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")


def test_bearers_may_be_jwts_of_the_workspace(sandbox: SandboxClient, http: requests.Session) -> None:
    sandbox.control("POST", "/tokens", {"jwt": True, "lifetime": 600})
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "subject_token": "dapi-engineer"}
    token = http.post(sandbox.workspace_url + "/oidc/v1/token", data=form, timeout=10).json()["access_token"]
    keys = http.get(sandbox.workspace_url + "/oidc/jwks.json", timeout=10).json()
    key = jwt.PyJWK(keys["keys"][0])
    claims = jwt.decode(token, key.key, algorithms=["RS256"], audience="6051921418418893")
    assert claims["iss"] == sandbox.workspace_url + "/oidc"
    assert 590 < claims["exp"] - time.time() <= 601
    assert WorkspaceClient(host=sandbox.workspace_url, token=token).current_user.me().display_name == "Engineer"


def test_the_workspace_sets_a_cookie_that_shows_who_sends_it_back(
    sandbox: SandboxClient, http: requests.Session
) -> None:
    first = http.get(sandbox.workspace_url + ME, headers=bearer("dapi-engineer"), timeout=10)
    assert first.cookies["workspace_session"].startswith("engineer-")
    http.get(sandbox.workspace_url + ME, headers=bearer("dapi-analyst-west"), timeout=10)
    with_cookie = {call.viewer: call.with_cookie for call in sandbox.calls("workspace", "/Me")}
    assert with_cookie == {"engineer": 0, "analyst-west": 1}


# Warehouses


def test_each_viewer_sees_the_warehouses_they_may_use(client: Client) -> None:
    west = {warehouse.name: warehouse.state for warehouse in client("analyst-west").warehouses.list()}
    assert west == {"Shared Endpoint": sql.State.RUNNING, "Nightly Loads": sql.State.STOPPED}
    assert len(list(client("engineer").warehouses.list())) == 3
    with pytest.raises(PermissionDenied):
        client("analyst-west").warehouses.get("5ab0000000000003")
    with pytest.raises(NotFound):
        client("engineer").warehouses.get("0000000000000000")


def test_a_stopped_warehouse_starts_in_its_time(sandbox: SandboxClient, client: Client) -> None:
    id = sandbox.warehouse_id
    sandbox.control("POST", f"/warehouses/{id}", {"state": "STOPPED", "start_seconds": 0.5})
    west = client("analyst-west")
    west.warehouses.start(id)
    assert west.warehouses.get(id).state == sql.State.STARTING
    deadline = time.monotonic() + 10
    while west.warehouses.get(id).state != sql.State.RUNNING:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    with pytest.raises(PermissionDenied, match="Manage or Owner"):
        west.warehouses.stop(id)
    client("engineer").warehouses.stop(id)
    assert west.warehouses.get(id).state == sql.State.STOPPED


def test_a_reset_ends_a_start_under_way(sandbox: SandboxClient, client: Client) -> None:
    id = sandbox.warehouse_id
    sandbox.control("POST", f"/warehouses/{id}", {"state": "STARTING", "start_seconds": 600})
    sandbox.reset()
    sandbox.control("POST", f"/warehouses/{id}", {"state": "STOPPED", "start_seconds": 0})
    west = client("analyst-west")
    west.warehouses.start(id)
    assert west.warehouses.get(id).state == sql.State.RUNNING


def test_warehouse_permissions(sandbox: SandboxClient, client: Client) -> None:
    acl = client("engineer").warehouses.get_permissions(sandbox.warehouse_id).access_control_list or []
    assert {one.group_name or one.user_name for one in acl} == {
        "engineer@example.com",
        "users",
        "admins",
        "engineers",
    }
    with pytest.raises(PermissionDenied):
        client("newcomer").warehouses.get_permissions(sandbox.warehouse_id)


# Faults


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, Unauthenticated), (403, PermissionDenied), (404, NotFound), (429, TooManyRequests),
     (503, TemporarilyUnavailable)],
)  # fmt: skip
def test_a_fault_answers_in_databricks_shape(
    sandbox: SandboxClient, client: Client, status: int, error: type[DatabricksError]
) -> None:
    viewer = client("engineer", retry_timeout_seconds=1)
    viewer.current_user.me()
    sandbox.fault(route="/Me", status=status, headers={"Retry-After": "5"} if status in (429, 503) else {})
    with pytest.raises((error, TimeoutError)) as caught:
        viewer.current_user.me()
    if isinstance(caught.value, TimeoutError):
        assert isinstance(caught.value.__cause__, error)


def test_faults_by_viewer_method_and_count(sandbox: SandboxClient, client: Client) -> None:
    west, east = client("analyst-west"), client("analyst-east")
    sandbox.fault(route="/Me$", viewer="analyst-west", status=403, count=1)
    sandbox.fault(route="/Me$", method="POST", status=403)
    assert east.current_user.me()
    with pytest.raises(PermissionDenied):
        west.current_user.me()
    assert west.current_user.me()
    assert len(sandbox.control("GET", "/faults")["faults"]) == 1
    sandbox.clear_faults()
    assert sandbox.control("GET", "/faults")["faults"] == []


def test_a_share_of_the_requests(sandbox: SandboxClient, http: requests.Session) -> None:
    sandbox.fault(route="/Me$", status=500, rate=0.3)
    answers = [http.get(sandbox.workspace_url + ME, headers=bearer("dapi-engineer"), timeout=10) for _ in range(100)]
    assert 15 < sum(answer.status_code == 500 for answer in answers) < 45


def test_the_sdk_retries_after_the_rate_limit(sandbox: SandboxClient, client: Client) -> None:
    viewer = client("engineer", retry_timeout_seconds=20)
    sandbox.fault(route="/Me$", status=429, headers={"Retry-After": "1"}, count=1)
    begun = time.monotonic()
    assert viewer.current_user.me()
    assert 1 <= time.monotonic() - begun < 4


def test_delays_drops_slow_bodies_and_bodies(sandbox: SandboxClient, http: requests.Session) -> None:
    where, who = sandbox.workspace_url + ME, bearer("dapi-engineer")
    sandbox.fault(route="/Me$", delay=0.5, count=1)
    begun = time.monotonic()
    assert http.get(where, headers=who, timeout=10).ok
    assert time.monotonic() - begun > 0.5
    sandbox.fault(route="/Me$", drop=True, count=1)
    with pytest.raises(requests.ConnectionError):
        http.get(where, headers=who, timeout=10)
    sandbox.fault(route="/Me$", slow_body=1000, count=1)
    begun = time.monotonic()
    slow = http.get(where, headers=who, timeout=10)
    assert slow.json()["displayName"] == "Engineer"
    assert time.monotonic() - begun > len(slow.content) / 1000 * 0.8
    sandbox.fault(route="/Me$", status=502, body="<html>proxy</html>", count=1)
    page = http.get(where, headers=who, timeout=10)
    assert (page.status_code, page.headers["Content-Type"].split(";")[0]) == (502, "text/html")


def test_rate_limits_by_route(sandbox: SandboxClient, http: requests.Session) -> None:
    sandbox.control("POST", "/rate-limit", {"route": "/Me$", "per_second": 5})
    answers = [http.get(sandbox.workspace_url + ME, headers=bearer("dapi-engineer"), timeout=10) for _ in range(20)]
    limited = [answer for answer in answers if answer.status_code == 429]
    assert 10 <= len(limited) <= 15
    assert int(limited[0].headers["Retry-After"]) >= 1
    assert limited[0].json()["error_code"] == "REQUEST_LIMIT_EXCEEDED"


@pytest.mark.parametrize(
    "fault", [{"where": "moon"}, {"where": "workspace", "route": "("}, {"where": "workspace", "rate": 2},
              {"where": "workspace", "unknown": 1}],
)  # fmt: skip
def test_senseless_faults_are_refused(sandbox: SandboxClient, fault: dict[str, object]) -> None:
    answer = requests.post(sandbox.control_url + "/faults", json=fault, timeout=10)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_the_control_plane_takes_nothing_from_other_sites(sandbox: SandboxClient) -> None:
    answer = requests.post(sandbox.control_url + "/reset", headers={"Sec-Fetch-Site": "cross-site"}, timeout=10)
    assert answer.status_code == 403


def test_calls_are_counted_by_route_and_viewer(sandbox: SandboxClient, client: Client) -> None:
    viewer = client("analyst-west")
    for _ in range(3):
        viewer.warehouses.get(sandbox.warehouse_id)
    assert sandbox.count("workspace", "/warehouses/{id}", "analyst-west") == 3
    assert sandbox.count("workspace", "databricks-config") == 1
    sandbox.clear_calls()
    assert sandbox.count() == 0


# The connector's own calls


def test_feature_flags_and_telemetry_are_there_and_counted(sandbox: SandboxClient, http: requests.Session) -> None:
    """On, as in a real workspace, so that a client which forgot to turn telemetry off shows in the counters."""
    who = bearer("dapi-engineer")
    where = sandbox.workspace_url + "/api/2.0/connector-service/feature-flags/PYTHON/4.9.0"
    assert [flag["value"] for flag in http.get(where, headers=who, timeout=10).json()["flags"]] == ["true"]
    sent = http.post(sandbox.workspace_url + "/telemetry-ext", json={"protoLogs": ["{}"]}, headers=who, timeout=10)
    assert sent.json()["numProtoSuccess"] == 1
    assert sandbox.count("workspace", "feature-flags", "engineer") == 1
    assert sandbox.count("workspace", "telemetry", "engineer") == 1


def test_the_connector_asks_for_neither_with_telemetry_off(sandbox: SandboxClient) -> None:
    from databricks import sql as connector

    host, port = sandbox.workspace_host.split(":")
    with (
        connector.connect(
            server_hostname=host, _port=int(port), http_path=sandbox.http_path, access_token="dapi-engineer",
            enable_telemetry=False,
        ) as connection,
        connection.cursor() as cursor,
    ):  # fmt: skip
        cursor.execute("SELECT 1")
        assert cursor.fetchall()[0][0] == 1
    assert sandbox.count("workspace", "feature-flags") + sandbox.count("workspace", "telemetry") == 0


def test_a_general_latency_stands_while_one_route_fails(sandbox: SandboxClient, http: requests.Session) -> None:
    sandbox.fault(route="^/api/", delay=0.2)
    sandbox.fault(route="/Me$", status=404, headers={"X-Was": "here"}, count=1)
    begun = time.monotonic()
    answer = http.get(sandbox.workspace_url + ME, headers=bearer("dapi-engineer"), timeout=10)
    assert time.monotonic() - begun > 0.2
    assert (answer.status_code, answer.headers["X-Was"]) == (404, "here")
    assert http.get(sandbox.workspace_url + ME, headers=bearer("dapi-engineer"), timeout=10).ok


def test_what_a_fault_delays_goes_on_when_it_is_taken_back(sandbox: SandboxClient, http: requests.Session) -> None:
    fault = sandbox.fault(route="/Me$", delay=60)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(http.get, sandbox.workspace_url + ME, headers=bearer("dapi-engineer"), timeout=20)
        while not sandbox.count("workspace", "/Me"):
            time.sleep(0.01)
        sandbox.control("DELETE", f"/faults/{fault}")
        assert waiting.result().ok


# Results from the storage host


def test_links_expire_refuse_authorization_and_come_slowly(sandbox: SandboxClient, client: Client) -> None:
    def link() -> str:
        done = client("engineer").statement_execution.execute_statement(
            "SELECT * FROM RANGE(50000)", sandbox.warehouse_id,
            disposition=sql.Disposition.EXTERNAL_LINKS, format=sql.Format.ARROW_STREAM,
        )  # fmt: skip
        return str((done.result.external_links or [])[0].external_link)  # type: ignore[union-attr]

    def fetch(address: str, **headers: str) -> requests.Response:
        return requests.get(address, verify=sandbox.ca_bundle, headers=headers, timeout=30)

    fresh = link()
    assert fetch(fresh).ok
    assert fetch(fresh, Authorization="Bearer dapi-engineer").status_code == 400
    sandbox.control("POST", "/links", {"lifetime": 1})
    short = link()
    sandbox.control("POST", "/clock", {"offset": 2})
    assert fetch(short).status_code == 403
    sandbox.control("POST", "/clock", {"offset": 0})
    sandbox.control("POST", "/links", {"lifetime": 60})
    sandbox.fault("storage", slow_body=500_000)
    begun = time.monotonic()
    size = len(fetch(link()).content)
    assert size > 200_000
    assert time.monotonic() - begun > size / 500_000 * 0.8
