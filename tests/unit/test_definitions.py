"""What a query's author defined of its parameters goes into the workspace's shapes and comes back."""

from __future__ import annotations

import json

import pytest
from databricks.sdk.service import sql as api

from portal.databricks.definitions import Definition, Joined, from_api, kept, to_api

DEFINED = [
    Definition(name="region", type="text", value="west", title="Region", options=[]),
    Definition(name="count", type="number", value="42", min="1", max="100", options=[]),
    Definition(name="key", type="number", value="9007199254740993", options=[]),
    Definition(name="day", type="date", value="YESTERDAY", options=[], rerun=True),
    Definition(name="at", type="timestamp", value="2026-01-31 10:00:30", options=[]),
    Definition(name="days", type="range", value="LAST_7_DAYS", options=[]),
    Definition(name="span", type="range", value="2026-01-01~2026-01-31", options=[]),
    Definition(name="moving", type="range", value="now-3d/d~now/d", options=[]),
    Definition(name="hours", type="times", value="LAST_8_HOURS", options=[]),
    Definition(name="state", type="choice", value="open", options=["open", "it's, closed"]),
    Definition(
        name="states", type="choice", multi=True, value='["open", "done"]', options=["open", "done"],
        joined=Joined(prefix="'", separator="; ", suffix="'"),
    ),
    Definition(name="nation", type="choice", multi=True, query="q1", value='["PERU"]', options=[], joined=Joined()),
    Definition(name="zips", type="list", value="02134, 10001", options=[]),
    Definition(name="ids", type="numbers", value="1, 2", options=[]),
    Definition(name="sure", type="boolean", value="true", options=[]),
    Definition(name="none", type="null", options=[]),
]  # fmt: skip


def wire(definitions: list[Definition]) -> list[api.QueryParameter]:
    """Over JSON, as it travels."""
    return [api.QueryParameter.from_dict(json.loads(json.dumps(one.as_dict()))) for one in to_api(definitions)]


def test_each_kind_comes_back_in_its_order():
    assert list(from_api(wire(DEFINED), json.loads(json.dumps(kept(DEFINED))))) == DEFINED


def test_only_what_the_workspace_has_no_room_for_is_kept_beside_it():
    found = kept(DEFINED)
    assert set(found) == {"count", "key", "day", "moving", "zips", "ids", "sure", "none"}
    assert found["count"] == {"min": "1", "max": "100"}
    assert found["key"] == {"type": "number"}
    assert found["day"] == {"rerun": True}


def test_a_whole_number_past_what_a_float_holds_is_kept_as_a_text():
    [text, number] = to_api([DEFINED[2], DEFINED[1]])
    assert text.text_value is not None
    assert text.text_value.value == "9007199254740993"
    assert number.numeric_value is not None
    assert number.numeric_value.value == 42.0


def test_without_what_was_kept_beside_it_it_is_what_the_workspace_says():
    found = {one.name: one for one in from_api(wire(DEFINED))}
    assert found["zips"].type == "text"
    assert found["zips"].value == "02134, 10001"
    assert found["key"].value == "9007199254740993"
    assert found["state"].options == ["open", "it's, closed"]


@pytest.mark.parametrize(
    "beside",
    [None, {}, {"count": 3}, {"count": {"type": "shape", "min": 5, "extra": 1, "value": ["x"]}}, {"count": None}],
)
def test_what_is_kept_is_read_with_tolerance(beside: dict[str, object] | None):
    assert from_api(wire([DEFINED[1]]), beside)[0].value == "42"


def test_a_parameter_that_says_nothing_is_an_empty_text():
    assert from_api([api.QueryParameter(name="p"), api.QueryParameter()]) == (
        Definition(name="p", type="text", value="", options=[]),
    )
    assert from_api(None) == ()
