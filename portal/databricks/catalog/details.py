"""One catalog, schema or table: what Unity Catalog knows of it, and who may do what with it."""

from __future__ import annotations

from portal.databricks.catalog import ask, metrics
from portal.databricks.catalog.model import Column, ForeignKey, Function, Grant, Held, Name, Securable, Table, checked
from portal.databricks.catalog.names import SECONDS, kind_of
from portal.viewer.errors import NoSuchThing
from portal.viewer.per_viewer import per_viewer

_KINDS = {1: "catalog", 2: "schema", 3: "table"}


def _get(path: tuple[str, ...]) -> ask.Json:
    kind = _KINDS[len(path)]
    full_name = ".".join(checked(path))
    what = f"{kind} {full_name}"
    return ask.hidden(lambda: ask.get(ask.address(f"{kind}s", full_name), what, include_browse=True), path)


@per_viewer(ttl=SECONDS)
def securable(*path: str) -> Securable:
    """A catalog (one name) or a schema (two)."""
    found = _get(path)
    return Securable(
        path=path,
        comment=found.get("comment") or "",
        owner=found.get("owner") or "",
        type=found.get("catalog_type") or "" if len(path) == 1 else "",
        created_at=found.get("created_at"),
        updated_at=found.get("updated_at"),
        browse_only=bool(found.get("browse_only")),
    )


@per_viewer(ttl=SECONDS)
def table(catalog: str, schema: str, name: str) -> Table:
    """A table or view with its columns and keys."""
    path = (catalog, schema, name)
    found = _get(path)
    properties = found.get("properties") or {}
    constraints = found.get("table_constraints") or []
    primary: ask.Json = next(
        (one["primary_key_constraint"] for one in constraints if "primary_key_constraint" in one), {}
    )
    return Table(
        path=path,
        kind=kind_of(found.get("table_type")),
        type=found.get("table_type") or "",
        format=found.get("data_source_format") or "",
        comment=found.get("comment") or "",
        owner=found.get("owner") or "",
        columns=_columns(found),
        primary_key=tuple(primary.get("child_columns") or ()),
        foreign_keys=tuple(
            ForeignKey(tuple(key.get("child_columns") or ()), key.get("parent_table") or "",
                       tuple(key.get("parent_columns") or ()))
            for one in constraints if (key := one.get("foreign_key_constraint"))
        ),
        created_at=found.get("created_at"),
        updated_at=found.get("updated_at"),
        rows=_count(properties, "spark.sql.statistics.numRows", "numRows"),
        nbytes=_count(properties, "spark.sql.statistics.totalSize", "sizeInBytes"),
        view_definition=found.get("view_definition"),
        row_filter=(found.get("row_filter") or {}).get("function_name"),
        browse_only=bool(found.get("browse_only")),
    )  # fmt: skip


def typed(catalog: str, schema: str, name: str) -> Name | None:
    """A table whose name was typed in full, though no list that was read holds it; None where there is none to see."""
    try:
        found = table(catalog, schema, name)
    except NoSuchThing:
        return None
    return Name(found.path[2], found.kind, found.comment, found.browse_only)


def _columns(found: ask.Json) -> tuple[Column, ...]:
    listed = sorted(found.get("columns") or [], key=lambda one: one.get("position") or 0)
    if found.get("table_type") != metrics.METRIC_VIEW:
        return tuple(map(_column, listed))
    declared = metrics.measures(found.get("view_definition"))
    return tuple(_column(one, metrics.is_measure(one, declared)) for one in listed)


def _column(one: ask.Json, measure: bool = False) -> Column:
    type_text = one.get("type_text") or ""
    return Column(
        name=one.get("name") or "",
        type_text=metrics.plain_type(type_text) if measure else type_text,
        measure=measure,
        comment=one.get("comment") or "",
        nullable=one.get("nullable") is not False,
        mask=(one.get("mask") or {}).get("function_name"),
        partition=one.get("partition_index"),
    )


