"""Text that was fetched and goes elsewhere: to spreadsheets, to plotly.js, to a terminal."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import unicodedata
from dataclasses import replace

import openpyxl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.charts import arrow, groups, query
from portal.charts.formats import ENGLISH
from portal.charts.model import FIGURES, KINDS, Chart, Field, Kind, Measure
from portal.databricks.statements import Column
from portal.results.exports import FORMATS, cells
from portal.results.markup import Markup, plain
from portal.terminal import printable, printable_lines
from portal.ui import chart
from tests.sandbox_client import ROOT

SIGNS = "=+-@＝＋－＠﹦﹢﹣﹫"
LIVE = (
    '=HYPERLINK("https://evil.example","Pay")', "\n=1+1", "\r\n\t=1+1", " =1+1", "\u00a0=1+1", "\ufeff=1+1",
    "\u200b@SUM(A1)", "＝1+1", "＋1+1", "－1+1", "＠SUM(A1)", "﹦1+1", "-2+3+cmd|' /C calc'!A0", "+1-212", "-5-3",
    "\x00=1", "\t", "\r", "\n",
)  # fmt: skip
DEAD = (
    "",
    "plain",
    "-5",
    "-1.234,56",
    "-1e-5",
    "+49 30 1234",
    "a=b",
    "me@example.com",
    "a - b",
    "x;y",
    "http://x?a=1;b=2",
    "−5",
)


def csv_of(texts: list[str]) -> str:
    table = pa.table({"a": pa.array([1] * len(texts)), "b": pa.array(texts, pa.string())})
    return b"".join(FORMATS["csv"].write(table.schema, [table], len(texts), True)).decode()


def cells_of(content: str, separator: str) -> list[str]:
    """As a spreadsheet splits a file: a quote means something at the beginning of a field only."""
    found, field, quoted, begun = [], "", False, False
    at = 0
    while at < len(content):
        sign = content[at]
        if quoted:
            if content.startswith('""', at):
                field, at = field + '"', at + 1
            elif sign == '"':
                quoted = False
            else:
                field += sign
        elif sign == '"' and not begun:
            quoted = begun = True
        elif sign in {separator, "\n", "\r"}:
            found.append(field)
            field, begun = "", False
        else:
            field, begun = field + sign, True
        at += 1
    return [*found, field]


def seen(field: str) -> str:
    """Without what a spreadsheet passes over before a formula."""
    kept = list(field)
    while kept and unicodedata.category(kept[0])[0] in "ZC":
        del kept[0]
    return "".join(kept)


@pytest.mark.parametrize("text", LIVE)
def test_a_field_of_a_csv_never_begins_like_a_formula(text: str):
    assert cells_of(csv_of([text]), ",")[-2].startswith("'")


@pytest.mark.parametrize("text", DEAD)
def test_text_that_no_spreadsheet_runs_is_left_as_it_is(text: str):
    assert cells_of(csv_of([text]), ",")[-2] == text


PIECES = st.sampled_from(
    [*SIGNS, ";", ",", "\t", "\n", "\r", '"', "'", " ", "\u00a0", "\u200b", "1", "x", "(", ")", "|", "!", "A1"]
)


@settings(deadline=None)  # of a machine that does other things besides
@given(st.lists(st.lists(PIECES, max_size=12).map("".join), min_size=1, max_size=5))
def test_nothing_that_is_typed_into_cells_becomes_a_formula_with_either_separator(texts: list[str]):
    content = csv_of(texts)
    for field in map(seen, cells_of(content, ",")):
        assert field[:1] not in set(SIGNS) or field[1:2].isdigit()
    for field in map(seen, cells_of(content, ";")):
        # What a list is written with calls nothing.
        assert field[:1] not in set("=@＝＠﹦﹫")
        assert field[:1] not in set(SIGNS) or not set("(|!") & set(field)


def test_the_clipboard_has_the_same_rule():
    """The browser's half is held to the very same (tests/js/formulas.test.js)."""
    for text, safe in json.loads((ROOT / "tests" / "js" / "formulas.json").read_text(encoding="utf-8")):
        assert cells.safe(pa.array([text])).to_pylist() == [safe]


def test_an_excel_cell_holds_the_text_itself_and_is_no_formula():
    texts = [*LIVE[:1], "-5", "+49 30", "=1+1", "plain"]
    table = pa.table({"=a": pa.array(texts)})
    content = b"".join(FORMATS["xlsx"].write(table.schema, [table], len(texts), True))
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    header, *cells = [row[0] for row in sheet.iter_rows()]
    assert header.value == "=a"
    assert [cell.value for cell in cells] == texts
    # A formula for openpyxl is what begins with =; of the file it says that these are inline strings.
    assert b"<f>" not in content
    assert [cell.quotePrefix for cell in cells] == [True, False, False, True, False]


