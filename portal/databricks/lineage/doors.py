"""The two doors to lineage: `/api/2.0/lineage-tracking` for whoever may browse, else the system table.

The SDK has no method for the first, so the client is asked for a path; its members are read as they are spelled in
answers, and what is not known is left out. Source: https://docs.databricks.com/data-governance/unity-catalog/data-lineage
and https://docs.databricks.com/admin/system-tables/lineage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TypeVar

from portal.databricks import connector, warehouses
from portal.databricks.catalog import ask
from portal.databricks.catalog.model import checked
from portal.databricks.lineage.model import Entity, Lineage, Neighbour, Path, lineage
from portal.shapes import Json
from portal.viewer.errors import Busy, NotPermitted, PortalError, SignInToDatabricks, Unreachable
from portal.viewer.per_viewer import per_viewer

T = TypeVar("T")
SECONDS = 60.0
_INFOS = {
    "jobInfos": ("job", "job_id"),
    "queryInfos": ("query", "query_id"),
    "dashboardInfos": ("dashboard", "dashboard_id"),
    "dashboardV3Infos": ("dashboard", "dashboard_id"),
    "alertInfos": ("alert", "alert_id"),
    "notebookInfos": ("notebook", "notebook_id"),
    "pipelineInfos": ("pipeline", "pipeline_id"),
}
_TYPES = {
    "JOB": "job",
    "DBSQL_QUERY": "query",
    "DBSQL_DASHBOARD": "dashboard",
    "DASHBOARD_V3": "dashboard",
    "ALERT": "alert",
    "NOTEBOOK": "notebook",
    "PIPELINE": "pipeline",
}
# The newest rows of ninety days: what nobody has read or written since is of no use here.
_SQL = """
SELECT source_table_full_name AS source, target_table_full_name AS target, entity_type, entity_id,
  max_by(entity_run_id, event_time) AS run, max(event_time) AS at
FROM system.access.table_lineage
WHERE (source_table_full_name = :name OR target_table_full_name = :name)
  AND event_date >= date_sub(current_date(), 90)
GROUP BY ALL ORDER BY at DESC LIMIT 5000
"""


@per_viewer(ttl=SECONDS)
def of(catalog: str, schema: str, table: str) -> Lineage:
    """The table's neighbours of one hop: one call, and one read more where the first door is closed.

    Neither door is an answer too; what cannot be reached right now is raised as the state to show.
    """
    path = checked((catalog, schema, table))
    return through(lambda: _asked(path), lambda: _read(path), "table_lineage", lambda why: Lineage(path, why=why))


def through(asked: Callable[[], T], read: Callable[[], T], table: str, none: Callable[[str], T]) -> T:
    """What the first door that opens says: the API (`asked`), else `system.access.<table>` (`read`); else `none` with
    why neither did, in a sentence."""
    try:
        return asked()
    except (Busy, Unreachable, SignInToDatabricks):
        raise
    except PortalError:
        pass
    try:
        if not warehouses.default().running:
            return none(f"The warehouse that could read system.access.{table} is stopped.")
        return read()
    except (Busy, Unreachable, SignInToDatabricks):
        raise
    except NotPermitted:
        return none(f"system.access.{table} is not for you: who manages the metastore grants it.")
    except PortalError as error:
        return none(error.message)


def _asked(path: Path) -> Lineage:
    name = ".".join(path)
    query = {"table_name": name, "include_entity_lineage": "true"}
    found = ask.get("/api/2.0/lineage-tracking/table-lineage", f"the lineage of {name}", **query)
    up, down = (list(map(_neighbour, dicts(found.get(key)))) for key in ("upstreams", "downstreams"))
    return lineage(path, up, down, "api")


def _neighbour(entry: Json) -> Neighbour:
    entities = tuple(_entities(entry))
    info = entry.get("tableInfo")
    if not isinstance(info, dict):
        return Neighbour((), "none", None, entities)
    path = tuple(str(info.get(part) or "") for part in ("catalog_name", "schema_name", "name"))
    at = moment(info.get("lineage_timestamp"))
    if info.get("has_permission") is False or not all(path):
        return Neighbour((), "hidden", at, entities)
    return Neighbour(path, str(info.get("table_type") or ""), at, entities)


def _entities(entry: Json) -> Iterator[Entity]:
    for key, (kind, id_name) in _INFOS.items():
        for info in dicts(entry.get(key)):
            if info.get(id_name):
                yield Entity(kind, str(info[id_name])[:64], moment(info.get("lineage_timestamp")))


def dicts(found: object) -> list[Json]:
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def moment(text: object) -> int | None:
    """Epoch ms of a time as lineage writes it: `2026-11-27 08:15:00.0`, in UTC."""
    try:
        found = datetime.fromisoformat(str(text).replace("Z", "+00:00").split(".")[0])
    except ValueError:
        return None
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1000)


def _read(path: Path) -> Lineage:
    name = ".".join(path)
    up: list[Neighbour] = []
    down: list[Neighbour] = []
    for row in connector.query(_SQL, {"name": name}, ttl=SECONDS).to_pylist():
        source, target = row["source"], row["target"]
        at = int(row["at"].timestamp() * 1000) if row["at"] is not None else None
        kind = _TYPES.get(str(row["entity_type"]))
        entity = (Entity(kind, str(row["entity_id"]), at, str(row["run"] or "")),) if kind and row["entity_id"] else ()
        if target == name:
            up.append(_by_name(source if source != name else None, at, entity))
        else:
            down.append(_by_name(target, at, entity))
    return lineage(path, up, down, "system")


def _by_name(name: str | None, at: int | None, entities: tuple[Entity, ...]) -> Neighbour:
    parts = tuple(name.split(".")) if name else ()
    return Neighbour(parts if len(parts) == 3 else (), "" if parts else "none", at, entities)
