"""The table from failures of libraries and services to states, with the libraries' own exceptions."""

from __future__ import annotations

import importlib

import pytest
import requests
from databricks.sdk import errors
from databricks.sql import exc
from posit.connect.errors import ClientError
from urllib3.exceptions import NewConnectionError

from portal.viewer.errors import (
    Busy,
    NoSuchThing,
    NotPermitted,
    NotSetUp,
    PortalError,
    SessionEnded,
    SignInToConnect,
    SignInToDatabricks,
    StatementFailed,
    Unreachable,
)
from portal.viewer.failures import CONNECT, DATABRICKS, TABLE, WAREHOUSE, understood

LOGIN = "https://connect.example.com/__oauth__/integrations/1/login"


def of_connect(code: int, status: int = 400) -> ClientError:
    return ClientError(code, "secret words of Connect", status, "Bad Request")


def of_connector(code: int | None, text: str = "") -> exc.RequestError:
    return exc.RequestError("Error during request to server", {"http-code": code, "error-message": text})


def answered(status: int) -> requests.HTTPError:
    response = requests.Response()
    response.status_code = status
    return requests.HTTPError("secret words", response=response)


def run_out(why: Exception) -> TimeoutError:
    error = TimeoutError("Timed out after 0:00:10")
    error.__cause__ = why
    return error


@pytest.mark.parametrize(
    ("service", "error", "kind"),
    [
        *((CONNECT, of_connect(code), SignInToDatabricks) for code in (218, 219, 220, 235)),
        *((CONNECT, of_connect(code), SignInToConnect) for code in (215, 216, 217)),
        *((CONNECT, of_connect(code), NotSetUp) for code in (212, 213, 214, 238, 256, 257)),
        (CONNECT, of_connect(277), Busy),
        (CONNECT, of_connect(241, 502), Unreachable),
        (CONNECT, of_connect(4, 401), SignInToConnect),
        (CONNECT, of_connect(22, 403), NotPermitted),
        (CONNECT, answered(429), Busy),
        (CONNECT, answered(500), Unreachable),
        (CONNECT, requests.TooManyRedirects("to https://elsewhere"), NotSetUp),
        (CONNECT, requests.ReadTimeout("secret"), Unreachable),
        (CONNECT, RuntimeError("secret"), Unreachable),
        (DATABRICKS, errors.Unauthenticated("no"), SignInToDatabricks),
        (DATABRICKS, errors.PermissionDenied("Invalid access token."), SignInToDatabricks),
        (DATABRICKS, errors.PermissionDenied("You need CAN_USE."), NotPermitted),
        (DATABRICKS, errors.NotFound("gone"), NoSuchThing),
        (DATABRICKS, errors.TooManyRequests("slow down"), Busy),
        (DATABRICKS, errors.TemporarilyUnavailable("soon"), Unreachable),
        (DATABRICKS, requests.TooManyRedirects("elsewhere"), NotSetUp),
        (DATABRICKS, requests.ConnectionError("reset"), Unreachable),
        (DATABRICKS, run_out(errors.NotFound("gone")), NoSuchThing),
        (DATABRICKS, run_out(Unreachable(DATABRICKS)), Unreachable),
        (DATABRICKS, ValueError("<html>"), Unreachable),
        (WAREHOUSE, of_connector(401), SignInToDatabricks),
        (WAREHOUSE, of_connector(403, "Invalid Token"), SignInToDatabricks),
        (WAREHOUSE, of_connector(403, "no"), NotPermitted),
        (WAREHOUSE, of_connector(404), NoSuchThing),
        (WAREHOUSE, of_connector(429), Busy),
        (WAREHOUSE, of_connector(None, ""), Unreachable),
        (WAREHOUSE, of_connector(503), Unreachable),
        (WAREHOUSE, exc.ServerOperationError("[PARSE_SYNTAX_ERROR] near 'FORM' (line 1, pos 9)"), StatementFailed),
        (WAREHOUSE, NewConnectionError(None, "refused"), Unreachable),  # type: ignore[arg-type]
        (WAREHOUSE, ConnectionRefusedError(), Unreachable),
    ],
)
def test_a_failure_is_the_state_of_its_row(service: str, error: Exception, kind: type[PortalError]):
    state = understood(error, service, "warehouse 1", LOGIN)
    assert type(state) is kind
    assert "secret" not in state.message
    if service == CONNECT and isinstance(state, SignInToDatabricks):
        assert state.login_url == LOGIN


def test_a_state_stands_as_it_is_and_what_nobody_foresaw_is_told_without_its_words():
    ended = SessionEnded()
    assert understood(ended, DATABRICKS) is ended
    for service in (DATABRICKS, WAREHOUSE):
        state = understood(KeyError("secret"), service, "this run")
        assert type(state) is PortalError
        assert state.message == "Something went wrong while asking for this run."


def test_every_kind_is_a_class_that_its_library_has():
    for kind in {kind for row in TABLE for kind in row.kinds}:
        module, _, name = kind.rpartition(".")
        assert issubclass(getattr(importlib.import_module(module), name), BaseException)


def test_an_api_that_is_not_there_is_no_secret_kept_from_the_viewer():
    absent = errors.NotFound("No API found for 'GET /api/2.0/genie/spaces'", error_code="ENDPOINT_NOT_FOUND")
    state = understood(absent, DATABRICKS, "Genie")
    assert (state.kind, str(state)) == (
        "not-there", "This workspace does not have the API for Genie: it is not there, whoever asks."
    )  # fmt: skip
    hidden = errors.NotFound("Job 7 does not exist.", error_code="RESOURCE_DOES_NOT_EXIST")
    assert understood(hidden, DATABRICKS, "job 7").kind == "no-such-thing"