def _count(properties: dict[str, object], *names: str) -> int | None:
    text = next((str(properties[name]) for name in names if name in properties), "")
    return int(text) if text.isdecimal() else None


@per_viewer(ttl=SECONDS)
def functions(catalog: str, schema: str) -> tuple[Function, ...]:
    """The functions of a schema, by name, with what they take and give."""
    path = checked((catalog, schema))
    found = ask.hidden(
        lambda: list(
            ask.every(
                ask.address("functions"), "functions", f"schema {catalog}.{schema}",
                catalog_name=catalog, schema_name=schema, include_browse=True,
            )
        ),
        path,
    )  # fmt: skip
    return tuple(sorted(map(_function, found), key=lambda one: one.name.lower()))


def _function(one: ask.Json) -> Function:
    given = (one.get("input_params") or {}).get("parameters") or []
    return Function(
        name=one.get("name") or "",
        parameters=tuple(f"{p.get('name', '')} {p.get('type_text', '')}".strip() for p in given),
        returns=one.get("full_data_type") or one.get("data_type") or "",
        language=one.get("external_language") or one.get("routine_body") or "",
        comment=one.get("comment") or "",
        owner=one.get("owner") or "",
    )


@per_viewer(ttl=SECONDS)
def volumes(catalog: str, schema: str) -> tuple[Held, ...]:
    """The volumes of a schema, by name."""
    return _held("volumes", "volumes", catalog, schema)


@per_viewer(ttl=SECONDS)
def models(catalog: str, schema: str) -> tuple[Held, ...]:
    """The registered models of a schema, by name."""
    return _held("models", "registered_models", catalog, schema)


def _held(where: str, key: str, catalog: str, schema: str) -> tuple[Held, ...]:
    path = checked((catalog, schema))
    # These lists are paged by default, and `max_results=0` is not of them.
    found = ask.hidden(
        lambda: list(
            ask.every(
                ask.address(where), key, f"schema {catalog}.{schema}",
                catalog_name=catalog, schema_name=schema, include_browse=True, max_results=None,
            )
        ),
        path,
    )  # fmt: skip
    return tuple(sorted(map(_one_held, found), key=lambda one: one.name.lower()))


def _one_held(one: ask.Json) -> Held:
    return Held(
        name=one.get("name") or "",
        type=one.get("volume_type") or "",
        comment=one.get("comment") or "",
        owner=one.get("owner") or "",
        browse_only=bool(one.get("browse_only")),
    )


@per_viewer(ttl=SECONDS)
def tags(*path: str) -> tuple[tuple[str, str], ...]:
    """Key and value of each tag of a catalog, schema or table, by key."""
    kind = _KINDS[len(path)]
    full_name = ".".join(checked(path))
    where = ask.address("entity-tag-assignments", f"{kind}s", full_name, "tags")
    # No `max_results=0` here: this list is paged by default.
    found = ask.hidden(
        lambda: list(ask.every(where, "tag_assignments", f"the tags of {full_name}", max_results=None)), path
    )
    return tuple(sorted((one.get("tag_key") or "", one.get("tag_value") or "") for one in found))


@per_viewer(ttl=SECONDS)
def grants(*path: str) -> tuple[Grant, ...]:
    """Who may do what with it, inherited privileges too, as far as this viewer may know."""
    kind = _KINDS[len(path)]
    full_name = ".".join(checked(path))
    where = ask.address("effective-permissions", kind.upper(), full_name)
    found = ask.every(where, "privilege_assignments", f"the grants of {full_name}")
    return tuple(
        sorted(
            {
                Grant(
                    one.get("principal") or "",
                    str(privilege.get("privilege") or "").replace("_", " "),
                    privilege.get("inherited_from_name") or "",
                )
                for one in found
                for privilege in one.get("privileges") or ()
            },
            key=lambda grant: (grant.principal.lower(), grant.inherited_from, grant.privilege),
        )
    )
