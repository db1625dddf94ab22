"""What service principals are called.

Where Databricks names who owns, runs or may do something, it gives a service principal's application id (a UUID)
and no name; the workspace's directory has both. Names are kept per viewer, and drawn by `portal.ui.people`.

Source: SCIM for workspaces, "Service principals": filters know `eq` and `or`, and a list can be cut to attributes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import structlog

from portal.databricks import workspace
from portal.settings import settings
from portal.viewer.context import about_to_ask, current
from portal.viewer.errors import PortalError
from portal.viewer.per_viewer import memory, per_viewer

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

KEPT = 900.0
"""Seconds for which an answer of the directory counts, and as many for a name taken from it: half an hour in all."""
TROUBLED = 60.0
"""Seconds until a directory that did not answer is asked again."""
AT_ONCE = 40
"""Ids in one question: its address stays under 4 KB."""
MOST = 200
"""Ids that are asked for at a time; the others stay ids."""

_APPLICATION_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

log = structlog.get_logger("portal.databricks.principals")
Key = tuple[str | None, str, str, str]


def is_application_id(who: str) -> bool:
    """Whether this names a service principal."""
    return _APPLICATION_ID.fullmatch(who) is not None


def mentioned(text: str) -> tuple[str, ...]:
    """What in a sentence of Databricks' may be a service principal: "Run cancelled by user 7d1f3c52-…"."""
    return tuple(_APPLICATION_ID.findall(text))


def _key(who: str) -> Key:
    return settings().databricks_host, current().id, "portal.databricks.principals", who.casefold()


def name(who: str) -> str:
    """What a service principal is called, as far as it has been learned; "" for anybody else. Asks nobody."""
    return (memory.peek(_key(who)) or "") if is_application_id(who) else ""


def unknown(whose: Iterable[str]) -> tuple[str, ...]:
    """Those of which nobody has asked yet, each once."""
    asked = {who.casefold(): who for who in whose if is_application_id(who)}
    return tuple(sorted(who for who in asked if memory.peek(_key(who)) is None))


def learn(whose: Iterable[str]) -> None:
    """Ask the directory for what is not known yet: a call for each forty. Where it does not tell, ids stay ids."""
    wanted = unknown(whose)[:MOST]
    if not wanted:
        return
    about_to_ask()
    parts = _parts(wanted)
    for part, answer in zip(parts, workspace.each(_ask, parts), strict=True):
        if isinstance(answer, PortalError):
            log.info("names of service principals not read", kind=answer.kind)
        for who in part:
            found = "" if isinstance(answer, PortalError) else answer.get(who.casefold(), "")
            memory.put(_key(who), found, TROUBLED if isinstance(answer, PortalError) else KEPT)


def recall(whose: Iterable[str]) -> None:
    """What another process of the portal has learned of the same; asks nobody else."""
    for part in _parts(unknown(whose)[:MOST]):
        answer = _ask.recall(part)
        if answer is not None:
            for who in part:
                memory.put(_key(who), answer.get(who.casefold(), ""), KEPT)


def _parts(whose: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [whose[at : at + AT_ONCE] for at in range(0, len(whose), AT_ONCE)]


def told(who: str, called: str) -> None:
    """Keep a name that came with something else, such as an access control list."""
    if called and is_application_id(who):
        memory.put(_key(who), called, KEPT)


@per_viewer(ttl=KEPT, shared=True)
def _ask(whose: tuple[str, ...]) -> dict[str, str]:
    query = {
        "filter": " or ".join(f'applicationId eq "{who}"' for who in whose),
        "attributes": "applicationId,displayName",
        "startIndex": 1,
        "count": AT_ONCE,
    }

    def send(client: WorkspaceClient) -> object:
        return client.api_client.do(
            "GET", "/api/2.0/preview/scim/v2/ServicePrincipals", query=query, headers={"Accept": "application/json"}
        )

    body = workspace.call(send, "the names of service principals")
    listed = body.get("Resources") or [] if isinstance(body, dict) else []
    return {str(one.get("applicationId") or "").casefold(): str(one.get("displayName") or "") for one in listed}
