"""History and saved queries over real wire: each viewer their own, kept by the workspace, and every change written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.service import sql as api
from structlog.testing import capture_logs

from portal.boards.queries import Planned, Refused
from portal.dashboards import of_query
from portal.databricks import history, kept, saved, workspace
from portal.viewer.dialogs import Stale
from portal.viewer.errors import NoSuchThing, NotPermitted, PortalError
from portal.viewer.per_viewer import memory
from tests.sandbox_client import SandboxClient
from tests.wire.jobs_room import Room, open_room

HISTORY = "/api/2.0/sql/history/queries"


@pytest.fixture
def room(sandbox: SandboxClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    with open_room(sandbox, monkeypatch) as opened:
        yield opened


def databricks(room: Room, person: str) -> WorkspaceClient:
    """The workspace as Databricks' own pages would show it to this person."""
    return WorkspaceClient(host=room.sandbox.workspace_url, token=f"dapi-{person}")


def run(room: Room, *texts: str, person: str = "analyst-west") -> list[str]:
    """Run statements by another tool; their ids."""
    client = databricks(room, person)
    warehouse = room.sandbox.warehouse_id
    return [str(client.statement_execution.execute_statement(text, warehouse).statement_id) for text in texts]


def audited(logs: list[Any]) -> list[tuple[str, str, str]]:
    return [
        (line["event"], line["object"], line["outcome"])
        for line in logs
        if str(line["event"]).startswith("query.") and line.get("actor")
    ]


# History


def test_what_ran_anywhere_is_the_viewers_history_and_nobody_elses(room: Room):
    (theirs,) = run(room, "SELECT 'west only'")
    with room.as_viewer("analyst-west"):
        newest = history.mine().items[0]
        assert (newest.id, newest.text, newest.state, newest.rows) == (theirs, "SELECT 'west only'", "FINISHED", 1)
        assert newest.duration is not None
        assert history.find(theirs) == newest
    # The engineer manages the warehouse, and could see everyone's.
    with room.as_viewer("engineer"):
        assert theirs not in {one.id for one in history.mine().items}
    with room.as_viewer("analyst-east"), pytest.raises(NoSuchThing):
        history.find(theirs)


def test_by_state_and_by_time(room: Room):
    run(room, "SELECT 1")
    with room.as_viewer("analyst-west"):
        failed = history.mine(state="FAILED").items
        assert {one.state for one in failed} == {"FAILED"}
        assert all("DIVIDE_BY_ZERO" in one.error for one in failed)
        assert [one.text for one in history.mine(since="hour").items] == ["SELECT 1"]
        assert len(history.mine(since="month").items) > 1
        # What is no state or time of ours filters nothing.
        assert len(history.mine(state="NONSENSE", since="ever").items) == len(history.mine().items)


def test_a_page_leads_to_the_next_and_the_last_one_to_none(room: Room):
    run(room, *(f"SELECT {number}" for number in range(60)))
    with room.as_viewer("analyst-west"):
        first = history.mine()
        assert len(first.items) == 50
        second = history.mine(following=first.following)
        ids = [one.id for one in (*first.items, *second.items)]
        assert len(ids) == len(set(ids)) == 80
        assert second.following is None


def test_a_search_by_text_says_how_far_it_looked(room: Room):
    run(room, "SELECT 'Needle' AS it", *(f"SELECT {number}" for number in range(5)))
    with room.as_viewer("analyst-west"):
        found = history.mine("needle")
        assert [one.text for one in found.items] == ["SELECT 'Needle' AS it"]
        assert (found.looked, found.following) == (26, None)
        assert found.back_to is not None


def test_a_token_that_is_none_is_refused_in_words(room: Room):
    with room.as_viewer("analyst-west"), pytest.raises(PortalError):
        history.mine(following="no-token")


# Saved queries


