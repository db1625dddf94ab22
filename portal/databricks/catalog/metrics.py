"""Metric views: which columns are measures, and a query of them all that runs.

A metric view cannot be asked for `SELECT *`: measures are aggregates that `MEASURE()` asks for, grouped by dimensions.
What is what stands, in this order of trust, in a column's metadata (`metric_view.type` in `type_json`), in its type as
DESCRIBE writes it (`bigint measure`), or in the view's own YAML.

Source: https://docs.databricks.com/metric-views; Spark's constant `metric_view.type`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from portal.databricks.catalog.model import Column, written
from portal.shapes import Json

METRIC_VIEW = "METRIC_VIEW"
_SUFFIX = " measure"
_NAME = re.compile(r"""^\s*(?:-\s*)?name\s*:\s*(?:"(?P<d>(?:[^"\\]|\\.)*)"|'(?P<s>(?:[^']|'')*)'|(?P<p>[^#\n]+))""")


def is_measure(one: Json, declared: frozenset[str]) -> bool:
    """Whether a column of a metric view, as the API gives it, is a measure; `declared` is of `measures`."""
    try:
        about = json.loads(one.get("type_json") or "{}")
    except ValueError:
        about = {}
    kind = (about.get("metadata") or {}).get("metric_view.type") if isinstance(about, dict) else None
    if kind:
        return str(kind).lower() == "measure"
    return str(one.get("type_text") or "").endswith(_SUFFIX) or str(one.get("name") or "").casefold() in declared


def plain_type(text: str) -> str:
    """A column's type without the word that says that it is a measure."""
    return text.removesuffix(_SUFFIX)


def measures(definition: str | None) -> frozenset[str]:
    """The names below `measures:` of a view's YAML, case folded. Only names are read: no need for all of YAML."""
    found: set[str] = set()
    inside, outer = False, None
    for line in (definition or "").splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if re.match(r"[A-Za-z_]", line):
            inside, outer = line.startswith("measures:"), None
            continue
        if not inside:
            continue
        depth = len(line) - len(line.lstrip(" -"))
        outer = depth if outer is None else outer
        if depth == outer and (named := _NAME.match(line)):
            text = named["d"] or (named["s"] or "").replace("''", "'") or (named["p"] or "")
            found.add(text.strip().casefold())
        elif line.startswith("- ") and (named := _NAME.match(line)):
            found.add((named["d"] or named["s"] or named["p"] or "").strip().casefold())
    return frozenset(filter(None, found))


def sql(path: Sequence[str], columns: Iterable[Column], limit: int) -> str:
    """Every dimension and measure, grouped; of a view of which no column is known to be a measure, the dimensions."""
    items = [f"MEASURE({written([one.name])}) AS {written([one.name])}" if one.measure else written([one.name])
             for one in columns]  # fmt: skip
    shown = ",\n  ".join(items) or "*"
    grouped = "\nGROUP BY ALL" if any(one.measure for one in columns) else ""
    return f"SELECT\n  {shown}\nFROM {written(path)}{grouped}\nLIMIT {limit}"
