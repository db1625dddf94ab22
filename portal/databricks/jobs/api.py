"""Jobs 2.2, asked through the SDK's client and answered in the API's own JSON.

The SDK turns an enum value that it does not know into None, and its iterators hide where a page ends. A viewer should
read the word that Databricks said, and the search index goes page by page: so the SDK authenticates, retries and names
the errors here, and what it fetched is read by `model`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from portal.databricks import ids, workspace
from portal.shapes import Json
from portal.viewer.errors import NoSuchThing, NotPermitted, PortalError

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

BASE = "/api/2.2/jobs"
_GONE = re.compile(r"does not exist|doesn't exist", re.IGNORECASE)


def number(text: str | int, what: str) -> int:
    """An id out of an address: what is no 64-bit number names nothing. `what` is "job" or "run"."""
    return ids.number(text, what)


def missing(what: str) -> NoSuchThing:
    """Absent and hidden are one answer: a viewer must not learn which ids exist."""
    return ids.missing(what)


def ask(path: str, what: str, **query: object) -> Json:
    """GET `BASE + path`; values of None are left out. `what` names the thing, as in "job 12"."""
    try:
        return _do("GET", f"{BASE}{path}", what, query={k: v for k, v in query.items() if v is not None})
    except (NotPermitted, NoSuchThing):
        raise missing(what) from None
    except PortalError as error:
        if _is_gone(error):
            raise missing(what) from None
        raise


def _is_gone(error: PortalError) -> bool:
    """jobs/get says 404 to the SDK; runs/list and the permissions of a job answer 400 and the same words."""
    return type(error) is PortalError and _GONE.search(error.message) is not None


def permissions(job_id: int) -> Json:
    """The access control list of a job; `NotPermitted` where the viewer may not read it."""
    try:
        return _do("GET", f"/api/2.0/permissions/jobs/{job_id}", f"the permissions of job {job_id}")
    except PortalError as error:
        if _is_gone(error):
            raise missing(f"job {job_id}") from None
        raise


def tell(path: str, what: str, body: Json) -> Json:
    """POST `BASE + path`. What Databricks refuses is raised in its own words, also where it names permissions."""
    return _do("POST", f"{BASE}{path}", what, body=body)


def _do(method: str, path: str, what: str, *, query: Json | None = None, body: Json | None = None) -> Json:
    def send(client: WorkspaceClient) -> Json:
        answer = client.api_client.do(method, path, headers={"Accept": "application/json"}, query=query, body=body)
        if not isinstance(answer, dict):
            raise ValueError("not an object")
        return answer

    return workspace.call(send, what) if method == "GET" else workspace.change(send, what)