def test_a_saved_query_is_the_workspaces_own(room: Room):
    with room.as_viewer("analyst-west"), capture_logs() as logs:
        kept = saved.save("Mine & <b>yours</b>", "SELECT :n", room.sandbox.warehouse_id, catalog="main", schema="sales")
        there = databricks(room, "analyst-west").queries.get(kept.id)
        assert (there.display_name, there.query_text, there.run_as_mode and there.run_as_mode.value) == (
            "Mine & <b>yours</b>", "SELECT :n", "VIEWER",
        )  # fmt: skip
        assert kept.mine
        assert kept.id in {one.id for one in saved.all()}
        # A text alone changes nothing else.
        saved.save("Mine", "SELECT 2", query_id=kept.id)
        again = saved.get(kept.id)
        assert (again.name, again.text, again.catalog, again.schema) == ("Mine", "SELECT 2", "main", "sales")
        saved.rename(kept.id, "  Another \n name ")
        assert saved.get(kept.id).name == "Another name"
        saved.delete(kept.id)
        with pytest.raises(NoSuchThing):
            saved.get(kept.id)
        assert kept.id not in {one.id for one in saved.all()}
    thing = f"query/{kept.id}"
    assert audited(logs) == [
        ("query.save", thing, "ok"), ("query.save", thing, "ok"), ("query.rename", thing, "ok"),
        ("query.delete", thing, "ok"),
    ]  # fmt: skip
    # SQL is recorded by its hash alone.
    assert "SELECT :n" not in str([line for line in logs if line["event"] == "query.save"])


def test_a_taken_name_gets_a_number(room: Room):
    with room.as_viewer("analyst-west"):
        assert saved.save("Twice", "SELECT 1").name == "Twice"
        assert saved.save("Twice", "SELECT 2").name == "Twice (1)"


@pytest.mark.parametrize("name", ["", "   ", "\n"])
def test_a_query_needs_a_name(room: Room, name: str):
    with room.as_viewer("analyst-west"):
        with pytest.raises(PortalError, match="needs a name"):
            saved.save(name, "SELECT 1")
        assert room.calls("/sql/queries") == 0


def test_each_viewer_sees_what_is_shared_with_them(room: Room):
    with room.as_viewer("analyst-west"):
        west = {one.name for one in saved.all()}
    with room.as_viewer("engineer"):
        engineer = {one.name for one in saved.all()}
        salaries = next(one.id for one in saved.all() if one.name == "Salaries")
    assert "West's open orders" in west
    assert "Salaries" not in west
    assert "West's open orders" not in engineer
    with room.as_viewer("analyst-west"), pytest.raises(NoSuchThing) as hidden:
        saved.get(salaries)
    with room.as_viewer("analyst-west"), pytest.raises(NoSuchThing) as absent:
        saved.get("00000000-0000-0000-0000-000000000000")
    said = "There is no saved query {}, or you may not see it."
    assert str(hidden.value) == said.format(salaries)
    assert str(absent.value) == said.format("00000000-0000-0000-0000-000000000000")


def test_what_databricks_refuses_is_written_and_told_by_name(room: Room):
    with room.as_viewer("analyst-west"), capture_logs() as logs:
        shared = next(one for one in saved.all() if one.name == "Orders by region")
        for action, do in (("rename", lambda token: saved.rename_confirmed(token, "Mine now")),
                           ("delete", saved.delete_confirmed)):  # fmt: skip
            token, _ = saved.begin(action, shared.id)
            with pytest.raises(NotPermitted) as refused:
                do(token)
            assert str(refused.value) == f"You may not {action} “Orders by region”."
            assert refused.value.granted_by == "engineer@example.com, who owns it"
        with pytest.raises(NotPermitted):
            saved.save("Other", "SELECT 1", query_id=shared.id)
    thing = f"query/{shared.id}"
    assert audited(logs) == [
        ("query.rename", thing, "denied"), ("query.delete", thing, "denied"), ("query.save", thing, "denied"),
    ]  # fmt: skip
    with room.as_viewer("engineer"):
        memory.drop()
        assert "Orders by region" in {one.name for one in saved.all()}


def test_a_dialogs_token_is_good_for_its_action_its_query_and_its_viewer(room: Room):
    with room.as_viewer("engineer"):
        shared = next(one for one in saved.all() if one.name == "Orders by region")
        token, _ = saved.begin("rename", shared.id)
        with capture_logs() as logs, pytest.raises(Stale):
            saved.delete_confirmed(token)
        assert audited(logs) == [("query.delete", f"query/{shared.id}", "denied")]
    with room.as_viewer("analyst-west"), capture_logs() as logs:
        for other in (token, token[:-2] + "xx", "", "x.y.z"):
            with pytest.raises(Stale):
                saved.rename_confirmed(other, "Mine now")
        assert audited(logs) == [("query.rename", "query/?", "denied")] * 4
    with room.as_viewer("engineer"):
        saved.rename_confirmed(token, "Renamed")
        assert saved.get(shared.id).name == "Renamed"


