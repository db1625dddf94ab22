"""STRUCTs whose fields have equal names: Databricks has them, DuckDB and Python's dictionaries have not."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from portal.sandbox.sql.types import TWIN, SqlType


def numbered(names: Iterable[str]) -> list[str]:
    """Names for DuckDB: the second of a kind gets a number that nobody types."""
    found: list[str] = []
    seen: dict[str, int] = {}
    for name in names:
        seen[name.lower()] = seen.get(name.lower(), 0) + 1
        count = seen[name.lower()]
        found.append(name if count == 1 else f"{name}{TWIN}{count}")
    return found


def has_twins(type_: SqlType) -> bool:
    """Whether a type holds such a STRUCT."""
    names = [field.name.lower() for field in type_.fields]
    inner = [type_.key, type_.element, *(field.type for field in type_.fields)]
    return len(set(names)) < len(names) or any(has_twins(one) for one in inner if one is not None)


def renamed(array: pa.Array, target: pa.DataType) -> pa.Array:
    """The same values under the target's names."""
    if pa.types.is_struct(target):
        children = [renamed(array.field(index), target.field(index).type) for index in range(target.num_fields)]
        return pa.StructArray.from_arrays(children, fields=list(target), mask=array.is_null())
    if pa.types.is_list(target):
        values = renamed(array.values, target.value_type)
        return pa.ListArray.from_arrays(array.offsets, values, type=target, mask=array.is_null())
    return array.cast(target)


def listed(array: pa.Array) -> list[Any]:
    """As `to_pylist`, a STRUCT being the list of its values."""
    if pa.types.is_struct(array.type):
        columns = [listed(array.field(index)) for index in range(array.type.num_fields)]
        rows = [list(row) for row in zip(*columns, strict=True)]
        return [row if valid else None for row, valid in zip(rows, array.is_valid().to_pylist(), strict=True)]
    if pa.types.is_list(array.type):
        values, offsets = listed(array.values), array.offsets.to_pylist()
        slices = [values[start:end] for start, end in itertools.pairwise(offsets)]
        return [one if valid else None for one, valid in zip(slices, array.is_valid().to_pylist(), strict=True)]
    found: list[Any] = array.to_pylist()
    return found


def json_text(value: Any, type_: SqlType, leaf: Any) -> str:
    """A value of `listed` as JSON, in which a name may come twice; `leaf` makes a plain value JSON's."""
    if value is None:
        return "null"
    if type_.name == "STRUCT":
        pairs = zip(type_.fields, value, strict=True)
        return "{" + ",".join(f"{_dumps(field.name)}:{json_text(one, field.type, leaf)}" for field, one in pairs) + "}"
    if type_.name == "ARRAY":
        assert type_.element
        return "[" + ",".join(json_text(one, type_.element, leaf) for one in value) + "]"
    return _dumps(leaf(value, type_))


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
