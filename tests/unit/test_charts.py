"""A chart's figure shows the numbers that its rows hold, and says what it leaves out."""

from __future__ import annotations

import datetime as dt
import json
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.charts import document
from portal.charts.draw import drawn, figure
from portal.charts.model import KINDS, Annotation, BadChart, Chart, Field, Measure, Scale, Sort

SALES = pa.table(
    {
        "region": ["south", "north", "south", "north"],
        "product": ["Dynamo", "Dynamo", "Pump", "Pump"],
        "total": pa.array([109_982, 5, 18, 7], pa.int64()),
    }
)
BY_REGION = Chart("bar", x=Field("region"), y=(Measure("total", aggregate="sum"),), color=Field("product"))


def test_hover_text_names_the_place_the_series_and_the_number() -> None:
    traces = figure(BY_REGION, SALES)["data"]
    assert [trace["name"] for trace in traces] == ["Dynamo", "Pump"]
    assert traces[0]["hovertext"] == ["north · Dynamo: 5", "south · Dynamo: 109,982"]


def test_sums_are_stacked_and_averages_never() -> None:
    averages = Chart("bar", x=Field("region"), y=(Measure("total", aggregate="avg"),), color=Field("product"))
    assert figure(BY_REGION, SALES)["layout"]["barmode"] == "relative"
    assert figure(averages, SALES)["layout"]["barmode"] == "group"
    area = Chart("area", x=Field("region"), y=(Measure("total", aggregate="avg"),), color=Field("product"))
    assert not any("stackgroup" in trace for trace in figure(area, SALES)["data"])


def test_zip_codes_that_differ_by_a_zero_have_two_places() -> None:
    rows = pa.table({"zip": ["02134", "2134"], "n": [1, 2]})
    made = figure(Chart("line", x=Field("zip"), y=(Measure("n"),)), rows)
    assert made["data"][0]["x"] == ["02134", "2134"]
    assert made["layout"]["xaxis"]["type"] == "category"
    assert made["layout"]["autotypenumbers"] == "strict"


@pytest.mark.parametrize("kind", ["bar", "line", "area", "scatter", "pie", "histogram"])
def test_what_no_axis_holds_is_left_out_and_told(kind: str) -> None:
    rows = pa.table({"x": [1.0, 2.0, 3.0], "y": [float("inf"), float("nan"), 3.0]})
    x = "y" if kind == "histogram" else "x"
    made = drawn(Chart(kind, x=Field(x), y=(Measure("y"),) if kind != "histogram" else ()), rows)  # type: ignore[arg-type]
    json.dumps(made.figure, allow_nan=False)
    assert made.marks >= 1


def test_infinite_values_are_counted_in_a_note() -> None:
    rows = pa.table({"x": ["a", "b", "c"], "y": [float("inf"), float("nan"), 3.0]})
    assert drawn(Chart("bar", x=Field("x"), y=(Measure("y"),)), rows).notes == (
        "2 values are infinite or no number: not drawn.",
    )


def test_a_line_of_one_point_has_a_dot() -> None:
    rows = pa.table({"day": [dt.date(2025, 9, 1)], "n": [1]})
    assert figure(Chart("line", x=Field("day"), y=(Measure("n"),)), rows)["data"][0]["mode"] == "lines+markers"


def test_a_point_between_two_gaps_has_a_dot() -> None:
    numbers = [1.0] * 50 + [None, 2.0, None] + [1.0] * 50
    rows = pa.table({"n": list(range(len(numbers))), "v": numbers})
    assert figure(Chart("line", x=Field("n"), y=(Measure("v"),)), rows)["data"][0]["mode"] == "lines+markers"


def test_months_have_names() -> None:
    rows = pa.table({"month": [dt.date(2025, 9, 1), dt.date(2025, 10, 1)], "n": [1, 2]})
    made = figure(Chart("bar", x=Field("month", unit="month"), y=(Measure("n", "Orders"),)), rows)
    assert made["data"][0]["hovertext"] == ["September 2025 · Orders: 1", "October 2025 · Orders: 2"]
    assert made["layout"]["xaxis"]["ticktext"] == ["September 2025", "October 2025"]


