"""Make, edit, pause and delete an alert: as the viewer, by a signed dialog, and written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from portal.databricks import ids, saved, sqlguard, warehouses, workspace
from portal.databricks.identity import me
from portal.databricks.sqltext import markers
from portal.databricks.watch import alertbody, alerts, confirm
from portal.databricks.watch.alerts import PATH, Alert
from portal.databricks.watch.times import Plan
from portal.shapes import Json
from portal.viewer.errors import Conflict, PortalError
from portal.viewer.per_viewer import per_viewer

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

DESTINATIONS = 20


@dataclass(frozen=True)
class Destination:
    """Where the workspace can send alerts to."""

    id: str
    name: str


@per_viewer(ttl=60)
def destinations() -> tuple[Destination, ...]:
    """The workspace's notification destinations, at most `DESTINATIONS`; none where the viewer may not list them."""

    def some(client: WorkspaceClient) -> Json:
        query = {"page_size": DESTINATIONS}
        answer = client.api_client.do("GET", "/api/2.0/notification-destinations", query=query)
        return answer if isinstance(answer, dict) else {}

    try:
        body = workspace.call(some, "the notification destinations")
    except PortalError:
        return ()
    return tuple(
        Destination(str(one["id"]), str(one.get("display_name") or one["id"]))
        for one in body.get("results") or ()
        if one.get("id")
    )


def doubts(text: str) -> str:
    """Why an alert on this text may fail, in a sentence; "" for nothing that can be told."""
    if markers(text):
        return "It has parameters, which an alert does not ask for: it will fail until they are gone."
    if not sqlguard.reads(text):
        return "The portal cannot tell that its text is a query that only reads: the alert may fail."
    return ""


def begin(query_id: str) -> tuple[str, saved.SavedQuery]:
    """A dialog for a new alert opens."""
    with confirm.beginning("alert.create", f"query/{query_id[:64]}"):
        found = saved.get.refresh(ids.saved_query(query_id))
    return confirm.token("alert.create", query=found.id, seen=found.updated), found


def create(token: str, values: Mapping[str, object], plan: Plan) -> Alert:
    """Make an alert of the query's text as it is now."""
    with confirm.confirmed("alert.create", token) as asked:
        found = _query_as_seen(asked)
        body = {
            "display_name": str(values.get("name") or found.name).strip()[:255] or found.name,
            "query_text": found.text,
            "warehouse_id": found.warehouse_id or warehouses.default_id(),
            "custom_description": alertbody.description(found.name, found.id),
            **_changed(values, plan),
        }
        made = alerts.tell("POST", PATH, f"an alert on “{found.name}”", body=body)
        asked["alert"] = str(made.get("id") or "")
        return alerts.alert(made, me().user_name)


def _changed(values: Mapping[str, object], plan: Plan) -> Json:
    return {
        "evaluation": alertbody.evaluation(alertbody.condition(values), _told(values)),
        "schedule": _schedule(plan.cron, plan.zone, False),
    }


def _told(values: Mapping[str, object]) -> tuple[dict[str, str], ...]:
    to: list[dict[str, str]] = [{"user_email": me().user_name}] if values.get("me") else []
    return (*to, *({"destination_id": one.id} for one in destinations() if values.get(f"to:{one.id}")))


def _schedule(cron: str, zone: str, paused: bool) -> dict[str, str]:
    return {
        "quartz_cron_schedule": cron, "timezone_id": zone, "pause_status": "PAUSED" if paused else "UNPAUSED",
    }  # fmt: skip


def _query_as_seen(asked: Mapping[str, object]) -> saved.SavedQuery:
    """The query whose text the viewer was told of; raises `Conflict` where it is another by now."""
    found = saved.get.refresh(str(asked["query"]))
    if found.updated != asked["seen"]:
        raise Conflict(f"“{found.name}” was changed since this dialog was opened, so nothing was done. Open it again.")
    return found


def begin_change(action: str, alert_id: str) -> tuple[str, Alert]:
    """A dialog to edit, pause, resume, delete or bring the text up to date opens."""
    with confirm.beginning(f"alert.{action}", f"alert/{alert_id[:64]}"):
        found = alerts.get.refresh(ids.alert(alert_id))
    payload = {"alert": found.id, "version": found.version, "query": found.query}
    if action == "text":
        payload["seen"] = saved.get.refresh(found.query).updated
    return confirm.token(f"alert.{action}", **payload), found


def edit(token: str, values: Mapping[str, object], plan: Plan) -> None:
    """Another name, condition, schedule, or others who are told. Whom nobody here can name stays told, and what the
    dialog has no field for stays as it is."""
    with confirm.confirmed("alert.edit", token) as asked:
        known, whole = _as_seen(asked)
        named = {me().user_name.casefold(), *(one.id for one in destinations())}
        others = [one for one in known.told if one.casefold() not in named and one not in named]
        told = (*_told(values), *({"user_email": one} if "@" in one else {"destination_id": one} for one in others))
        body = {
            "display_name": str(values.get("name") or "").strip()[:255] or known.name,
            "evaluation": alertbody.edited(whole.get("evaluation") or {}, alertbody.condition(values), told),
            "schedule": _schedule(plan.cron, plan.zone, known.paused),
        }
        _update(known, body)


def pause(token: str, on: bool) -> None:
    """Pause it, or let it go on."""
    with confirm.confirmed("alert.pause" if on else "alert.resume", token) as asked:
        known, _ = _as_seen(asked)
        _update(known, {"schedule": _schedule(known.cron, known.zone, on)})


def update_text(token: str) -> None:
    """Give it the text that its query has now."""
    with confirm.confirmed("alert.text", token) as asked:
        known, _ = _as_seen(asked)
        _update(known, {"query_text": _query_as_seen(asked).text})


def delete(token: str) -> None:
    """Move it to the trash of Databricks."""
    with confirm.confirmed("alert.delete", token) as asked:
        alerts.tell("DELETE", f"{PATH}/{ids.alert(asked['alert'])}", f"alert {asked['alert']}")


def _as_seen(asked: Mapping[str, object]) -> tuple[Alert, Json]:
    """The alert, and as the API has it; raises `Conflict` where it is another than the dialog was opened on."""
    whole = alerts.whole(str(asked["alert"]))
    known = alerts.alert(whole, me().user_name)
    if known.version != asked["version"]:
        raise Conflict(f"“{known.name}” was changed since this dialog was opened, so nothing was done. Open it again.")
    return known, whole


def _update(known: Alert, body: Json) -> None:
    # The API wants the members that an alert must have in each body, whatever the mask names.
    whole = {"display_name": known.name, "query_text": known.text, "warehouse_id": known.warehouse_id, **body}
    alerts.tell("PATCH", f"{PATH}/{known.id}", f"alert {known.id}", body=whole, query={"update_mask": ",".join(body)})
