"""What a statement runs under: whose it is, the current catalog and schema, and settings."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field
from zoneinfo import available_timezones

from sqlglot import exp

from portal.sandbox.sql import errors
from portal.sandbox.sql.catalog_model import TableInfo
from portal.sandbox.sql.types import SqlType
from portal.sandbox.world import Person

DEFAULT_CATALOG, DEFAULT_SCHEMA = "main", "default"
DEFAULTS = {
    "ANSI_MODE": "true",
    "ENABLE_PHOTON": "true",
    "LEGACY_TIME_PARSER_POLICY": "EXCEPTION",
    "MAX_FILE_PARTITION_BYTES": "128m",
    "QUERY_TAGS": "",
    "READ_ONLY_EXTERNAL_METASTORE": "false",
    "STATEMENT_TIMEOUT": "172800",
    "TIMEZONE": "Etc/UTC",
    "USE_CACHED_RESULT": "true",
}
"""The configuration parameters that a SQL warehouse has, with its defaults."""


_BOOLEANS = ("ANSI_MODE", "ENABLE_PHOTON", "USE_CACHED_RESULT", "READ_ONLY_EXTERNAL_METASTORE")


def known(name: str) -> None:
    """CONFIG_NOT_AVAILABLE for a parameter that a SQL warehouse does not have."""
    if name.upper() not in DEFAULTS:
        raise errors.SqlError("CONFIG_NOT_AVAILABLE", f"Configuration {name} is not available.", "42K0I")


@functools.cache
def _zones() -> frozenset[str]:
    """Names of all zones; reading them takes some 30 ms."""
    return frozenset(available_timezones())


def zone(value: str) -> str:
    """A time zone of the TIMEZONE parameter as DuckDB and Arrow name it; SqlError for none."""
    if found := re.fullmatch(r"(?:UTC|GMT|UT)?([+-])(\d{1,2})(?::?(\d{2}))?(?::?00)?", value):
        if found[3] not in (None, "00") or int(found[2]) > (14 if found[1] == "+" else 12):
            raise errors.unsupported(f"the time zone {value}")
        # POSIX counts the other way round: Etc/GMT-2 is two hours east.
        return f"Etc/GMT{'-' if found[1] == '+' else '+'}{int(found[2])}"
    if value in ("Z", "Etc/UTC"):
        return "Etc/UTC"
    if value in _zones():
        return value
    text = f"The value '{value}' in the config \"TIMEZONE\" is invalid. Cannot resolve the given timezone."
    raise errors.SqlError("INVALID_CONF_VALUE.TIME_ZONE", text, "22022")


@dataclass(frozen=True)
class TemporaryView:
    """A view of one session."""

    tree: exp.Query
    """A Databricks AST, put in the place of the view's name when it is read."""
    info: TableInfo
    """Without catalog and schema."""


@dataclass(frozen=True)
class Variable:
    type: SqlType
    value: exp.Expression
    """A literal, cast to the type in DuckDB's words."""
    default: str
    """SQL of its default."""


@dataclass
class SqlSession:
    """One person's session. A statement of the Statement Execution API gets one of its own, which nobody keeps."""

    person: Person
    catalog: str = DEFAULT_CATALOG
    schema: str = DEFAULT_SCHEMA
    defaults: dict[str, str] = field(default_factory=lambda: dict(DEFAULTS))
    """What applies until the session sets it: the warehouse's own configuration."""
    settings: dict[str, str] = field(default_factory=dict)
    variables: dict[str, Variable] = field(default_factory=dict)
    """`DECLARE VARIABLE`, by lower-case name."""
    views: dict[str, TemporaryView] = field(default_factory=dict)
    """By lower-case name; they go before tables."""
    id: str = ""

    def setting(self, name: str) -> str | None:
        return self.settings.get(name, self.defaults.get(name))

    def assign(self, name: str, value: str) -> None:
        """Set a configuration parameter; SqlError for one that there is not, or a value that it cannot have."""
        known(name)
        if name.upper() == "TIMEZONE":
            zone(value)
        if name.upper() in _BOOLEANS and value.lower() not in ("true", "false"):
            text = f'The value \'{value}\' in the config "{name}" is invalid. It must be a value of type "boolean".'
            raise errors.SqlError("INVALID_CONF_VALUE.TYPE_MISMATCH", text, "22022")
        self.settings[name.upper()] = value

    @property
    def zone(self) -> str:
        return zone(self.setting("TIMEZONE") or "Etc/UTC")

    def qualified(self, parts: list[str]) -> tuple[str, str, str]:
        """A name of one to three parts as three."""
        match parts:
            case [name]:
                return self.catalog, self.schema, name
            case [schema, name]:
                return self.catalog, schema, name
            case [catalog, schema, name]:
                return catalog, schema, name
        raise ValueError(parts)
