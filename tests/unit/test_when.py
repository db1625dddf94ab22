"""Points in time and durations, for people."""

from __future__ import annotations

import pytest
from dash import html

from portal.ui import when


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (None, "–"),
        (0, "0.0 s"),
        (-5, "0.0 s"),
        (9_940, "9.9 s"),
        (12_400, "12 s"),
        (59_600, "1 min"),
        (200_000, "3 min 20 s"),
        (7_500_000, "2 h 5 min"),
        (86_400_000 + 3 * 3_600_000, "1 d 3 h"),
    ],
)
def test_a_duration_has_at_most_two_units(milliseconds: float | None, text: str) -> None:
    assert when.duration(milliseconds) == text


def test_a_moment_is_right_in_utc_before_any_script_has_run() -> None:
    shown = when.ago(1_456_790_341_000)
    assert isinstance(shown, html.Time)
    assert shown.children == "2016-02-29 23:59 UTC"
    assert shown.dateTime == "2016-02-29T23:59:01.000Z"
    assert getattr(shown, "data-when") == "ago"
    assert when.ago(None).children == "–"
