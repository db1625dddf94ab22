"""Ids and names that came from a browser: checked by their shape here, and only here, before they enter any path.

A path of an API is built from them (`/api/2.0/sql/warehouses/<id>/start`), and what is no id could make it another
path, asked with the viewer's own bearer. `path` is the last look, taken at whatever the SDK is about to ask.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote

from portal.viewer.errors import NoSuchThing

_WAREHOUSE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CLUSTER = re.compile(r"[A-Za-z0-9_-]{1,100}")
_STATEMENT = re.compile(r"[0-9a-fA-F][0-9a-fA-F-]{7,63}")
_QUERY = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{7,63}")
_NUMBER = re.compile(r"[0-9]{1,19}", re.ASCII)
_LARGEST = 2**63 - 1
# Unity Catalog refuses these in the names of catalogs, schemas and tables, so a path with one of them names nothing;
# a slash or a dot more would change which address of its API is asked; half of a surrogate pair is no text at all.
# https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-names
_NO_NAME = re.compile("[./\x00-\x20\x7f\ud800-\udfff]")
_LONGEST_NAME = 255
_NO_PATH = re.compile(r"[?#\\\s\x00-\x1f\x7f]|%(?:2f|00)", re.IGNORECASE)


def missing(what: str) -> NoSuchThing:
    """Absent and hidden are one answer: a viewer must not learn which ids and names exist."""
    return NoSuchThing(f"There is no {what}, or you may not see it.")


def warehouse(given: object) -> str:
    """A SQL warehouse's id."""
    return _shaped(_WAREHOUSE, given, "warehouse")


def cluster(given: object) -> str:
    """A cluster's id."""
    return _shaped(_CLUSTER, given, "cluster")


def statement(given: object) -> str:
    """A statement's id."""
    return _shaped(_STATEMENT, given, "statement")


def is_statement(given: object) -> bool:
    """Whether this can be a statement's id."""
    return isinstance(given, str) and _STATEMENT.fullmatch(given) is not None


def saved_query(given: object) -> str:
    """A saved query's id."""
    return _shaped(_QUERY, given, "saved query")


def alert(given: object) -> str:
    """An alert's id."""
    return _shaped(_QUERY, given, "alert")


def dashboard(given: object) -> str:
    """An AI/BI dashboard's id."""
    return _shaped(_QUERY, given, "dashboard")


def number(given: object, what: str) -> int:
    """A job's or a run's id, as `what` says: what is no positive 64-bit number names nothing."""
    text = str(given) if isinstance(given, str | int) and not isinstance(given, bool) else ""
    if _NUMBER.fullmatch(text) and 0 < int(text) <= _LARGEST:
        return int(text)
    raise missing(f"{what} {str(given)[:40]}")


def names(path: Iterable[str]) -> tuple[str, ...]:
    """A path of names in Unity Catalog, if each can be one."""
    found = tuple(path)
    if any(not name or len(name) > _LONGEST_NAME or _NO_NAME.search(name) for name in found):
        raise missing(".".join(name.encode(errors="replace").decode() for name in found)[:300])
    return found


def path(given: str) -> str:
    """A path of the workspace's API as it is about to be asked: one that leads elsewhere than it reads is refused."""
    once = unquote(given)
    steps = {*given.split("/"), *once.split("/"), *unquote(once).split("/")}
    if not given.startswith("/") or _NO_PATH.search(given) or steps & {".", ".."}:
        raise NoSuchThing("There is no such thing.")
    return given


def _shaped(shape: re.Pattern[str], given: object, what: str) -> str:
    if isinstance(given, str) and shape.fullmatch(given):
        return given
    raise missing(f"{what} {str(given)[:64]}")
