"""Checks of Databricks: reachable, and what one viewer may do there."""

from __future__ import annotations

import time

import requests

from portal.databricks import identity, statements, warehouses
from portal.doctor.finding import Finding, failed, ok, skipped, warning
from portal.settings import Settings
from portal.viewer import Viewer, acting_as, platforms
from portal.viewer.errors import NotPermitted, PortalError, Unreachable
from portal.viewer.process import Process
from portal.viewer.request import binding
from portal.viewer.seal import session_hash
from portal.viewer.transport import careful
from portal.viewer.vault import Vault

STATEMENT_SECONDS = 60.0
HOW_TO_ASK = "Give a viewer's token: --session-token - reads it from standard input."


def a_viewer(settings: Settings, token: str | None) -> Viewer | None:
    """Whom to act as: the viewer of this session token, or whom everyone is here; None where nobody is there."""
    platform = platforms.here(settings)
    token = token or platform.constant_token
    if token is None:
        return None
    vault = Vault(platform, identity.identify, shared=None, binding=binding(settings))
    return Viewer(platform, session_hash("doctor", token), token, vault, Process())


def workspace(settings: Settings) -> Finding:
    """TLS and HTTP to the workspace, without any credential."""
    name = "workspace"
    session = careful(requests.Session(), "Databricks")
    started = time.perf_counter()
    # What it raises without an answer says why: `examine` has the mend of each cause.
    answer = session.get(f"{settings.databricks_host}/.well-known/databricks-config", timeout=10)
    ms = (time.perf_counter() - started) * 1000
    if answer.status_code >= 500:
        return warning(name, f"{settings.workspace_name} answers {answer.status_code}.", "See Databricks' status page.")
    if answer.is_redirect:
        return failed(name, f"{settings.workspace_name} redirects elsewhere.", "Set DATABRICKS_HOST to its final name.")
    return ok(name, f"{settings.workspace_name} answers in {ms:.0f} ms.")


def exchange(viewer: Viewer | None) -> Finding:
    name = "exchange"
    if viewer is None:
        return skipped(name, "No session token was given.", HOW_TO_ASK)
    try:
        credential = viewer.credential()
    except PortalError as error:
        link = getattr(error, "login_url", None)
        return failed(name, f"{error.title}: {error.message}", f"Sign in at {link}" if link else "See above.")
    if says := viewer.platform.words.lifetime:
        return ok(name, says)
    if credential.expires_at is None:
        return warning(name, "A credential of unknown lifetime: it is used for five minutes.", "Nothing needs doing.")
    minutes = (credential.expires_at - time.time()) / 60
    return ok(name, f"A credential for {minutes:.0f} minutes ({credential.source}).")


def me(viewer: Viewer | None) -> Finding:
    name = "identity"
    if viewer is None:
        return skipped(name, "Nobody to act as.", HOW_TO_ASK)
    with acting_as(viewer):
        who = identity.me()
    if not who.active:
        return failed(name, f"{who.user_name} is not active in the workspace.", "An administrator activates the user.")
    if "databricks-sql-access" not in who.entitlements and who.entitlements:
        return warning(
            name, f"{who.user_name} lacks databricks-sql-access.", "An administrator grants Databricks SQL access."
        )
    return ok(name, f"{who.user_name}, id {who.id}.")


def warehouse(viewer: Viewer | None, start: bool) -> Finding:
    """Visible, and running or allowed to be started here."""
    name = "warehouse"
    if viewer is None:
        return skipped(name, "Nobody to act as.", HOW_TO_ASK)
    with acting_as(viewer):
        try:
            found = warehouses.default()
        except NotPermitted as error:
            return failed(name, error.message, "Whoever manages it grants CAN USE.")
    says = f"{found.name}, {found.size}, {found.state}."
    if not found.running and not start:
        return warning(name, f"{says} It was not started for this.", "--start-warehouse starts it and goes on.")
    return ok(name, says)


def result(viewer: Viewer | None, start: bool) -> Finding:
    """One row by a statement and its presigned link: CAN USE on the warehouse, and a way to the storage."""
    name = "result storage"
    if viewer is None:
        return skipped(name, "Nobody to act as.", HOW_TO_ASK)
    with acting_as(viewer):
        if not warehouses.default().running and not start:
            return skipped(name, "The warehouse is not running.", "--start-warehouse starts it and goes on.")
        began = time.monotonic()
        found = statements.submit("SELECT 1 AS one", page="doctor")
        while not found.ended:
            if time.monotonic() - began > STATEMENT_SECONDS:
                statements.cancel(found.id)
                return warning(
                    name, f"SELECT 1 was not done in {STATEMENT_SECONDS:.0f} s.", "See the warehouse's queue."
                )
            time.sleep(0.3)
            found = statements.status(found.id)
        if found.error is not None:
            return failed(name, f"SELECT 1 failed: {found.error.message}", "See the warehouse and its permissions.")
        try:
            rows = statements.first_rows(found)
        except Unreachable:
            return failed(
                name,
                "SELECT 1 ran, and its result's presigned link could not be fetched.",
                "Let this machine reach the workspace's storage (the cloud's object store) on port 443.",
            )
    if rows.to_pydict() != {"one": [1]}:
        return failed(name, f"SELECT 1 answered {rows.num_rows} rows of something else.", "Report this.")
    return ok(name, f"SELECT 1 and its result took {time.monotonic() - began:.1f} s.")