def test_the_year_10000_takes_no_chart_down() -> None:
    days = pa.array([2932897, 0], pa.int32()).cast(pa.date32())
    made = drawn(Chart("line", x=Field("day"), y=(Measure("n"),)), pa.table({"day": days, "n": [1, 2]}))
    assert made.figure["data"][0]["x"] == ["1970-01-01"]
    assert made.notes == ("1 row has no place along day.",)


def test_text_from_rows_is_text() -> None:
    rows = pa.table({"x": ["<a href='https://evil.example'>Sign in</a>"], "n": [1]})
    assert "<a" not in json.dumps(figure(Chart("bar", "<b>t</b>", Field("x"), (Measure("n"),)), rows))


def test_bars_of_one_place_are_one_exact_sum() -> None:
    cents = [Decimal("0.10"), Decimal("0.20"), Decimal("99999999999999999999999999999999.99")]
    rows = pa.table({"x": ["a", "a", "a"], "v": pa.array(cents, pa.decimal128(38, 2))})
    made = figure(Chart("bar", x=Field("x"), y=(Measure("v"),)), rows)
    assert made["data"][0]["hovertext"] == ["a · v: 100,000,000,000,000,000,000,000,000,000,000.29"]


def test_categories_come_in_the_order_that_was_asked_for() -> None:
    rows = pa.table({"day": ["Tue", "Mon", "Sun", "Wed"], "n": [3, 1, 9, 2]})

    def order(sort: Sort) -> list[str]:
        made = figure(Chart("bar", x=Field("day"), y=(Measure("n"),), sort=sort), rows)
        return list(made["layout"]["xaxis"]["categoryarray"])

    assert order(Sort("value", descending=True)) == ["Sun", "Tue", "Wed", "Mon"]
    assert order(Sort("custom", values=("Mon", "Tue", "Wed"))) == ["Mon", "Tue", "Wed", "Sun"]
    assert order(Sort("rows")) == ["Tue", "Mon", "Sun", "Wed"]
    assert order(Sort("x", descending=True)) == ["Wed", "Tue", "Sun", "Mon"]


def test_lying_bars_have_the_first_category_on_top() -> None:
    made = figure(Chart("bar", x=Field("region"), y=(Measure("total"),), horizontal=True), SALES)
    assert made["data"][0]["orientation"] == "h"
    assert made["data"][0]["y"] == ["north", "south"]
    assert made["layout"]["yaxis"]["autorange"] == "reversed"


def test_a_combo_has_two_axes() -> None:
    rows = pa.table({"x": ["a", "b"], "n": [1, 2], "share": [0.1, 0.2]})
    made = figure(Chart("combo", x=Field("x"), y=(Measure("n"), Measure("share", right=True))), rows)
    assert [(trace["type"], trace.get("yaxis")) for trace in made["data"]] == [("bar", None), ("scatter", "y2")]
    assert made["layout"]["yaxis2"]["side"] == "right"


def test_a_pie_of_averages_is_refused_with_what_to_do() -> None:
    with pytest.raises(BadChart, match="Choose bars"):
        figure(Chart("pie", x=Field("region"), y=(Measure("total", aggregate="avg"),)), SALES)


def test_a_column_that_is_not_there_is_named() -> None:
    with pytest.raises(BadChart, match="'nope'"):
        figure(Chart("bar", x=Field("nope"), y=(Measure("total"),)), SALES)


def test_a_heat_map_has_a_number_for_each_pair() -> None:
    made = figure(Chart("heatmap", x=Field("region"), color=Field("product"), y=(Measure("total"),)), SALES)
    trace = made["data"][0]
    assert dict(zip(trace["y"], trace["z"], strict=True)) == {"Dynamo": [5, 109982], "Pump": [7, 18]}


def test_a_map_draws_land_and_places() -> None:
    rows = pa.table({"lat": [52.5, 91.0], "lon": [13.4, 0.0], "n": [4, 1]})
    chart = Chart("map", latitude=Field("lat"), longitude=Field("lon"), size=Measure("n"))
    made = drawn(chart, rows)
    land, points = made.figure["data"]
    assert land["fill"] == "toself"
    assert len(land["x"]) > 4_000
    assert (points["x"], points["y"], made.marks) == ([13.4], [52.5], 1)
    assert made.notes == ("1 row has no place: not drawn.",)


