"""A query's chart put into a dashboard, and the dashboard published: as the viewer, each asked for and confirmed.

Each has two halves, as every action: the first looks at what can be looked at, and signs what will be done (which
dashboard, at which etag, with what); the second verifies it. Databricks checks the etag once more.

Publishing is always without credentials: with them, whoever may see the dashboard would see it with the rights of the
viewer who pressed the button here. Where it was published with its publisher's, those would be lost: it is refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

from flask import Response, jsonify
from pydantic import Field

from portal.boards import adding
from portal.boards.adding import Added, Addition
from portal.charts import document
from portal.databricks import dashboards
from portal.databricks.dashboards import Changed, Dashboard
from portal.shapes import Json
from portal.viewer.audit import audit, outcome_of
from portal.viewer.dialogs import Stale, check_same, sign, verified
from portal.viewer.errors import NoSuchThing, NotPermitted, PortalError
from portal.viewer.given import Given, Short, Sql
from portal.web.bodies import body

_PURPOSE = "dashboard"


class GivenColumn(Given):
    name: Annotated[str, Field(max_length=1_000)]
    kind: Short


class GivenNothing(Given):
    pass


class GivenAddition(Given):
    """`chart` is a chart's document (`portal.charts.document`)."""

    title: Short = ""
    sql: Annotated[Sql, Field(min_length=1)]
    chart: Json
    columns: Annotated[list[GivenColumn], Field(max_length=10_000)]
    catalog: Short = ""
    schema_: Annotated[Short, Field(alias="schema")] = ""

    def read(self) -> Addition:
        chart = document.read(self.chart)
        title = " ".join(self.title.split()) or chart.title or "Query"
        kinds = {one.name: one.kind for one in self.columns}
        return Addition(title, self.sql, chart, kinds, self.catalog, self.schema_)

    @property
    def digest(self) -> str:
        text = json.dumps(self.model_dump(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class GivenConfirmed(Given):
    token: Annotated[str, Field(max_length=8_192)]


class GivenAdded(GivenConfirmed):
    what: GivenAddition


def names() -> Response:
    """`{dashboards: [[id, name], …]}`: what the viewer may see; whether they may change one, Databricks says."""
    body(GivenNothing)
    return jsonify(dashboards=[[one.id, one.name] for one in dashboards.all()])


def add_dialog(dashboard_id: str) -> Response:
    """What the dialog says, and its token: `{title, text, confirm, token}`."""
    given = body(GivenAddition)
    with _audited("dashboard.add.dialog", lambda: dashboard_id, quiet=True):
        found = dashboards.get.refresh(dashboard_id)
        what = given.read()
        made = adding.added(found.text, what)
    token = sign(_PURPOSE, {"action": "add", "dashboard": found.id, "etag": found.etag, "what": given.digest})
    text = (
        f"“{what.title}” is added to the page “{made.page_title}” of the dashboard “{found.name}”. Its query becomes a "
        "dataset there, and runs with the rights of whoever looks. What is published stays as it is until it is "
        "published again."
    )
    return jsonify(title="Add to a dashboard", text=text, confirm="Add", token=token)


def add() -> Response:
    """`{id, name, page, widget}` of what was added."""
    given = body(GivenAdded)
    with _confirmed("add", given.token, given.what.sql) as asked:
        check_same(asked.get("what"), given.what.digest)
        found = _as_signed(asked)
        made: Added = adding.added(found.text, given.what.read())
        with _told(found.name):
            dashboards.replace(found.id, found.etag, made.text)
    return jsonify(id=found.id, name=found.name, page=made.page, widget=made.widget)


def publish_dialog(dashboard_id: str) -> Response:
    """As `add_dialog`."""
    body(GivenNothing)
    with _audited("dashboard.publish.dialog", lambda: dashboard_id, quiet=True):
        found = dashboards.get.refresh(dashboard_id)
        _without_credentials(found)
    token = sign(_PURPOSE, {"action": "publish", "dashboard": found.id, "etag": found.etag})
    text = (
        f"The draft of “{found.name}”, as it is now, becomes what everyone sees in Databricks whom it is shared with. "
        "It is published without credentials: everyone sees the data that they may see themselves."
    )
    return jsonify(title="Publish the dashboard", text=text, confirm="Publish", token=token)


def publish() -> Response:
    """`{name}`."""
    with _confirmed("publish", body(GivenConfirmed).token) as asked:
        found = _as_signed(asked)
        warehouse = _without_credentials(found)
        with _told(found.name):
            dashboards.publish(found.id, warehouse)
    return jsonify(name=found.name)


def _without_credentials(found: Dashboard) -> str:
    """The warehouse to publish with; raises where the publication has its publisher's credentials."""
    try:
        now = dashboards.publication(found.id)
    except NoSuchThing:
        return found.warehouse_id
    if now.embedded:
        raise NotPermitted(
            f"“{found.name}” is published with its publisher's credentials, which publishing it here would take away: "
            "the portal publishes without any. What you changed is in its draft.",
            "whoever published it, in Databricks",
        )
    return now.warehouse_id or found.warehouse_id


def _as_signed(asked: dict[str, str]) -> Dashboard:
    found = dashboards.get.refresh(asked["dashboard"])
    if found.etag != asked.get("etag"):
        raise Changed
    return found


@contextmanager
def _told(name: str) -> Iterator[None]:
    """A refusal in words that name the dashboard: Databricks names an id."""
    try:
        yield
    except NotPermitted:
        raise NotPermitted(f"You may view “{name}”, and not change it.", "whoever manages the dashboard") from None


@contextmanager
def _confirmed(action: str, token: str, sql: str | None = None) -> Iterator[dict[str, str]]:
    """The second half: what was signed, verified; and its outcome in the audit stream."""
    asked: dict[str, str] = {}
    with _audited(f"dashboard.{action}", lambda: asked.get("dashboard", "?"), sql):
        asked.update(verified(_PURPOSE, token))
        check_same(asked.get("action"), action)
        yield asked


@contextmanager
def _audited(action: str, which: Callable[[], str], sql: str | None = None, *, quiet: bool = False) -> Iterator[None]:
    """One event at the end. `quiet`: only if it was refused."""
    try:
        yield
    except PortalError as error:
        outcome = "denied" if isinstance(error, Stale) else outcome_of(error)
        audit(action, f"dashboard/{which()[:64]}", outcome, sql=sql, reason=error.kind)
        raise
    if not quiet:
        audit(action, f"dashboard/{which()[:64]}", "ok", sql=sql)
