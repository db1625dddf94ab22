"""The Connect front: who is signed in, what content is told about them, and what it is not."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.sandbox_client import SandboxClient, start_sandbox

HERE = Path(__file__).resolve().parent
TOKEN = "Posit-Connect-User-Session-Token"


@pytest.fixture(scope="module")
def echo() -> Iterator[SandboxClient]:
    """A sandbox with the echo content."""
    command = "python -m gunicorn echo_content:server --bind 127.0.0.1:{port} --threads 4"
    client = start_sandbox("--content-dir", str(HERE), "--content-command", command)
    yield client
    client.stop()


@pytest.fixture(autouse=True)
def fresh(echo: SandboxClient) -> None:
    echo.reset()


def headers_of(echo: SandboxClient, browser: requests.Session, **sent: str) -> dict[str, str]:
    answer = browser.get(echo.content_url + "headers", headers=sent, timeout=30)
    assert answer.status_code == 200, answer.text
    return {name.lower(): value for name, value in answer.json()}


def test_an_anonymous_visitor_is_sent_to_sign_in_and_back(echo: SandboxClient) -> None:
    browser = requests.Session()
    page = browser.get(echo.content_url + "path/a%2Fb?x=1", timeout=30)
    assert page.history
    assert "Sign in" in page.text
    assert page.text.count("<button") == 4
    back = browser.post(page.url, data={"viewer": "analyst-east"}, timeout=30)
    assert back.url == echo.content_url + "path/a%2Fb?x=1"
    assert back.json()["raw"] == "/path/a%2Fb?x=1"


def test_sign_in_returns_to_this_server_only(echo: SandboxClient) -> None:
    for address in ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"):
        answer = requests.post(
            echo.connect_url + "/__login__", params={"url": address}, data={"viewer": "engineer"},
            allow_redirects=False, timeout=30,
        )  # fmt: skip
        assert answer.headers["Location"].startswith("/content/")


def test_content_learns_who_looks_and_a_client_cannot_forge_it(echo: SandboxClient) -> None:
    forged = {
        TOKEN: "forged",
        "posit_connect_user_session_token": "forged",
        "RStudio-Connect-Credentials": '{"user": "engineer"}',
        "Posit-Connect-Credentials": '{"user": "engineer"}',
    }
    seen = headers_of(echo, echo.browser("analyst-west"), **forged)
    assert seen[TOKEN.lower()] not in ("", "forged")
    assert seen["posit-connect-credentials"] == seen["rstudio-connect-credentials"]
    assert '"user": "analyst-west"' in seen["posit-connect-credentials"]
    assert "forged" not in str(seen)
    assert "rsconnect=" not in seen.get("cookie", "")


def test_each_viewer_has_their_own_token_and_keeps_it(echo: SandboxClient) -> None:
    west, east = echo.browser("analyst-west"), echo.browser("analyst-east")
    tokens = [headers_of(echo, browser)[TOKEN.lower()] for browser in (west, east, west)]
    assert tokens[0] == tokens[2] != tokens[1]


def test_tokens_rotate_when_asked_and_after_they_expire(echo: SandboxClient) -> None:
    browser = echo.browser("engineer")
    echo.control("POST", "/tokens", {"rotate": "every-request"})
    assert headers_of(echo, browser)[TOKEN.lower()] != headers_of(echo, browser)[TOKEN.lower()]
    echo.control("POST", "/tokens", {"rotate": "never", "session_lifetime": 100})
    first = headers_of(echo, browser)[TOKEN.lower()]
    assert headers_of(echo, browser)[TOKEN.lower()] == first
    echo.control("POST", "/clock", {"offset": 101})
    assert headers_of(echo, browser)[TOKEN.lower()] != first


def test_anyone_content_is_shown_without_a_token(echo: SandboxClient) -> None:
    key = {"Authorization": f"Key {echo.api_key}"}
    where = f"{echo.connect_url}/__api__/v1/content/{echo.content_guid}"
    assert requests.patch(where, json={"access_type": "all"}, headers=key, timeout=30).ok
    seen = headers_of(echo, requests.Session(), **{TOKEN: "forged"})
    assert TOKEN.lower() not in seen
    assert "posit-connect-credentials" not in seen
    assert TOKEN.lower() in headers_of(echo, echo.browser("newcomer"))


def test_a_viewer_who_is_not_on_the_list_is_refused(echo: SandboxClient) -> None:
    key = {"Authorization": f"Key {echo.api_key}"}
    where = f"{echo.connect_url}/__api__/v1/content/{echo.content_guid}"
    assert requests.patch(where, json={"access_type": "acl"}, headers=key, timeout=30).ok
    assert echo.browser("analyst-west").get(echo.content_url, timeout=30).status_code == 403
    assert echo.browser("engineer").get(echo.content_url, timeout=30).status_code == 200


def test_content_has_connects_variables_and_no_others(echo: SandboxClient) -> None:
    seen = echo.browser().get(echo.content_url + "env", timeout=30).json()
    expected = echo.env
    assert {name: seen[name] for name in expected} == expected
    assert expected["POSIT_PRODUCT"] == "CONNECT"
    assert expected["CONNECT_CONTENT_GUID"] == echo.content_guid
    assert expected["DASH_REQUESTS_PATHNAME_PREFIX"] == f"/content/{echo.content_guid}/"
    strays = {name for name in seen if name.startswith(("DATABRICKS_", "CONNECT_", "PYTEST", "VIRTUAL_ENV"))}
    assert strays <= set(expected)


def test_answers_are_streamed(echo: SandboxClient) -> None:
    with echo.browser().get(echo.content_url + "stream", stream=True, timeout=30) as answer:
        arrivals = [time.monotonic() for _ in answer.iter_lines()]
    assert len(arrivals) == 10
    assert arrivals[-1] - arrivals[0] > 0.5


def test_bodies_cookies_and_redirects_pass_unchanged(echo: SandboxClient) -> None:
    browser = echo.browser()
    sent = browser.post(echo.content_url + "body", data=b"x" * 5_000_000, timeout=30)
    assert sent.json() == {"size": 5_000_000}
    cookies = browser.get(echo.content_url + "cookie", timeout=30)
    assert len(cookies.raw.headers.getlist("Set-Cookie")) == 2
    moved = browser.get(echo.content_url + "redirect", allow_redirects=False, timeout=30)
    assert (moved.status_code, moved.headers["Location"]) == (302, "elsewhere")


def test_a_process_that_died_is_started_again(echo: SandboxClient) -> None:
    browser = echo.browser()
    first = browser.get(echo.content_url + "pid", timeout=30).json()["pid"]
    assert browser.get(echo.content_url + "die", timeout=30).status_code == 502
    assert browser.get(echo.content_url + "pid", timeout=30).json()["pid"] != first


def test_signing_out_ends_the_session(echo: SandboxClient) -> None:
    browser = echo.browser("engineer")
    copied = dict(browser.cookies)
    assert browser.get(echo.connect_url + "/__logout__", timeout=30).ok
    answer = requests.get(echo.content_url, cookies=copied, allow_redirects=False, timeout=30)
    assert answer.status_code == 302
    assert "/__login__" in answer.headers["Location"]


def test_the_integrations_login_completes_and_says_so(echo: SandboxClient) -> None:
    browser = echo.browser("newcomer")
    where = f"{echo.connect_url}/__oauth__/integrations/{echo.integration_guid}/login"
    assert not echo.control("POST", "/viewers/newcomer", {})["signed_in"]
    page = browser.get(where, timeout=30)
    assert page.ok
    assert "close this tab" in page.text
    assert echo.control("POST", "/viewers/newcomer", {})["signed_in"]


def test_the_integrations_login_asks_an_anonymous_visitor_to_sign_in_first(echo: SandboxClient) -> None:
    where = f"{echo.connect_url}/__oauth__/integrations/{echo.integration_guid}/login"
    page = requests.get(where, timeout=30)
    assert "Sign in" in page.text
    done = requests.Session().post(page.url, data={"viewer": "newcomer"}, timeout=30)
    assert "close this tab" in done.text
    assert done.url == where