def test_a_forecast_has_a_band() -> None:
    rows = pa.table({"d": [dt.date(2025, 1, 1), dt.date(2025, 2, 1)], "was": [1, None], "p": [None, 2.0],
                     "lo": [None, 1.0], "hi": [None, 3.0]})  # fmt: skip
    chart = Chart("forecast", x=Field("d"), y=(Measure("was"),), prediction=Measure("p"), lower=Measure("lo"),
                  upper=Measure("hi"), annotations=(Annotation("x", "2025-01-15", "now"),))  # fmt: skip
    made = figure(chart, rows)
    assert [trace["name"] for trace in made["data"]] == ["lo", "hi", "was", "p"]
    assert made["data"][1]["fill"] == "tonexty"
    assert made["layout"]["shapes"][0]["x0"] == "2025-01-15"


def test_a_histogram_of_bins_keeps_them() -> None:
    rows = pa.table({"low": [0.0, 5.0, 15.0], "n": [1, 2, 3]})
    trace = figure(Chart("histogram", x=Field("low"), y=(Measure("n"),)), rows)["data"][0]
    assert (trace["x"], trace["y"]) == ([2.5, 7.5, 12.5, 17.5], [1, 2, 0, 3])


def test_of_several_measures_the_legend_says_which_is_which() -> None:
    rows = pa.table({"x": ["a"], "sum(n)": [1], "m": [2]})
    one = figure(Chart("bar", x=Field("x"), y=(Measure("sum(n)", aggregate="sum"),)), rows)["layout"]
    both = figure(Chart("bar", x=Field("x"), y=(Measure("sum(n)", aggregate="sum"), Measure("m"))), rows)["layout"]
    # The rows come grouped: their columns are called what they are.
    assert [made["yaxis"]["title"]["text"] for made in (one, both)] == ["sum(n)", ""]
    assert (one["showlegend"], both["showlegend"]) == (False, True)


def test_the_legend_makes_way_for_the_labels_of_lines() -> None:
    chart = Chart("line", x=Field("region"), y=(Measure("total"),), color=Field("product"))
    assert figure(chart, SALES)["layout"]["legend"].get("yref") is None
    labelled = replace(chart, annotations=(Annotation("x", "south", "Launch"),))
    assert figure(labelled, SALES)["layout"]["legend"]["yref"] == "container"


# As JSON

texts = st.text(max_size=30)
charts = st.builds(
    Chart,
    kind=st.sampled_from(KINDS),
    title=texts,
    x=st.none() | st.builds(Field, texts, texts),
    y=st.lists(st.builds(Measure, texts, texts), max_size=4).map(tuple),
    sort=st.builds(Sort, st.sampled_from(["", "x", "value", "custom"]), st.booleans(), st.tuples(texts, texts)),
    y_axis=st.builds(Scale, low=st.none() | st.floats(-1e9, 1e9)),
    colors=st.lists(st.tuples(texts, texts), max_size=3).map(tuple),
    horizontal=st.booleans(),
    annotations=st.lists(st.builds(Annotation, st.sampled_from(["x", "y"]), texts), max_size=2).map(tuple),
)


@given(charts)
def test_a_chart_is_the_same_after_a_link(chart: Chart) -> None:
    assert document.read(json.loads(json.dumps(document.written(chart)))) == chart


MEMBERS = [*Chart.__dataclass_fields__, "column", "v"]
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.sampled_from(MEMBERS), inner, max_size=8),
    max_leaves=30,
)


@given(
    st.sampled_from(KINDS), st.dictionaries(st.sampled_from(list(Chart.__dataclass_fields__)), anything, max_size=10)
)
def test_any_json_is_a_chart_or_refused_in_words(kind: str, members: dict[str, object]) -> None:
    with suppress(BadChart):
        chart = document.read({**members, "kind": kind})
        assert document.read(document.written(chart)) == chart
        json.dumps(figure(chart, SALES), allow_nan=False)


def test_a_figure_of_plotly_py_is_text_and_keeps_no_links():
    import plotly.express as px

    from portal.results.markup import of_plotly

    link = "<a href='https://evil.example'>x</a>"
    drawn = of_plotly(px.scatter(x=[1, 2], y=[1, 2], color=["plain", link]))
    names = [trace["name"] for trace in drawn["data"]]
    assert names == ["plain", "&lt;a href='https://evil.example'&gt;x&lt;/a&gt;"]
    templates = [trace["hovertemplate"] for trace in drawn["data"]]
    assert all("<br>" in one for one in templates)
    assert not any("<a" in one or "</a" in one for one in templates)
