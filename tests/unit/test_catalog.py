"""Names as SQL and addresses take them, whatever they hold; and what is drawn of them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from urllib.parse import unquote

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp, parse_one

from portal.databricks.catalog import Column, Name, Names, checked, metrics, quoted, written
from portal.databricks.catalog.ask import address
from portal.databricks.catalog.search import _questions
from portal.ui import catalogview, sample
from portal.viewer.errors import NoSuchThing
from portal.viewer.per_viewer import size_of

name = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1, max_size=40)


@given(st.lists(name, min_size=3, max_size=3))
def test_a_quoted_name_is_one_name_to_the_parser(path: list[str]):
    tree = parse_one(f"SELECT * FROM {'.'.join(map(quoted, path))}", dialect="databricks")
    table = tree.find(exp.Table)
    assert table is not None
    assert [table.catalog, table.db, table.name] == path


@given(st.lists(name, min_size=3, max_size=3))
def test_a_name_written_for_people_is_the_same_name(path: list[str]):
    table = parse_one(f"SELECT * FROM {written(path)} LIMIT 1", dialect="databricks").find(exp.Table)
    assert table is not None
    assert [table.catalog, table.db, table.name] == path


def test_plain_names_stay_as_they_are():
    assert written(("main", "sales", "orders")) == "main.sales.orders"
    assert written(("main", "select", "1st", "a-b", "o`clock")) == "main.`select`.`1st`.`a-b`.`o``clock`"


@given(st.lists(name, min_size=1, max_size=3))
def test_an_address_leads_back_to_its_names(path: list[str]):
    assert [unquote(part) for part in catalogview.path_of(path).split("/")[2:]] == path


@given(st.text(min_size=1, max_size=60).filter(lambda text: not any(0xD800 <= ord(c) < 0xE000 for c in text)))
def test_no_name_changes_the_address_that_is_asked(text: str):
    try:
        checked((text,))
    except NoSuchThing:
        return
    where = address("tables", text)
    assert where.startswith("/api/2.1/unity-catalog/tables/")
    assert unquote(where.rpartition("/")[2]) == text
    assert where.count("/") == 5
    assert not set("?# ") & set(where)


@pytest.mark.parametrize("text", ["", "a.b", "a/b", "a b", "a\nb", "\0", "a\x7f", "x" * 256, "..", "."])
def test_what_unity_catalog_refuses_as_a_name_names_nothing(text: str):
    with pytest.raises(NoSuchThing):
        checked(("main", text))


@pytest.mark.parametrize(
    "text", ["orders", "a-b", "שלום", "日本", "<b>", "o'clock", '"x"', "a`b", "100%", "a+b", "x" * 255]
)
def test_what_it_takes_may_be_a_name(text: str):
    assert checked(("main", text)) == ("main", text)


def test_the_size_of_five_thousand_names_is_known_without_measuring_each():
    names = Names(tuple(Name(f"table_{number}", "table", "x" * 20) for number in range(5000)))
    assert 0.5 < names.nbytes / sum(map(size_of, names.items)) < 2


def test_what_a_search_may_mean():
    meant = [(one.catalog, one.schema, one.table) for one in _questions(["a", "b"])]
    assert meant == [("a", "b", ""), ("", "a", "b"), ("a", "", "b")]
    assert [(one.catalog, one.schema, one.table) for one in _questions(["a", "b", "c"])] == [("a", "b", "c")]


def test_a_samples_cells_are_short_and_exact():
    rows = pa.table(
        {
            "text": ["x" * 1_000_000, None, "short"],
            "nested": [{"a": [1, None]}, None, {"a": []}],
            "bytes": [b"\x00\xff", None, b""],
            "number": pa.array([2**63 - 1, None, 1], pa.int64()),
            "amount": pa.array([Decimal("1.10"), None, Decimal("2.00")], pa.decimal128(10, 2)),
            "at": [datetime(2026, 1, 2), None, None],
        }
    )
    short = sample.short(rows).to_pylist()
    assert short[0]["text"] == "x" * sample.LONGEST_CELL + "…"
    assert (short[1]["text"], short[2]["text"]) == (None, "short")
    assert (short[0]["nested"], short[1]["nested"]) == ('{"a": [1, null]}', None)
    assert short[0]["bytes"] == "AP8="
    assert (short[0]["number"], short[0]["amount"], short[0]["at"]) == (
        2**63 - 1,
        Decimal("1.10"),
        datetime(2026, 1, 2),
    )


# Metric views

YAML = """
version: 1.1
source: main.sales.orders
dimensions:
  - name: region
    expr: region
measures:
  - name: orders
    expr: count(1)
    window:
      - name: not a measure
  - expr: sum(amount)
    name: "Total amount"
  # - name: none
joins:
  - name: customers
"""


def test_measures_are_read_from_metadata_from_types_and_from_yaml():
    declared = metrics.measures(YAML)
    assert declared == {"orders", "total amount"}
    assert metrics.measures(None) == metrics.measures("SELECT 1") == frozenset()
    assert metrics.measures("measures:\n- name: 'it''s'\n- {name: flow}") >= {"it's"}
    about = '{"name":"x","type":"long","metadata":{"metric_view.type":"%s"}}'
    assert metrics.is_measure({"name": "x", "type_json": about % "measure"}, frozenset())
    assert not metrics.is_measure({"name": "orders", "type_json": about % "dimension"}, declared)
    assert metrics.is_measure({"name": "x", "type_text": "bigint measure", "type_json": "{"}, frozenset())
    assert metrics.is_measure({"name": "Orders", "type_text": "bigint"}, declared)


def test_a_metric_views_query_asks_for_measures_by_measure():
    columns = [Column("region", "string", "", True), Column("total amount", "bigint", "", True, measure=True)]
    text = metrics.sql(("main", "sales", "order metrics"), columns, 10)
    assert text == (
        "SELECT\n  region,\n  MEASURE(`total amount`) AS `total amount`\n"
        "FROM main.sales.`order metrics`\nGROUP BY ALL\nLIMIT 10"
    )
    assert parse_one(text, dialect="databricks")