EVIL = '<a href="https://evil.example">Session expired: sign in</a> & more'
SHOWN = '&lt;a href="https://evil.example"&gt;Session expired: sign in&lt;/a&gt; &amp; more'


def texts_of(part: object) -> list[str]:
    if isinstance(part, str):
        return [part]
    inside = part.values() if isinstance(part, dict) else part if isinstance(part, list | tuple) else ()
    return [text for item in inside for text in texts_of(item)]


@pytest.mark.parametrize("kind", KINDS)
def test_no_chart_of_a_result_takes_a_cell_or_a_columns_name_for_markup(kind: Kind):
    columns = [Column(EVIL, "STRING", "STRING"), Column(f"{EVIL} n", "DOUBLE", "DOUBLE")]
    text, number = Field(EVIL), Field(f"{EVIL} n")
    measure = Measure(f"{EVIL} n", aggregate="sum")
    asked = Chart(
        kind, title=EVIL, x=number if kind in {"histogram", "scatter"} else text, y=(measure,), color=text,
        latitude=number, longitude=number, shade=measure, rows=(text,),
    )  # fmt: skip
    table = pa.table({"a": [EVIL, "b", EVIL, None], "b": [1.0, 2.0, 3.0, 4.0]})
    plan = groups.plan(replace(asked, x=None) if kind == "number" else asked, columns)
    shown = query.shown(plan, arrow.rows(plan, table), 4, ENGLISH)
    if kind in FIGURES:
        drawn_texts = texts_of(shown["figure"])
        assert not [text for text in drawn_texts if "<" in text]
        assert any(SHOWN in text for text in drawn_texts)
    else:
        # HTML, which the browser makes of text nodes.
        assert any(EVIL in text for text in texts_of([shown.get("pivot"), shown.get("number")]))


def test_a_pages_own_chart_holds_text_unless_it_says_otherwise():
    trace = {"type": "bar", "name": EVIL, "x": (EVIL,), "customdata": [[EVIL]], "hovertemplate": "%{x}<extra></extra>"}
    made = chart.figure([trace], x=EVIL, annotations=[{"text": Markup("<b>ours</b>")}])
    (drawn,) = made["data"]
    assert (drawn["name"], drawn["x"], drawn["customdata"]) == (SHOWN, [SHOWN], [[SHOWN]])
    assert made["layout"]["xaxis"]["title"]["text"] == SHOWN
    assert made["layout"]["annotations"] == [{"text": "<b>ours</b>"}]
    assert drawn["hovertemplate"] == "%{x}<extra></extra>"
    # Once is enough, and a figure that was made elsewhere is text as well.
    (graph,) = [part for part in chart.chart("c", made, "Chart")._traverse() if hasattr(part, "figure")]
    assert graph.figure == made
    (graph,) = [p for p in chart.chart("c", {"data": [{"name": EVIL}]}, "Chart")._traverse() if hasattr(p, "figure")]
    assert graph.figure == {"data": [{"name": SHOWN}]}
    assert plain({"z": [[1.5, None]], "show": True}) == {"z": [[1.5, None]], "show": True}


@pytest.mark.parametrize(
    "bad", ["\x1b[2J", "\x9b2J", "\x1b]0;title\x07", "\r", "\n", "\x08", "\u202e", "\u2028", "\x00", "\x85", "\u2066"]
)
def test_a_terminal_is_not_told_what_to_do(bad: str):
    shown = printable(f"a{bad}b\tשלום 👋")
    assert not set(bad) & {sign for sign in shown if not sign.isprintable() and sign != "\t"}
    assert shown.startswith("a\\")
    assert shown.endswith("b\tשלום 👋")
    assert all(line.startswith("  ") for line in printable_lines(f"one{bad}\n2026-11-27 [info] forged").split("\n"))


LOGGED = """
import logging, os, sys
from portal.settings import settings
from portal.web import log
import structlog
log.configure(settings())
bad = "x\\x1b[2J\\x1b]0;owned\\x07\\n2026-11-27T00:00:00Z [info     ] forged"
structlog.get_logger("a").info(bad, route=bad, parts=[bad], more={bad: bad})
logging.getLogger("b").warning("said %s", bad)
try:
    raise ValueError(bad)
except ValueError:
    logging.getLogger("c").exception("failed")
    structlog.get_logger("d").exception("failed")
"""


@pytest.mark.parametrize("form", ["console", "json"])
def test_neither_log_passes_a_terminals_sequences_or_a_forged_line(form: str):
    environment = {"PORTAL_LOG_FORMAT": form, "PATH": "/usr/bin:/bin"}
    done = subprocess.run([sys.executable, "-c", LOGGED], cwd=ROOT, env=environment, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert b"\x1b" not in done.stderr
    assert b"\x07" not in done.stderr
    assert done.stderr.count(b"forged") >= 4
    assert not [line for line in done.stderr.splitlines() if line.startswith(b"2026-11-27T00:00:00Z")]
