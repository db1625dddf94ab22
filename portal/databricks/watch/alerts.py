"""Alerts of the workspace (v2) as the viewer may see them.

An alert holds a copy of a query's text, not the query: which one it was is kept in its description, and whether the
text is still the query's is told by comparing. A list has no search.

Source: Databricks REST API reference, "Alerts V2" 2.0.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from portal.databricks import ids, workspace
from portal.databricks.identity import me
from portal.databricks.watch import alertbody
from portal.shapes import Json
from portal.viewer.errors import NoSuchThing, NotPermitted
from portal.viewer.per_viewer import per_viewer

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

PATH = "/api/2.0/alerts"
PAGE = 100
PAGES = 2
"""Pages that are looked through for the alerts of one query, and on Home."""
_HISTORY = "/api/2.0/sql/history/queries"


@dataclass(frozen=True)
class Alert:
    """`threshold` is text; `no_rows`: it fires where the result is empty. Times are epoch ms; `query` is "" where the
    alert was not made from a saved query here."""

    id: str
    name: str
    text: str
    warehouse_id: str
    column: str
    aggregation: str
    operator: str
    threshold: str
    no_rows: bool
    cron: str
    zone: str
    paused: bool
    state: str
    evaluated_at: int | None
    owner: str
    mine: bool
    told: tuple[str, ...]
    """E-mail addresses and ids of notification destinations."""
    query: str
    or_no_rows: bool = False
    """It fires where the result is empty, too."""

    @property
    def version(self) -> str:
        """Tells what the dialogs show from what it was before somebody else changed it."""
        shown = (
            self.name, self.text, self.column, self.aggregation, self.operator, self.threshold, self.no_rows,
            self.or_no_rows, self.cron, self.zone, self.paused, sorted(self.told),
        )  # fmt: skip
        return hashlib.sha256(json.dumps(shown).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Page:
    """`following` leads to the next page."""

    alerts: tuple[Alert, ...]
    following: str | None


@dataclass(frozen=True)
class Evaluation:
    """A statement that evaluated an alert, out of the query history."""

    id: str
    at: int | None
    state: str
    rows: int | None
    error: str


@per_viewer(ttl=10)
def page(token: str | None = None) -> Page:
    """A page of the alerts that the viewer may see, the oldest first: one call."""
    query: Json = {"page_size": PAGE}
    if token is not None:
        query["page_token"] = token
    body = _do("GET", PATH, "the alerts", query=query)
    own = me().user_name
    found = tuple(alert(one, own) for one in body.get("alerts") or ())
    return Page(tuple(one for one in found if one.id), body.get("next_page_token") or None)


def first(pages: int = PAGES) -> Page:
    """The first pages in one."""
    found, token = list((start := page()).alerts), start.following
    for _ in range(pages - 1):
        if token is None:
            break
        following = page(token)
        found += following.alerts
        token = following.following
    return Page(tuple(found), token)


def of_query(query_id: str) -> Page:
    """The alerts that were made from a saved query, among the first pages: `following` where there are more."""
    found = first()
    return Page(tuple(one for one in found.alerts if one.query == query_id), found.following)


@per_viewer(ttl=5)
def get(alert_id: str) -> Alert:
    """One alert; absent, in the trash and hidden are one answer."""
    return alert(whole(alert_id), me().user_name)


def whole(alert_id: str) -> Json:
    """The same as the API has it, asked for now."""
    checked = ids.alert(alert_id)
    try:
        body = _do("GET", f"{PATH}/{checked}", f"alert {checked}")
    except (NotPermitted, NoSuchThing):
        raise ids.missing(f"alert {checked}") from None
    if body.get("lifecycle_state") == "DELETED":
        raise ids.missing(f"alert {checked}")
    return body


@per_viewer(ttl=30)
def history(alert_id: str, warehouse_id: str) -> tuple[Evaluation, ...]:
    """The last evaluations that the viewer may see, newest first: what the query history says, one call."""
    checked = ids.alert(alert_id)
    query = {"filter_by": {"warehouse_ids": [ids.warehouse(warehouse_id)]}, "max_results": 100}
    body = _do("GET", _HISTORY, "the query history", query=query)
    return tuple(
        Evaluation(
            str(one.get("query_id") or ""),
            one.get("query_start_time_ms"),
            str(one.get("status") or ""),
            one.get("rows_produced"),
            str(one.get("error_message") or ""),
        )
        for one in body.get("res") or ()
        if (one.get("query_source") or {}).get("alert_id") == checked
    )


def forget() -> None:
    """After a change: what was kept is dropped."""
    page.drop()
    get.drop()


def tell(method: str, path: str, what: str, *, query: Json | None = None, body: Json | None = None) -> Json:
    """What changes something; refusals come in Databricks' own words."""
    try:
        return _do(method, path, what, query=query, body=body)
    finally:
        forget()


def _do(method: str, path: str, what: str, *, query: Json | None = None, body: Json | None = None) -> Json:
    # In the API's own JSON: the SDK turns a state that it does not know into None.
    def send(client: WorkspaceClient) -> Json:
        answer = client.api_client.do(method, path, headers={"Accept": "application/json"}, query=query, body=body)
        return answer if isinstance(answer, dict) else {}

    return workspace.call(send, what) if method == "GET" else workspace.change(send, what)


def alert(body: Json, own: str) -> Alert:
    """An AlertV2 of the API."""
    evaluation, schedule = body.get("evaluation") or {}, body.get("schedule") or {}
    source, no_rows = evaluation.get("source") or {}, alertbody.is_no_rows(evaluation)
    owner = str(body.get("owner_user_name") or "")
    return Alert(
        id=str(body.get("id") or ""),
        name=str(body.get("display_name") or "Untitled"),
        text=str(body.get("query_text") or ""),
        warehouse_id=str(body.get("warehouse_id") or ""),
        column=str(source.get("display") or source.get("name") or ""),
        aggregation=str(source.get("aggregation") or ""),
        operator=str(evaluation.get("comparison_operator") or ""),
        threshold=alertbody.threshold_text(evaluation.get("threshold")),
        no_rows=no_rows,
        cron=str(schedule.get("quartz_cron_schedule") or ""),
        zone=str(schedule.get("timezone_id") or "UTC"),
        paused=schedule.get("pause_status") == "PAUSED",
        state=str(evaluation.get("state") or "UNKNOWN"),
        evaluated_at=workspace.epoch_ms(evaluation.get("last_evaluated_at")),
        owner=owner,
        mine=owner.casefold() == own.casefold(),
        told=alertbody.told(evaluation),
        query=alertbody.query_of(str(body.get("custom_description") or "")),
        or_no_rows=not no_rows and evaluation.get("empty_result_state") == "TRIGGERED",
    )
