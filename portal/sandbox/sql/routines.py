"""Functions of schemas: those that the sample data's row filters and column masks name."""

from __future__ import annotations

from dataclasses import dataclass

from portal.sandbox.sql.catalog import Catalog


@dataclass(frozen=True)
class Routine:
    """A function of one parameter, (name, SQL type)."""

    full_name: str
    parameter: tuple[str, str]
    returns: str
    comment: str

    @property
    def name(self) -> str:
        return self.full_name.rpartition(".")[2]


def of_schema(catalog: Catalog, full_name: str) -> list[Routine]:
    """The functions of a schema, by name."""
    found: dict[str, Routine] = {}
    for spec in catalog.specs.values():
        if spec.schema != full_name:
            continue
        types = {name: type_ for name, type_, _ in spec.columns}
        if spec.row_filter:
            name, column = spec.row_filter
            comment = f"Which rows of {spec.name} one sees."
            found.setdefault(name, Routine(name, (column, types[column]), "BOOLEAN", comment))
        for column, (name, group, _) in spec.masks.items():
            comment = f"Shown in full to {group} only."
            found.setdefault(name, Routine(name, (column, types[column]), types[column], comment))
    return sorted(found.values(), key=lambda one: one.name)
