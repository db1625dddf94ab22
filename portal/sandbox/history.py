"""Query history: /api/2.0/sql/history/queries, over every statement that ran by either door."""

from __future__ import annotations

import random
import uuid
from typing import Any

from aiohttp import web

from portal.sandbox import errors, paging, warehouses
from portal.sandbox.world import Person, QueryRecord, World

MAX_RESULTS = 999
"""`max_results` is below 1000."""
KEPT = 100_000
STATUSES = ("QUEUED", "STARTED", "COMPILING", "COMPILED", "RUNNING", "CANCELED", "FAILED", "FINISHED")
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


def routes(world: World) -> list[web.RouteDef]:
    async def listed(request: web.Request) -> web.Response:
        """Newest first. One's own; everyone's of the warehouses that one manages."""
        person: Person = request["person"]
        limit = errors.number(request, "max_results", 100)
        if limit is None or not 1 <= limit <= MAX_RESULTS:
            raise errors.invalid_parameter(f"max_results must be between 1 and {MAX_RESULTS}, got {limit}.")
        if len(world.history) > KEPT:
            del world.history[:-KEPT]
        kept = _filter(request)
        managed = {one.id for one in world.warehouses.values() if warehouses.may_manage(one, person)}
        seen = [
            record
            for record in world.history
            if (record.person == person or record.warehouse_id in managed) and kept(record)
        ]
        seen.sort(key=lambda record: (-record.started_at, record.query_id))
        query = ("history", person.id, sorted((k, v) for k, v in request.query.items() if k.startswith("filter_by")))
        page = paging.page(seen, lambda r: (-r.started_at, r.query_id), limit, request.query.get("page_token"), query)
        metrics = errors.flag(request, "include_metrics")
        body: dict[str, Any] = {"has_next_page": page.next_token is not None}
        if page.items:
            body["res"] = [info(world, record, metrics) for record in page.items]
        if page.next_token:
            body["next_page_token"] = page.next_token
        return web.json_response(body)

    return [web.get("/api/2.0/sql/history/queries", listed)]


def _filter(request: web.Request) -> Any:
    """`filter_by.…` in dot notation; repeated names are alternatives."""

    def values(name: str) -> set[str]:
        return set(request.query.getall(f"filter_by.{name}", []))

    statuses, people = values("statuses"), values("user_ids")
    ids, ids_of_warehouses = values("statement_ids"), values("warehouse_ids")
    unknown = statuses - set(STATUSES)
    if unknown:
        raise errors.invalid_parameter(f"Invalid status: {sorted(unknown)[0]}.")
    since = errors.number(request, "filter_by.query_start_time_range.start_time_ms")
    until = errors.number(request, "filter_by.query_start_time_range.end_time_ms")

    def kept(record: QueryRecord) -> bool:
        started = record.started_at * 1000
        return (
            (not statuses or record.status in statuses)
            and (not people or record.person.id in people)
            and (not ids or record.query_id in ids)
            and (not ids_of_warehouses or record.warehouse_id in ids_of_warehouses)
            and (since is None or started >= since)
            and (until is None or started <= until)
        )

    return kept
