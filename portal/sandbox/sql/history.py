"""What happened to tables: their versions, and the rows of old ones, for DESCRIBE HISTORY and time travel."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

from sqlglot import exp

from portal.sandbox.sql import errors
from portal.sandbox.sql.catalog_model import TableInfo
from portal.sandbox.sql.session import SqlSession

KEPT_ROWS = 200_000
"""Rows up to which a table's old versions are kept."""
KEPT_VERSIONS = 20
SCHEMA = "·history"
"""DuckDB's schema of old versions: no name that a statement can reach."""


@dataclass(frozen=True)
class Version:
    """One commit. `table` is how the table was declared then."""

    number: int
    at: float
    user_name: str
    operation: str
    table: TableInfo
    parameters: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, int] = field(default_factory=dict)
    kept: bool = False
    """Whether its rows have been put aside: those of the newest version are the table itself."""


class History:
    """Versions by full table name. A table that nobody has changed has one, from when it was made."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._versions: dict[str, list[Version]] = {}

    def versions(self, full_name: str, table: TableInfo | None = None) -> list[Version]:
        """Oldest first."""
        found = self._versions.get(full_name.lower())
        if found is None and table is not None:
            return [Version(0, table.created_at, table.owner, "CREATE TABLE AS SELECT", table)]
        return list(found or [])

    def begin(self, table: TableInfo, operation: str, by: str) -> None:
        """A table has been made, or made anew: a replaced one goes on counting."""
        earlier = self.versions(table.full_name)
        number = earlier[-1].number + 1 if earlier else 0
        metrics = {"numOutputRows": table.row_count} if table.row_count else {}
        self._set(table, [*earlier, Version(number, table.updated_at, by, operation, table, {}, metrics)])

    def keep(self, table: TableInfo, run: Callable[[str], Any]) -> None:
        """Put the rows aside before they change."""
        versions = self.versions(table.full_name, table)
        newest = versions[-1]
        if newest.kept or (table.row_count or 0) > KEPT_ROWS:
            return
        run(f'CREATE SCHEMA IF NOT EXISTS "{SCHEMA}"')
        source = f"{_quoted(f'{table.catalog_name}.{table.schema_name}')}.{_quoted(table.name)}"
        run(f"CREATE OR REPLACE TABLE {self.place(newest)} AS FROM {source}")
        versions[-1] = replace(newest, kept=True)
        for old in [one for one in versions if one.kept][:-KEPT_VERSIONS]:
            run(f"DROP TABLE IF EXISTS {self.place(old)}")
            versions[versions.index(old)] = replace(old, kept=False)
        self._set(table, versions)

    def commit(
        self, table: TableInfo, operation: str, by: str, parameters: dict[str, str], metrics: dict[str, int]
    ) -> None:
        """The table has changed: `table` is how it is now."""
        versions = self.versions(table.full_name, table)
        number = versions[-1].number + 1
        self._set(table, [*versions, Version(number, table.updated_at, by, operation, table, parameters, metrics)])

    def _set(self, table: TableInfo, versions: list[Version]) -> None:
        with self._lock:
            self._versions[table.full_name.lower()] = versions

    def rename(self, old: str, new: str) -> None:
        with self._lock:
            if (found := self._versions.pop(old.lower(), None)) is not None:
                self._versions[new.lower()] = found

    def forget(self, prefix: str) -> list[str]:
        """The table, or the schema's tables, are gone; DuckDB's names of their kept versions, to be dropped."""
        with self._lock:
            gone = [name for name in self._versions if name == prefix or name.startswith(f"{prefix}.")]
            versions = [one for name in gone for one in self._versions.pop(name)]
        return [self.place(one) for one in versions if one.kept]

    @staticmethod
    def place(version: Version) -> str:
        """DuckDB's name of a version's rows."""
        return f'"{SCHEMA}".{_quoted(f"{version.table.full_name}@{version.number}·{int(version.table.created_at)}")}'


def chosen(history: History, table: TableInfo, clause: exp.Version, session: SqlSession) -> Version:
    """The version that `VERSION AS OF` or `TIMESTAMP AS OF` names; SqlError for none."""
    value = clause.expression
    while isinstance(value, exp.Cast | exp.Paren):
        value = value.this
    if not isinstance(value, exp.Literal):
        raise errors.unsupported("time travel to a value that is computed")
    return version_at(history, table, clause.this.upper(), value.name, session)


def version_at(history: History, table: TableInfo, kind: str, value: str, session: SqlSession) -> Version:
    """By its number (kind VERSION), or by a time."""
    versions = history.versions(table.full_name, table)
    if kind == "VERSION":
        found = next((one for one in versions if str(one.number) == value), None)
        if found is None:
            text = f"Cannot time travel Delta table to version {value}. Available versions: "
            text += f"[{versions[0].number}, {versions[-1].number}]."
            raise errors.SqlError("DELTA_VERSION_NOT_FOUND", text, "22003")
    else:
        found = _at(versions, table, value, session)
    if not found.kept and found.number != versions[-1].number:
        raise errors.unsupported("versions of a table that were not kept: it is too large, or they are too old")
    return found


def _at(versions: list[Version], table: TableInfo, value: str, session: SqlSession) -> Version:
    try:
        moment = datetime.datetime.fromisoformat(value)
    except ValueError:
        text = f"The provided timestamp ('{value}') cannot be converted to a valid timestamp."
        raise errors.SqlError("DELTA_TIMESTAMP_INVALID", text, "42816") from None
    seconds = (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(session.zone))).timestamp()
    if seconds < int(versions[0].at):
        text = (
            f"The provided timestamp ({value}) is before the earliest version available to this table "
            f"({table.full_name}). Please use a timestamp greater than or equal to {_shown(versions[0].at)}."
        )
        raise errors.SqlError("DELTA_TIMESTAMP_EARLIER_THAN_COMMIT_RETENTION", text, "42816")
    if seconds > versions[-1].at + 1:
        text = (
            f"The provided timestamp ({value}) is after the latest version available to this table "
            f"({table.full_name}). Please use a timestamp before or at {_shown(versions[-1].at)}."
        )
        raise errors.SqlError("DELTA_TIMESTAMP_GREATER_THAN_COMMIT", text, "42816")
    return [one for one in versions if int(one.at) <= seconds][-1]


def _shown(seconds: float) -> str:
    return f"{datetime.datetime.fromtimestamp(seconds, datetime.UTC):%Y-%m-%d %H:%M:%S}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
