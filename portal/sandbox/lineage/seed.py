"""What ran before the sandbox began: the statements of seeded jobs' runs, and of saved queries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from portal.sandbox.world import Origin, World

RUNS = 5
"""Past runs of a job that are looked at."""
JOBS: dict[str, str] = {
    "Ingest orders": "INSERT INTO main.sales.orders (order_id, order_date, customer_id, amount) "
    "SELECT o_orderkey, o_orderdate, customer_id, o_totalprice FROM samples.tpch.orders "
    "JOIN main.sales.customers ON customer_id = o_custkey",
    "Inventory snapshot": "MERGE INTO main.sales.orders AS t USING samples.bakehouse.sales_suppliers AS s "
    "ON t.product = s.ingredient WHEN MATCHED THEN UPDATE SET t.status = 'shipped'",
    "Customer 360": "INSERT INTO main.sales.customers (customer_id, name, since) "
    "SELECT c_custkey, c_name, min(order_date) FROM samples.tpch.customer "
    "JOIN main.sales.orders ON customer_id = c_custkey GROUP BY ALL",
    "GDPR deletion requests": "DELETE FROM main.sales.customers WHERE since < '2019-01-01'",
    "Refresh sales marts": "CREATE OR REPLACE TABLE main.sales.marts_by_day AS SELECT order_date, region, "
    "sum(amount) AS amount FROM main.sales.orders JOIN main.sales.customers USING (customer_id) GROUP BY ALL",
    "Last weekday payroll": "INSERT INTO main.hr.salaries SELECT customer_id, region, sum(amount) "
    "FROM main.sales.orders GROUP BY ALL",
    "Regional report west": "SELECT * FROM main.sales.orders WHERE region = 'west'",
    "Regional report east": "SELECT * FROM main.sales.orders WHERE region = 'east'",
    "Churn scores": "SELECT customer_id, max(order_date) FROM main.sales.orders GROUP BY ALL",
    "Trips forecast": "SELECT date(tpep_pickup_datetime), count(*) FROM samples.nyctaxi.trips GROUP BY ALL",
}
"""Job -> the statement of one of its tasks. `main.sales.marts_by_day` was dropped since."""


@dataclass(frozen=True)
class Ran:
    """One statement of before; `at` is seconds since the epoch."""

    at: float
    id: str
    user_name: str
    text: str
    origin: Origin


def ran(world: World) -> Iterator[Ran]:
    """Of what is still there: the runs of a job that was deleted, and a query in the trash, left nothing."""
    now = world.clock.now()
    for job in list(world.jobs.jobs.values()) if world.jobs is not None else ():
        text = JOBS.get(job.name)
        for run in [one for one in job.runs if one.start <= now][-RUNS:] if text else ():
            state = world.jobs.state(run, now)
            if text and state.ended is not None and not state.active and state.life != "SKIPPED":
                yield Ran(state.ended, f"run-{run.id}", job.owned_by[1], text, Origin("JOB", str(job.id), str(run.id)))
    for query in list(world.queries.queries.values()) if world.queries is not None else ():
        if not query.trashed and query.fields.get("query_text"):
            origin = Origin("DBSQL_QUERY", query.id)
            yield Ran(query.updated, query.id, query.owner.user_name, str(query.fields["query_text"]), origin)
