"""Points in time and durations, for people."""

from __future__ import annotations

import pytest

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


def test_a_moment_is_right_before_any_script_has_run() -> None:
    drawn = when.exact(1_456_790_341_000)
    assert drawn["type"] == "Time"
    shown = drawn["props"]
    assert shown["children"] == shown["title"] == "2016-02-29 23:59 UTC"
    assert shown["dateTime"] == "2016-02-29T23:59:01.000Z"
    assert when.ago(None)["props"]["children"] == when.exact(None)["props"]["children"] == "–"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "just now"),
        (-4.9, "just now"),
        (-59, "59 seconds ago"),
        (-61, "1 minute ago"),
        (3599, "in 59 minutes"),
        (-7300, "2 hours ago"),
        (-90_000, "yesterday"),
        (90_000, "tomorrow"),
        (-2 * 86_400, "2 days ago"),
        (8 * 86_400, "next week"),
        (-400 * 86_400, "last year"),
    ],
)
def test_a_relative_time_as_a_browser_says_it(seconds: float, text: str) -> None:
    assert when._relative(seconds) == text
