"""Search by name through all catalogs that the viewer may see, by Unity Catalog's own filter of table names.

There is no call that searches a whole metastore, so each catalog is asked once: its schemas (kept), and the summaries
of the tables that fit. A dot narrows: `sales.ord` looks for tables like `ord` in schemas like `sales`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from portal.databricks import workspace
from portal.databricks.catalog import ask, details, names
from portal.databricks.catalog.model import Name, Names
from portal.viewer.errors import NoSuchThing, PortalError
from portal.viewer.per_viewer import per_viewer

SECONDS = 60
SHORTEST = 2
LONGEST = 200
MOST_CATALOGS = 40
"""Catalogs that one search looks into: two calls each at first, then one."""
MOST_FOUND = 300
_PER_CATALOG = 500


@dataclass(frozen=True)
class Found:
    """`paths` with their kind, by path. `note` says what was left out, "" where nothing was."""

    paths: tuple[tuple[tuple[str, ...], str], ...]
    note: str = ""


@dataclass(frozen=True)
class _Question:
    """What a part of the path must hold, in lower case; "" for anything."""

    catalog: str
    schema: str
    table: str


@per_viewer(ttl=SECONDS)
def search(text: str) -> Found:
    """Catalogs, schemas and tables whose names hold the text. Raises where the catalogs cannot be listed."""
    asked = [part.strip().strip("`").lower() for part in text[:LONGEST].split(".")][:3]
    if sum(map(len, asked)) < SHORTEST:
        return Found(())
    every = names.catalogs().items
    questions = list(_questions(asked))
    paths: dict[tuple[str, ...], str] = {}
    if len(asked) == 1:
        paths |= {(one.name,): "catalog" for one in every if asked[0] in one.name.lower()}
    wanted = [one.name for one in every if any(question.catalog in one.name.lower() for question in questions)]
    notes = []
    if len(wanted) > MOST_CATALOGS:
        notes.append(f"Only {MOST_CATALOGS} of {len(wanted)} catalogs were searched: start with a catalog and a dot.")
    failures: list[PortalError] = []
    for answer in workspace.each(lambda catalog: _in(catalog, questions), wanted[:MOST_CATALOGS]):
        if isinstance(answer, NoSuchThing):
            continue  # may be browsed, and not looked into
        if isinstance(answer, PortalError):
            failures.append(answer)
        else:
            paths |= answer
    if failures:
        if not paths:
            raise failures[0]
        notes.append(f"{len(failures)} {'catalog' if len(failures) == 1 else 'catalogs'} could not be searched.")
    paths |= _typed(asked, every, {tuple(map(str.lower, path)) for path in paths})
    ordered = sorted(paths.items(), key=lambda item: tuple(part.lower() for part in item[0]))
    if len(ordered) > MOST_FOUND:
        notes.append(f"The first {MOST_FOUND} of {len(ordered)} or more matches: type more letters.")
    return Found(tuple(ordered[:MOST_FOUND]), " ".join(notes))


IN_FULL = "A table that you may only browse is found by its whole name: catalog.schema.table."
"""What the search cannot look through, for whoever does not find what they know is there."""
_SCHEMAS = 10


def _typed(asked: list[str], every: tuple[Name, ...], there: set[tuple[str, ...]]) -> dict[tuple[str, ...], str]:
    """What was typed in full and is not `there`: `catalog.schema.table`, or `schema.table` of a schema that is."""
    places: list[tuple[str, str, str]] = []
    if len(asked) == 3 and all(asked):
        places = [(asked[0], asked[1], asked[2])]
    elif len(asked) == 2 and all(asked):
        known = [(one.name, names.schemas.peek(one.name)) for one in every]
        places = [
            (catalog, asked[0], asked[1])
            for catalog, schemas in known
            if schemas and any(one.name.lower() == asked[0] for one in schemas.items)
        ][:_SCHEMAS]
    places = [place for place in places if place not in there]
    found = workspace.each(lambda place: details.typed(*place), places)
    return {(*place[:2], one.name): one.kind for place, one in zip(places, found, strict=True) if isinstance(one, Name)}


def _questions(asked: list[str]) -> Iterator[_Question]:
    """`a.b` may be a catalog and a schema, or a schema and a table."""
    match asked:
        case [name]:
            yield _Question("", name, "")
            yield _Question("", "", name)
        case [first, second]:
            yield _Question(first, second, "")
            yield _Question("", first, second)
            yield _Question(first, "", second)
        case [catalog, schema, table]:
            yield _Question(catalog, schema, table)


def _in(catalog: str, questions: list[_Question]) -> dict[tuple[str, ...], str]:
    paths: dict[tuple[str, ...], str] = {}
    mine = [question for question in questions if question.catalog in catalog.lower()]
    schemas: Names | None = None
    for question in mine:
        if question.table:
            for one in ask.hidden(partial(_tables, catalog, question), (catalog,)):
                paths[(catalog, *one.name.split(".", 1))] = one.kind
        elif question.schema or len(questions) > 1:
            schemas = schemas or names.schemas(catalog)
            paths |= {(catalog, one.name): "schema" for one in schemas.items if question.schema in one.name.lower()}
    return paths


def _tables(catalog: str, question: _Question) -> list[Name]:
    """`schema.table` of those that fit. The patterns are of LIKE, where `_` is any letter: checked again here."""
    found, _ = ask.page(
        ask.address("table-summaries"), "tables", f"catalog {catalog}",
        catalog_name=catalog, table_name_pattern=f"%{question.table}%", max_results=_PER_CATALOG,
        schema_name_pattern=f"%{question.schema}%" if question.schema else None,
    )  # fmt: skip
    fitting = []
    for one in found:
        schema, _, table = str(one.get("full_name", ""))[len(catalog) + 1 :].partition(".")
        if question.table in table.lower() and question.schema in schema.lower():
            fitting.append(Name(f"{schema}.{table}", names.kind_of(one.get("table_type"))))
    return fitting
