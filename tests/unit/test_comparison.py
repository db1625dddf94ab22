"""Two results beside each other: what came, went and changed, by a key."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from portal.databricks.statements import Column, Manifest, Statement
from portal.results import comparison
from portal.results.comparison import Difference, compare
from portal.results.result import Result
from portal.viewer.errors import StatementFailed


class Here(Result):
    """A result whose rows are here already."""

    def __init__(self, table: pa.Table, truncated: bool = False) -> None:
        columns = tuple(Column(name, "", "") for name in table.column_names)
        manifest = Manifest(columns, (), table.num_rows, table.nbytes, truncated)
        super().__init__("viewer", Statement("id", "SUCCEEDED", None, manifest), manifest)
        object.__setattr__(self, "_rows", table)

    def table(self) -> pa.Table:
        return self._rows  # type: ignore[attr-defined, no-any-return]


def result(columns: dict[str, list[Any]], **more: bool) -> Here:
    return Here(pa.table(columns), **more)


def test_rows_come_go_and_change():
    before = result({"id": [1, 2, 3, 4], "name": ["a", "b", None, "d"], "n": [1, 2, 3, 4]})
    after = result({"id": [5, 4, 2, 1], "name": ["e", "d", "B", "a"], "n": [5, 4, 2, 1]})
    found = compare(before, after, ["id"])
    assert found.columns == ["name", "n"]
    assert found.counts == {"changed": 1, "added": 1, "removed": 1, "same": 2}
    assert found.rows == [
        Difference(["2"], ["b", "2"], ["B", "2"]),
        Difference(["5"], None, ["e", "5"]),
        Difference(["3"], [None, "3"], None),
    ]


def test_null_is_a_value_of_a_key_and_of_a_column():
    before = result({"a": [None, "", "x"], "b": [1, 1, 1], "v": [None, None, "1"]})
    after = result({"a": ["", None, "x"], "b": [1, 1, 1], "v": [None, "new", None]})
    found = compare(before, after, ["a", "b"])
    assert found.counts == {"changed": 2, "added": 0, "removed": 0, "same": 1}
    assert found.rows[0] == Difference([None, "1"], [None], ["new"])
    assert found.rows[1] == Difference(["x", "1"], ["1"], [None])


def test_values_are_compared_as_they_are_written():
    nan = float("nan")
    before = result({"id": [1, 2], "d": [Decimal("1.50"), Decimal("2.00")], "f": [nan, 0.1], "l": [[1, 2], [3]]})
    after = result({"id": ["1", "2"], "d": ["1.50", "2.0"], "f": [nan, 0.1], "l": [[1, 2], [4]]})
    found = compare(before, after, ["id"])
    assert [one.key for one in found.rows] == [["2"]]
    assert found.counts["same"] == 1


def test_a_key_that_names_two_rows_is_told_and_nothing_is_compared():
    found = compare(result({"id": [1, 1, 2], "v": [1, 2, 3]}), result({"id": [1, 2], "v": [1, 2]}), ["id"])
    assert (found.repeated, found.example) == ((1, 0), ["1"])
    assert not found.counts
    assert not found.rows


def test_columns_of_one_result_alone_are_told():
    found = compare(
        result({"id": [1], "gone": [1], "v": [1]}), result({"id": [1], "v": [1], "new": [2]}, truncated=True), ["id"]
    )
    assert found.columns == ["v"]
    assert found.notes == [
        "Gone: the column gone.", "New: the column new.",
        "Only the rows that were fetched are compared: a row limit cut them.",
    ]  # fmt: skip


def test_columns_that_share_a_name_are_left_out():
    twice = Here(pa.table([[1], [2], [3]], names=["id", "v", "v"]))
    found = compare(twice, twice, ["id"])
    assert found.columns == []
    assert found.notes == ["Columns that share a name, or have none, are left out."]


def test_all_are_counted_and_some_listed():
    found = compare(result({"id": [0]}), result({"id": list(range(2000))}), ["id"])
    assert found.counts == {"changed": 0, "added": 1999, "removed": 0, "same": 1}
    assert len(found.rows) == comparison.SHOWN
    assert found.rows[0].key == ["1"]


@pytest.mark.parametrize("key", [[], ["v"], ["nosuch"]])
def test_a_key_is_of_both(key: list[str]):
    with pytest.raises(StatementFailed, match="both results"):
        compare(result({"id": [1], "v": [1]}), result({"id": [1]}), key)


def test_nothing_is_compared_with_nothing():
    nothing = result({"id": pa.array([], pa.int64())})  # type: ignore[dict-item]
    assert compare(nothing, nothing, ["id"]).counts == {"changed": 0, "added": 0, "removed": 0, "same": 0}


def test_what_is_too_large_is_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(comparison, "MOST_ROWS", 1)
    with pytest.raises(StatementFailed, match="EXCEPT"):
        compare(result({"id": [1, 2]}), result({"id": [1]}), ["id"])
