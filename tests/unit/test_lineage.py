"""The tables that a text reads; what both doors answer, put together; how late is late."""

from __future__ import annotations

import pytest

from portal.databricks.jobs import lateness
from portal.databricks.jobs.model import Phases, Run, State
from portal.databricks.lineage import Entity, Neighbour
from portal.databricks.lineage.doors import moment
from portal.databricks.lineage.model import lineage
from portal.databricks.lineage.sources import sources

HOUR = 3_600_000
ORDERS = "main.sales.orders"


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("SELECT * FROM main.sales.orders o JOIN Customers c USING (id)", [ORDERS, "main.sales.customers"]),
        ("WITH a AS (SELECT * FROM x.y) SELECT * FROM a", ["main.x.y"]),
        ("SELECT extract(YEAR FROM d) FROM t -- FROM main.hr.salaries", ["main.sales.t"]),
        ("SELECT * FROM `main`.`s`.`or``ders` AS o, hr.`people` JOIN (SELECT 1)", ["main.s.or`ders", "main.hr.people"]),
        ("SELECT * FROM main.information_schema.tables", []),
        ("WITH `a b` AS (SELECT `x` FROM `Y`) SELECT * FROM `A B`, `select` q WHERE q.`from` = 1",
         ["main.sales.Y", "main.sales.select"]),
        ("WITH dataset AS (\nSELECT * FROM orders\n) SELECT MEASURE(`n`) FROM `m`.`s`.`v` GROUP BY ALL LIMIT 1",
         [ORDERS, "m.s.v"]),
        ("SELECT trim(BOTH 'x' FROM `c`), `a` IS DISTINCT FROM `b`, QUOTED_0 FROM `t` -- `u`", ["main.sales.t"]),
        ("SELECT 'FROM main.hr.salaries'", []),
        ("SELEC * FROM", []),
    ],
)  # fmt: skip
def test_the_tables_of_a_text(sql: str, names: list[str]) -> None:
    assert [".".join(path) for path in sources(sql, "main", "sales")] == names


def test_a_name_without_a_place_is_nobodys() -> None:
    assert sources("SELECT * FROM orders") == ()


def test_a_text_that_is_too_long_to_read_has_no_tables() -> None:
    assert sources("SELECT * FROM `main`.`s`.`t` " + "JOIN `a`.`b`.`c` " * 60_000) == ()
    assert sources("SELECT * FROM a.b.c " + "JOIN a.b.d " * 60_000) == ()


def test_what_is_hidden_is_counted_and_what_is_twice_is_once() -> None:
    job = Entity("job", "1", 10)
    up = [
        Neighbour(("a", "b", "c"), "TABLE", 5, (job,)),
        Neighbour(("a", "b", "c"), "TABLE", 9, (Entity("job", "1", 4),)),
        Neighbour((), "hidden", 1, ()),
        Neighbour((), "none", None, (Entity("query", "q", 2),)),
    ]
    found = lineage(("x", "y", "z"), up, [], "api")
    assert [(one.name, one.at) for one in found.upstream] == [("a.b.c", 9)]
    assert (found.hidden_up, found.hidden_down) == (1, 0)
    assert [(one.kind, one.at) for one in found.writers] == [("job", 10), ("query", 2)]


def test_times_of_lineage_are_utc() -> None:
    assert moment("2026-11-27 08:15:00.0") == 1_795_767_300_000
    assert moment(None) is None


def run(end: int, word: str = "SUCCESS") -> Run:
    return Run(end, 1, "Job", State(word, False), end - 60_000, end, Phases(), "PERIODIC", "", "")


def test_late_is_what_comes_later_than_it_used_to() -> None:
    hourly = [run(at * HOUR) for at in (5, 4, 3, 2, 1)]
    assert lateness.late_by(hourly, 5.9 * HOUR) is None
    assert lateness.late_by(hourly, 9 * HOUR) == 3 * HOUR
    assert lateness.late_by([run(8 * HOUR, "FAILED"), *hourly], 9 * HOUR) == 3 * HOUR
    assert lateness.late_by(hourly[:3], 99 * HOUR) is None


def test_the_run_that_wrote_is_the_one_under_way() -> None:
    found = lateness.wrote([run(5 * HOUR), run(4 * HOUR)], 4 * HOUR)
    assert found is not None
    assert found.end == 4 * HOUR
