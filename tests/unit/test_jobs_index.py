"""The search index as it grows, and the views of it."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from portal.databricks.identity import Me
from portal.databricks.jobs import index, search
from portal.databricks.jobs.index import Index, Page
from portal.databricks.jobs.search import View

ME = Me("1", "me@example.com", "Me", ("me@example.com", "alias@example.com"), (), (), True)


def body(id: int, created: int | None = None, name: str = "", owner: str = "me@example.com", **more: Any) -> Any:
    """A job as jobs/list answers it."""
    return {
        "job_id": id,
        "created_time": id if created is None else created,
        "creator_user_name": owner,
        "settings": {"name": name or f"Job {id}", **more},
    }


def page(jobs: list[dict[str, Any]], token: str | None) -> Page:
    return Page.of({"jobs": jobs, **({"next_page_token": token} if token else {})})


def read(jobs: list[dict[str, Any]], size: int, known: Index | None = None) -> Index:
    """Everything, newest first, in pages."""
    ordered = sorted(jobs, key=lambda job: (-job["created_time"], -job["job_id"]))
    pages = [ordered[n : n + size] for n in range(0, len(ordered), size)] or [[]]
    found = known or Index()
    for number, some in enumerate(pages):
        token = f"page {number + 1}" if number + 1 < len(pages) else None
        found = found.with_page(page(some, token), first=number == 0)
    return found


@given(
    st.lists(st.integers(1, 60), max_size=40, unique=True),
    st.lists(st.integers(1, 60), max_size=40, unique=True),
    st.integers(1, 7),
)
def test_reading_again_forgets_what_was_deleted_and_learns_what_is_new(before: list[int], after: list[int], size: int):
    known = read([body(id) for id in before], size)
    again = read([body(id, name="renamed") for id in after], size, known)
    assert [job.id for job in again.jobs] == sorted(after, reverse=True)
    assert all(job.name == "renamed" for job in again.jobs)
    assert again.nbytes == sum(map(index.size_of, again.jobs))
    assert again.token is None


def test_the_first_page_alone_tells_new_and_deleted_jobs_of_its_span():
    known = read([body(id) for id in range(1, 11)], 5)
    again = known.with_page(page([body(11), body(10), body(8), body(7), body(6)], "more"), first=True)
    assert [job.id for job in again.jobs] == [11, 10, 8, 7, 6, 5, 4, 3, 2, 1]


def test_jobs_of_the_same_moment_are_not_lost_between_pages():
    jobs = [body(id, created=5) for id in range(1, 12)]
    assert len(read(jobs, 3).jobs) == 11


def test_the_newest_are_kept_where_there_are_too_many(monkeypatch):
    monkeypatch.setattr(index, "LARGEST", 3000)
    found = Index().with_page(page([body(id) for id in range(100, 80, -1)], "more"), first=True)
    assert found.full
    assert found.token is None
    assert not found.at_end


def known(*jobs: dict[str, Any]) -> Index:
    return Index().with_page(page(list(jobs), None), first=True)


def names(view: View, *jobs: dict[str, Any]) -> list[str]:
    return [job.name for job in search.select(view, known(*jobs), lambda: ME).jobs]


def test_every_word_must_be_somewhere_in_name_owner_tags_or_id():
    jobs = [
        body(1, name="Refresh SALES marts", tags={"team": "sales"}),
        body(2, name="Étude des marges", owner="east@example.com", tags={"équipe": "finance"}),
        body(33, name="Other"),
    ]
    assert names(View(q="sales marts"), *jobs) == ["Refresh SALES marts"]
    assert names(View(q="team:sales"), *jobs) == ["Refresh SALES marts"]
    assert names(View(q="ÉTUDE"), *jobs) == ["Étude des marges"]
    assert names(View(q="east finance"), *jobs) == ["Étude des marges"]
    assert names(View(q="33"), *jobs) == ["Other"]
    assert names(View(q="sales nothing"), *jobs) == []


def test_mine_are_those_that_i_created_by_any_of_my_addresses():
    jobs = [
        body(1, name="a"),
        body(2, name="b", owner="ALIAS@example.com"),
        body(3, name="c", owner="else@example.com"),
    ]
    assert names(View(show="mine"), *jobs) == ["b", "a"]


def test_paused_owner_tag_and_order():
    schedule = {"quartz_cron_expression": "0 0 5 * * ?", "timezone_id": "UTC"}
    jobs = [
        body(1, name="b", schedule={**schedule, "pause_status": "PAUSED"}, tags={"env": "dev"}),
        body(2, name="A", schedule=schedule, owner="x@example.com"),
        body(3, name="c"),
    ]
    assert names(View(show="paused"), *jobs) == ["b"]
    assert names(View(owner="x@example.com"), *jobs) == ["A"]
    assert names(View(tag="env"), *jobs) == names(View(tag="env:dev"), *jobs) == ["b"]
    assert names(View(sort="name", down=False), *jobs) == ["A", "b", "c"]
    assert names(View(sort="name", down=True), *jobs) == ["c", "b", "A"]
    # Those that no schedule starts stand at the end, whichever way.
    assert names(View(sort="next", down=False), *jobs)[0] == "A"
    assert names(View(sort="next", down=True), *jobs)[0] == "A"


def test_a_view_out_of_any_address_is_a_view():
    assert View.of({}) == View()
    odd = {"q": ["a", "b"], "show": "everything", "sort": "'; --", "dir": "up", "page": "-4", "owner": 7}
    assert View.of(odd) == View()
    assert View.of({"page": "99999999"}).page == 1
    assert View.of({"sort": "name"}) == View(sort="name", down=False)
    assert View.of({"sort": "name", "dir": "desc", "page": "3"}) == View(sort="name", down=True, page=3)


def test_a_page_beyond_the_last_is_the_last():
    jobs = [body(id) for id in range(1, 46)]
    found = search.select(View(page=99), known(*jobs), lambda: ME)
    assert (found.page, found.pages, len(found.jobs), found.count) == (3, 3, 5, 45)
    empty = search.select(View(), known(), lambda: ME)
    assert (empty.page, empty.pages, empty.jobs) == (1, 1, ())


def test_filters_offer_what_occurs_most_often_first():
    jobs = [
        body(1, tags={"team": "a"}),
        body(2, tags={"team": "b"}),
        body(3, tags={"team": "b", "flag": ""}, owner="z@x"),
    ]
    offered = search.choices(known(*jobs))
    assert offered.owners == ("me@example.com", "z@x")
    assert offered.tags == ("team:b", "flag", "team:a")
