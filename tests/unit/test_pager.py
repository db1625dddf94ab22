"""Which page of a list an address asks for."""

from __future__ import annotations

import pytest

from portal.ui import pager, queryview


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("", 1),
        ("3", 3),
        ("0", 1),
        ("-2", 1),
        ("two", 1),
        ("²", 1),
        ("99999", 99_999),
        pytest.param("9" * 5_000, 1, id="long"),
    ],
)
def test_an_address_that_names_no_page_gets_the_first(text: str, page: int) -> None:
    assert pager.page_of({"page": text}) == page


def test_a_list_of_saved_queries_is_drawn_at_any_page_that_an_address_makes_up() -> None:
    assert "No saved queries" in str(queryview.saved((), {"page": "9" * 5_000}, 100))