def test_an_id_that_is_none_never_reaches_databricks(room: Room):
    with room.as_viewer("analyst-west"):
        for bad in ("../../2.0/secrets", "a/b", "", "x" * 80, "a b"):
            for call in (saved.get, saved.delete):
                with pytest.raises(NoSuchThing):
                    call(bad)
        assert room.calls("/sql/queries") == 0
        assert workspace.progress() == "built"


def test_description_and_tags_are_changed_alone_and_a_conflict_is_told(room: Room):
    client = databricks(room, "analyst-west")
    with room.as_viewer("analyst-west"), capture_logs() as logs:
        made = saved.save("Described", "SELECT 1", room.sandbox.warehouse_id, description="before", tags=["old"])
        token, _ = saved.begin("describe", made.id)
        kept.describe_confirmed(token, " What it is for. ", "sales, west ,, sales")
        there = client.queries.get(made.id)
        assert (there.description, there.tags, there.query_text) == ("What it is for.", ["sales", "west"], "SELECT 1")
        # Nothing takes away what was there.
        token, shown = saved.begin("describe", made.id)
        assert shown.tags == ("sales", "west")
        kept.describe_confirmed(token, "", "")
        there = client.queries.get(made.id)
        assert (there.description or "", there.tags or []) == ("", [])
        # Somebody changes it while the dialog is open.
        token, _ = saved.begin("describe", made.id)
        room.sandbox.control("POST", "/clock", {"offset": 5})
        saved.save("Described", "SELECT 2", query_id=made.id)
        with pytest.raises(kept.ChangedMeanwhile, match="was changed meanwhile"):
            kept.describe_confirmed(token, "lost", "")
        assert not client.queries.get(made.id).description
    thing = f"query/{made.id}"
    assert [one for one in audited(logs) if one[0] == "query.describe"] == [
        ("query.describe", thing, "ok"), ("query.describe", thing, "ok"), ("query.describe", thing, "denied"),
    ]  # fmt: skip
    with room.as_viewer("analyst-west"):
        shared = next(one for one in saved.all() if one.name == "Orders by region")
        token, _ = saved.begin("describe", shared.id)
        with pytest.raises(NotPermitted, match="You may not change “Orders by region”"):
            kept.describe_confirmed(token, "mine", "")


# What people drew


def test_what_people_drew_is_planned_as_one_reading_statement(room: Room):
    client = databricks(room, "analyst-west")
    text = api.TextValue("west")
    with room.as_viewer("analyst-west"):
        made = saved.save(
            "Drawn", "SELECT :region AS region, 1 AS n -- of one", room.sandbox.warehouse_id, catalog="main",
            parameters=[api.QueryParameter(name="region", title="Region", text_value=text)],
        )  # fmt: skip
        for kind in ("TABLE", "FUNNEL"):
            fresh = api.CreateVisualizationRequestVisualization(f"Their {kind}", made.id, "{}", None, kind)
            client.query_visualizations.create(visualization=fresh)
        found = of_query.opened(made.id)
        # Tables stand behind the others.
        assert [one.title for one in found.board.canvas[0].widgets] == ["Their FUNNEL", "Their TABLE"]
        (planned,) = found.plan(datetime.now(UTC), UTC)
        assert isinstance(planned, Planned)
        assert (planned.widgets, planned.catalog, planned.row_limit) == (("v1",), "main", 10_001)
        assert [(one.name, one.value, one.type) for one in planned.parameters] == [("region", "west", "STRING")]
        # What does more than read runs nothing, whatever the portal's mode.
        saved.save("Drawn", "DELETE FROM main.sales.orders", query_id=made.id)
        (refused,) = of_query.opened(made.id).plan(datetime.now(UTC), UTC)
        assert isinstance(refused, Refused)
        assert "not run here" in refused.reason
        saved.save("Drawn", "SELECT :nothing", query_id=made.id, parameters=[])
        (refused,) = of_query.opened(made.id).plan(datetime.now(UTC), UTC)
        assert isinstance(refused, Refused)
        assert "The parameter :nothing has no value." in refused.reason
