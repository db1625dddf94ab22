"""Query history: /api/2.0/sql/history/queries, over every statement that ran by either door."""

from __future__ import annotations

import random
import uuid
from typing import Any, Literal

from pydantic import Field

from portal.sandbox import paging, warehouses
from portal.sandbox.routing import Call, Flag, Json, Query, Route, get
from portal.sandbox.world import Origin, QueryRecord, World

MAX_RESULTS = 999
"""`max_results` is below 1000."""
KEPT = 100_000
Status = Literal["QUEUED", "STARTED", "COMPILING", "COMPILED", "RUNNING", "CANCELED", "FAILED", "FINISHED"]
NAMESPACE = uuid.UUID("a9f3c8a2-7f51-4b0e-8f3d-11d5d1c4e901")
PAST = (
    ("SELECT region, count(*) FROM main.sales.orders GROUP BY region", "SELECT", "FINISHED"),
    ("SELECT * FROM samples.nyctaxi.trips LIMIT 1000", "SELECT", "FINISHED"),
    ("SHOW TABLES IN main.sales", "SHOW", "FINISHED"),
    ("SELECT amount / 0 FROM main.sales.orders", "SELECT", "FAILED"),
    ("DESCRIBE TABLE samples.tpch.lineitem", "DESCRIBE", "FINISHED"),
    ("SELECT count(*) FROM main.bench.events a JOIN main.bench.events b USING (user_id)", "SELECT", "CANCELED"),
    ("EXPLAIN SELECT 1", "EXPLAIN", "FINISHED"),
)


def seed(world: World) -> None:
    """Sixty statements of the last days, the same at each start but for the hour that they hang on."""
    hour = world.clock.now() // 3600 * 3600
    rng = random.Random("history")
    people = list(world.people.values())
    warehouse = next(iter(world.warehouses))
    for number in range(60, 0, -1):
        text, kind, status = PAST[number % len(PAST)]
        started = hour - number * 2700 - 3600
        record = QueryRecord(
            str(uuid.uuid5(NAMESPACE, str(number))), people[number % 3], warehouse, text, kind, status, started,
            ended_at=started + rng.uniform(0.2, 40), rows_produced=rng.randrange(5000) if status == "FINISHED" else 0,
            read_bytes=rng.randrange(10**8), from_cache=number % 11 == 0, client="Databricks SQL Editor",
        )  # fmt: skip
        if status == "FAILED":
            record.error = "[DIVIDE_BY_ZERO] Division by zero. SQLSTATE: 22012"
        world.history.append(record)


def _source(origin: Origin) -> dict[str, Any]:
    """ExternalQuerySource."""
    if origin.kind == "JOB":
        return {"job_info": {"job_id": origin.id, "job_run_id": origin.run_id}}
    names = {"DBSQL_QUERY": "sql_query_id", "DASHBOARD_V3": "dashboard_id", "ALERT": "alert_id"}
    return {names[origin.kind]: origin.id}


def info(world: World, record: QueryRecord, metrics: bool) -> dict[str, Any]:
    """QueryInfo; times in milliseconds."""
    start = int(record.started_at * 1000)
    end = int(record.ended_at * 1000) if record.ended_at is not None else None
    now = int(world.clock.now() * 1000)
    body: dict[str, Any] = {
        "query_id": record.query_id,
        "status": record.status,
        "query_text": record.text,
        "query_start_time_ms": start,
        "execution_end_time_ms": end,
        "query_end_time_ms": end,
        "user_id": int(record.person.id),
        "user_name": record.person.user_name,
        "executed_as_user_id": int(record.person.id),
        "executed_as_user_name": record.person.user_name,
        "endpoint_id": record.warehouse_id,
        "warehouse_id": record.warehouse_id,
        "rows_produced": record.rows_produced or 0,
        "error_message": record.error,
        "lookup_key": record.query_id,
        "statement_type": record.statement_type,
        "is_final": record.ended_at is not None,
        "duration": (end or now) - start,
        "client_application": record.client or None,
        "channel_used": {"name": "CHANNEL_NAME_CURRENT"},
        "plans_state": "EXISTS" if record.status == "FINISHED" else "IGNORED_SMALL_DURATION",
    }
    if record.tags:
        body["query_tags"] = [{"key": key, "value": value} for key, value in record.tags.items()]
    if record.origin is not None:
        body["query_source"] = _source(record.origin)
    if metrics:
        spent = (end or now) - start
        body["metrics"] = {
            "total_time_ms": spent,
            "execution_time_ms": int(spent * 0.8),
            "compilation_time_ms": int(spent * 0.2),
            "read_bytes": record.read_bytes or 0,
            "rows_produced_count": record.rows_produced or 0,
            "result_from_cache": record.from_cache,
        }
    return {name: value for name, value in body.items() if value is not None}


class Listed(Query):
    """`filter_by` comes in dot notation; repeated names are alternatives."""

    max_results: int = Field(100, ge=1, le=MAX_RESULTS)
    page_token: str | None = None
    include_metrics: Flag = False
    statuses: list[Status] = Field([], alias="filter_by.statuses")
    user_ids: list[str] = Field([], alias="filter_by.user_ids")
    statement_ids: list[str] = Field([], alias="filter_by.statement_ids")
    warehouse_ids: list[str] = Field([], alias="filter_by.warehouse_ids")
    since: int | None = Field(None, alias="filter_by.query_start_time_range.start_time_ms")
    until: int | None = Field(None, alias="filter_by.query_start_time_range.end_time_ms")

    def kept(self, record: QueryRecord) -> bool:
        started = record.started_at * 1000
        return (
            (not self.statuses or record.status in self.statuses)
            and (not self.user_ids or record.person.id in self.user_ids)
            and (not self.statement_ids or record.query_id in self.statement_ids)
            and (not self.warehouse_ids or record.warehouse_id in self.warehouse_ids)
            and (self.since is None or started >= self.since)
            and (self.until is None or started <= self.until)
        )


async def listed(call: Call[Listed]) -> Json:
    """Newest first. One's own; everyone's of the warehouses that one manages."""
    world, person, asked = call.world, call.person, call.asked
    if len(world.history) > KEPT:
        del world.history[:-KEPT]
    managed = {one.id for one in world.warehouses.values() if warehouses.LEVELS.may(one.acl, person, "CAN_MANAGE")}
    seen = [
        record
        for record in world.history
        if (record.person == person or record.warehouse_id in managed) and asked.kept(record)
    ]
    seen.sort(key=lambda record: (-record.started_at, record.query_id))
    query = ("history", person.id, asked.model_dump(exclude={"max_results", "page_token", "include_metrics"}))
    page = paging.page(seen, lambda r: (-r.started_at, r.query_id), asked.max_results, asked.page_token, query)
    more = page.next_token is not None
    return page.answer("res", lambda record: info(world, record, asked.include_metrics), has_next_page=more)


def routes(world: World) -> list[Route]:
    return [get("/api/2.0/sql/history/queries", listed)]
