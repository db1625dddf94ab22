"""What viewers fill in, read by its type: values, and sentences that say what is wrong."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from portal.ui import fields, forms, typed_paths


@pytest.mark.parametrize(
    ("field", "given", "value"),
    [
        (fields.text("name"), " Ada ", "Ada"),
        (fields.text("name"), "", None),
        (fields.whole("count"), "12", 12),
        (fields.whole("count"), -3, -3),
        (fields.number("amount"), "2.5", 2.5),
        (fields.number("amount"), 7, 7.0),
        (fields.choice("region", "Region", ["west"]), "west", "west"),
        (fields.day("until"), "2026-01-31", date(2026, 1, 31)),
        (fields.yes("done"), True, True),
        (fields.yes("done"), None, False),
    ],
)
def test_values_by_type(field: fields.Field, given: object, value: object):
    assert field.read(given) == value


@pytest.mark.parametrize(
    ("field", "given", "says"),
    [
        (fields.text("name", required=True), "", "Name is needed."),
        (fields.text("name", longest=3), "Adam", "Name has at most 3 characters."),
        (fields.whole("count"), "2.5", "Count is a whole number, such as 12."),
        (fields.whole("count"), "9" * 19, "Count is a whole number, such as 12."),
        (fields.whole("count"), "٣", "Count is a whole number, such as 12."),
        (fields.number("amount"), "NaN", "Amount is a number, such as 2.5."),
        (fields.number("amount", least=0), "-1", "Amount is at least 0."),
        (fields.number("amount", most=9), "9.5", "Amount is at most 9."),
        (fields.choice("region", "Region", ["west", "east"]), "north", "Region is one of west, east."),
        (fields.day("until"), "soon", "Until is a day, such as 2026-01-31."),
        (fields.text("name"), ["a"], "Name is not something that can be filled in here."),
        (fields.whole("count"), True, "Count is not something that can be filled in here."),
    ],
)
def test_what_is_wrong_is_a_sentence(field: fields.Field, given: object, says: str):
    with pytest.raises(ValueError, match="^" + says.replace(".", r"\.") + "$"):
        field.read(given)


def test_a_form_tells_of_every_field_at_once():
    values, wrong = forms.read([fields.whole("a"), fields.text("b"), fields.day("c")], ["x", "y", "z"])
    assert values == {"b": "y"}
    assert [bool(one) for one in wrong] == [True, False, True]


def layout(order: int, day: date, key: UUID, rate: float, name: str = "") -> None: ...


PAGE = {"typed": typed_paths.kinds_of(layout, "/<order>/<day>/<key>/<rate>/<name>")}
GIVEN = {"order": "12", "day": "2026-01-31", "key": "b2699a9f-e868-5566-92d5-efc9c2a8904a", "rate": "0.5", "name": "7"}


def test_variables_of_an_address_are_what_the_layout_says():
    found = typed_paths.read(PAGE, {**GIVEN, "more": "x"})
    assert found is not None
    assert (found["order"], found["day"], found["rate"], found["name"]) == (12, date(2026, 1, 31), 0.5, "7")
    assert found["key"] == UUID(GIVEN["key"])
    assert found["more"] == "x"


@pytest.mark.parametrize(
    ("name", "text"),
    [("order", "abc"), ("order", "1" * 30), ("order", "٣"), ("day", "31"), ("key", "k"), ("rate", "inf")],
)
def test_what_is_none_leads_to_no_page(name: str, text: str):
    assert typed_paths.read(PAGE, {**GIVEN, name: text}) is None
