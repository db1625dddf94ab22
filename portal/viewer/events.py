"""The events of the audit stream: what an incident needs to be told. `docs/audit.md` holds this table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Event:
    """`fields` besides those that every event has; `sampled`: only a share of them is recorded."""

    when: str
    fields: tuple[str, ...] = ()
    sampled: bool = False


_SQL = ("sql_sha256", "sql")
EVENTS = {
    "session.seen": Event("a viewer's first credential in this process, or a new one", ("source",)),
    "session.refused": Event("a sign-in that gave no credential: `code` is Connect's", ("reason", "code")),
    "session.end": Event("*End session*"),
    "session.continue": Event("*Continue* after it"),
    "request.cross-site": Event("a request of another site that would change something", ("method", "route", "site")),
    "request.other-page": Event(
        "a request that no page of the portal's made, or a document asked for by a script", ("method", "route", "site")
    ),
    "request.rate-limited": Event("the first request of a minute beyond the limit", ("route", "limit")),
    "statement.submit": Event("SQL handed to a warehouse, by a viewer or a page", (*_SQL, "warehouse", "reason")),
    "statement.refused": Event("SQL that the guard of `PORTAL_SQL_MODE` did not hand on", (*_SQL, "reason")),
    "statement.cancel": Event("a statement that a viewer stopped", ("reason",)),
    "warehouse.start": Event("a warehouse that a viewer started; the portal stops none", ("reason",)),
    "download.begin": Event("a download's first bytes; with no `download` after it, it was cut", ("format",)),
    "download": Event("a download's end, or its refusal", ("format", "rows", "bytes", "seconds", "reason")),
    "file.write": Event("a file written to a volume, or the refusal to", ("bytes", "reason")),
    "file.delete": Event("a file of a volume deleted", ("reason",)),
    "file.read": Event("a file of a volume that a page read", ("reason",), sampled=True),
    "file.download": Event("a file of a volume, sent to its viewer", ("bytes", "seconds", "reason")),
    "serving.query": Event("a model serving endpoint that a page asked", ("bytes", "reason")),
    "page.open": Event("a page drawn for a viewer", sampled=True),
    "page.refused": Event(
        "a page, or a callback or route of it, asked for by who is not in its groups (`PORTAL_PAGE_GROUPS`)",
        ("reason", "groups"),
    ),
    "page.dataframe": Event("a session of Spark that a page opened", ("reason",), sampled=True),
    "page.read": Event("SQL of a page's `query()` that reached the warehouse", (*_SQL, "warehouse", "reason"), True),
    "page.write": Event(
        "SQL of a page's `write()`, or of a `query()` that is not known to only read",
        (*_SQL, "warehouse", "rows", "reason"),
    ),
    "catalog.read": Event("names or details that the catalog was asked for", ("reason",), True),
    "query.save": Event("a saved query, new or changed", (*_SQL, "reason")),
    "query.rename": Event("a saved query's name", ("reason",)),
    "query.describe": Event("a saved query's description and tags", ("reason",)),
    "query.delete": Event("a saved query moved to the trash", ("reason",)),
    "dashboard.add": Event("a query's chart added to a dashboard's draft", (*_SQL, "reason")),
    "dashboard.add.dialog": Event("a dialog to add that was refused", ("reason",)),
    "dashboard.publish": Event("a dashboard published, without credentials of the viewer", ("reason",)),
    "dashboard.publish.dialog": Event("a dialog to publish that was refused", ("reason",)),
    "stars.write": Event("a viewer's stars and recents, written to their folder of the workspace", ("reason",)),
    "schedule.plan": Event("a schedule given for a saved query, before it is confirmed", ("reason",)),
    "schedule.create": Event("a job made that runs a saved query on a schedule", ("reason",)),
    "schedule.pause": Event("such a job's schedule paused", ("reason",)),
    "schedule.resume": Event("such a job's schedule resumed", ("reason",)),
    "schedule.delete": Event("such a job deleted", ("reason",)),
    "alert.create": Event("an alert made from a saved query", ("reason",)),
    "alert.edit": Event("an alert's condition, schedule or subscribers", ("reason",)),
    "alert.text": Event("an alert given its query's text of now", ("reason",)),
    "alert.pause": Event("an alert paused", ("reason",)),
    "alert.resume": Event("an alert resumed", ("reason",)),
    "alert.delete": Event("an alert moved to the trash", ("reason",)),
    "job.run": Event("a job started", ("reason",)),
    "job.cancel": Event("a run cancelled", ("reason",)),
    "job.repair": Event("a run repaired", ("reason",)),
    "job.run.dialog": Event("a dialog to run that was refused", ("reason",)),
    "job.cancel.dialog": Event("a dialog to cancel that was refused", ("reason",)),
    "job.repair.dialog": Event("a dialog to repair that was refused", ("reason",)),
}


def table() -> str:
    """As Markdown."""
    lines = ["| event | when | fields of its own |", "|---|---|---|"]
    for name, event in EVENTS.items():
        sampled = " (sampled)" if event.sampled else ""
        fields = ", ".join(f"`{field}`" for field in event.fields)
        lines.append(f"| `{name}` | {event.when}{sampled} | {fields} |")
    return "\n".join(lines)
