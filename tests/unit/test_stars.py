"""The file of stars and recents: merged, bounded, and read with tolerance."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.databricks import stars
from portal.databricks.stars import Mark, State, Unkept, merged, read, text

MARKS = st.builds(
    Mark, st.sampled_from(stars.KINDS), st.sampled_from("abc"), st.just("n"), st.booleans(),
    st.integers(0, 9), st.integers(0, 9),
)  # fmt: skip


def test_the_later_star_and_the_later_visit_hold() -> None:
    starred = Mark("dashboard", "a", "Old name", True, starred_at=5, opened_at=1)
    visited = Mark("dashboard", "a", "New name", opened_at=9)
    assert merged([starred, visited]) == (Mark("dashboard", "a", "New name", True, 5, 9),)
    assert merged([visited, starred]) == merged([starred, visited])
    taken_away = Mark("dashboard", "a", "New name", False, starred_at=7)
    assert merged([starred, taken_away])[0].starred is False


@given(st.lists(MARKS))
def test_merging_twice_changes_nothing_and_the_file_gives_back_what_was_written(marks: list[Mark]) -> None:
    once = merged(marks)
    assert merged(once) == once
    assert read(text(State(once)).encode()).marks == once


def test_stars_outlive_visits() -> None:
    star = Mark("query", "kept", "Kept", True, starred_at=1)
    found = merged([star, *(Mark("query", f"q{n}", "Visited", opened_at=n + 2) for n in range(500))])
    assert len(found) == stars.MOST
    assert star in found


def test_what_is_written_is_never_larger_than_what_is_read() -> None:
    star = Mark("query", "kept", "K" * 255, True, starred_at=1)
    long = [Mark(kind, f"{n:064}", "名" * 255, opened_at=n + 2) for kind in stars.KINDS for n in range(stars.MOST)]
    whole = State(merged([star, *long]))
    assert len(text(whole).encode()) > stars.LARGEST
    found = stars.fitting(whole)
    assert read(text(found).encode()).marks == found.marks
    assert star in found.marks
    assert len(found.marks) > 200
    assert max(long, key=lambda one: one.opened_at) in found.marks
    with pytest.raises(Unkept, match="no room"):
        stars.fitting(State((star,), {"more": "x" * stars.LARGEST}))


def test_what_a_newer_version_wrote_stays() -> None:
    raw = {
        "version": 3, "theme": "dark",
        "marks": [{"kind": "alert", "id": "x"}, "nonsense", None,
                  {"kind": "dashboard", "id": "a", "name": 7, "starred": "yes", "opened_at": -4, "starred_at": 1e99}],
    }  # fmt: skip
    state = read(json.dumps(raw).encode())
    assert state.marks == (Mark("dashboard", "a", "a"),)
    again = json.loads(text(State(merged([*state.marks, Mark("query", "q", "Q", opened_at=3)]), state.rest)))
    assert (again["version"], again["theme"]) == (3, "dark")
    assert {"kind": "alert", "id": "x"} in again["marks"]


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b"[" * 5000, b'{"marks": 4}', b"\xff\xfe", b" " * 300_000])
def test_a_file_that_is_not_ours_is_left_alone(raw: bytes) -> None:
    with pytest.raises(Unkept, match="left as it is"):
        read(raw)
