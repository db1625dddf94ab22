"""Lineage, schedules and alerts as the viewer, over real wire: both doors, two viewers, life cycles, audit lines."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from portal.databricks import lineage, saved, workspace
from portal.databricks.jobs import api
from portal.databricks.lineage import who
from portal.databricks.watch import alertactions, alerts, now, schedules, times
from portal.settings import settings
from portal.ui import watchview
from portal.viewer.dialogs import Stale
from portal.viewer.errors import AlreadyThere, Conflict, NotPermitted, PortalError, Unreachable
from portal.viewer.per_viewer import memory
from tests.sandbox_client import SandboxClient
from tests.wire.jobs_room import Room, open_room

ORDERS = ("main", "sales", "orders")
TRACKING = "/lineage-tracking/"
CONDITION = {"column": "orders", "aggregation": "", "operator": "GREATER_THAN", "threshold": "10", "me": True}


@pytest.fixture
def room(sandbox: SandboxClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    with open_room(sandbox, monkeypatch) as opened:
        yield opened


def query(name: str = "Orders by region") -> saved.SavedQuery:
    return next(one for one in saved.all() if one.name == name)


def audited(logs: list[Any], room: str) -> list[tuple[str, str]]:
    return [(e["event"], e["outcome"]) for e in logs if str(e["event"]).startswith(f"{room}.")]


# Lineage


def test_two_viewers_have_two_lineages(room: Room):
    with room.as_viewer("engineer"):
        every = lineage.of(*ORDERS)
        assert every.door == "api"
        assert every.hidden_down == 0
        assert "main.hr.salaries" in {one.name for one in every.downstream}
    with room.as_viewer("analyst-west"):
        mine = lineage.of(*ORDERS)
        assert mine.hidden_down == 1
        assert "main.hr.salaries" not in {one.name for one in mine.downstream}
        known = who.of(mine, everything=True)
        assert "Last weekday payroll" not in {one.name for one in known.readers}
        assert known.hidden >= 1


def test_a_failed_job_is_known_by_its_task_and_the_last_write_by_its_run(room: Room):
    with room.as_viewer("engineer"):
        known = who.of(lineage.of(*ORDERS))
        failed = next(one for one in known.writers if one.name == "Inventory snapshot")
        assert failed.last is not None
        assert failed.last.state.failed
        assert failed.task == "validate"
        found = who.updated(known)
        assert found is not None
        assert found.run is not None
        assert found.by.name in ("Ingest orders", "Inventory snapshot")


def test_an_alert_that_read_a_table_is_known_by_its_name_to_who_may_see_it(room: Room):
    with room.as_viewer("engineer"):
        plan = times.plan("0 0 * * * ?", "UTC")
        made = alertactions.create(alertactions.begin(query().id)[0], {"name": "Many orders", **CONDITION}, plan)
    room.sandbox.control("POST", "/clock", {"offset": 3600})
    with room.as_viewer("engineer"):
        assert _fired() == ["Many orders"]
        known = who.of(lineage.of(*ORDERS), everything=True)
        assert [one.name for one in known.readers if one.entity.kind == "alert"] == ["Many orders"]
        assert {one.entity.id for one in known.readers if one.entity.kind == "alert"} == {made.id}
    with room.as_viewer("analyst-east"):
        theirs = lineage.of(*ORDERS)
        assert made.id in {one.id for one in theirs.readers}
        hidden = who.of(theirs, everything=True)
        assert "Many orders" not in {one.name for one in hidden.readers}
        assert hidden.hidden >= 1


def test_the_other_door_answers_where_the_first_is_closed(room: Room):
    room.sandbox.fault(route=TRACKING, status=404)
    with room.as_viewer("engineer"):
        found = lineage.of(*ORDERS)
        assert found.door == "system"
        assert "main.hr.salaries" in {one.name for one in found.downstream}
        assert any(one.run for one in found.writers)
    with room.as_viewer("analyst-west"):
        found = lineage.of(*ORDERS)
        assert found.door == ""
        assert found.why


def test_a_columns_lineage_comes_by_either_door(room: Room):
    with room.as_viewer("engineer"):
        room.sandbox.clear_calls()
        amount, region = (lineage.columns(*ORDERS, name) for name in ("amount", "region"))
        assert (amount.door, region.door) == ("api", "api")
        assert room.sandbox.count("workspace", TRACKING) == 2
        assert (("samples", "tpch", "orders"), "o_totalprice") in amount.upstream
        assert ("main", "hr", "salaries") in {table for table, _ in region.downstream}
        memory.drop()
        room.sandbox.fault(route=TRACKING, status=404)
        read = [lineage.columns(*ORDERS, name) for name in ("amount", "region")]
        assert [one.door for one in read] == ["system", "system"]
        assert [one.upstream for one in read] == [amount.upstream, region.upstream]
        # A dropped table keeps its name there.
        assert set(region.downstream) <= set(read[1].downstream)


def test_of_a_columns_lineage_two_viewers_see_two(room: Room):
    with room.as_viewer("analyst-west"):
        found = lineage.columns(*ORDERS, "region")
        assert found.door == "api"
        assert ("main", "hr", "salaries") not in {table for table, _ in found.downstream}
        memory.drop()
        room.sandbox.fault(route=TRACKING, status=404)
        refused = lineage.columns(*ORDERS, "amount")
        assert (refused.door, refused.upstream) == ("", ())
        assert "system.access.column_lineage" in refused.why


def test_fifty_neighbours_take_three_calls(room: Room):
    with room.as_viewer("engineer"):
        job = next(one for one in who.index.look().jobs if one.name == "Currency rates").id
        names = [f"main.archive.neighbour_{n}" for n in range(50)]
        body = {"table": "main.sales.customers_copy", "sources": names, "job": job}
        schema = "main.engineer.many"
        room.sandbox.control("POST", "/lineage", {**body, "table": schema})
        from portal.databricks.connector import query as read

        read(f"CREATE TABLE {schema} (a INT)")
        memory.drop()
        room.sandbox.clear_calls()
        found = lineage.of("main", "engineer", "many")
        assert len(found.upstream) == 50
        known = who.of(found)
        assert [one.name for one in known.writers] == ["Currency rates"]
        assert room.sandbox.count("workspace", "/api/2.") <= 3 + room.sandbox.count("workspace", "/scim/")


# Schedules


def test_a_query_is_scheduled_found_paused_and_removed(room: Room):
    with room.as_viewer("engineer"), capture_logs() as logs:
        token, one = schedules.begin(query().id)
        plan = times.given({"often": "daily", "at": "02:30", "zone": "Europe/Berlin"})
        made = schedules.create(schedules.planned(token, plan))
        assert made.name.endswith(one.id)
        found = schedules.of(one.id)
        assert [some.job.id for some in found] == [made.id]
        assert (schedules.TAG, one.id) in found[0].job.tags
        assert found[0].job.schedules[0].words == "Every day at 02:30 (Europe/Berlin)"
        schedules.change("pause", schedules.begin_change("pause", made.id)[0])
        assert schedules.jobs(one.id)[0].paused
        schedules.change("resume", schedules.begin_change("resume", made.id)[0])
        assert not schedules.jobs(one.id)[0].paused
        schedules.change("delete", schedules.begin_change("delete", made.id)[0])
        assert schedules.jobs(one.id) == ()
        names = ("plan", "create", "pause", "resume", "delete")
        assert audited(logs, "schedule") == [(f"schedule.{name}", "ok") for name in names]


def test_a_schedule_that_is_sent_twice_is_made_once(room: Room):
    with room.as_viewer("engineer"):
        asked, one = schedules.begin(query().id)
        token = schedules.planned(asked, times.plan("0 0 8 * * ?", "UTC"))
        schedules.create(token)
        with pytest.raises(AlreadyThere):
            schedules.create(token)
        assert len(schedules.jobs(one.id)) == 1
        schedules.create(schedules.planned(asked, times.plan("0 0 9 * * ?", "UTC")))
        assert len(schedules.jobs.refresh(one.id)) == 2


def test_a_write_without_an_answer_says_that_nobody_knows(room: Room):
    room.sandbox.fault(route="/jobs/create", status=500, body={"error_code": "INTERNAL_ERROR", "message": "no"})
    with room.as_viewer("engineer"):
        token = schedules.planned(schedules.begin(query().id)[0], times.plan("0 0 8 * * ?", "UTC"))
        with pytest.raises(Unreachable, match="made is not known"):
            schedules.create(token)


def test_a_schedule_that_somebody_else_has_changed_is_left_alone(room: Room):
    with room.as_viewer("engineer"):
        asked, one = schedules.begin(query().id)
        made = schedules.create(schedules.planned(asked, times.plan("0 0 8 * * ?", "UTC")))
        token, _ = schedules.begin_change("pause", made.id)
        theirs = {"quartz_cron_expression": "0 0 7 * * ?", "timezone_id": "UTC", "pause_status": "UNPAUSED"}
        api.tell("/update", "it", {"job_id": made.id, "new_settings": {"schedule": theirs}})
        with pytest.raises(Conflict):
            schedules.change("pause", token)
        assert [(some.detail, some.paused) for some in schedules.jobs(one.id)[0].schedules] == [("0 0 7 * * ?", False)]


def test_another_viewers_dialog_schedules_nothing(room: Room):
    with room.as_viewer("engineer"):
        token, one = schedules.begin(query().id)
    with room.as_viewer("analyst-west"), capture_logs() as logs:
        with pytest.raises(Stale):
            schedules.planned(token, times.plan("0 0 8 * * ?", "UTC"))
        assert schedules.jobs(one.id) == ()
        assert audited(logs, "schedule") == [("schedule.plan", "denied")]


def test_a_job_that_was_not_made_for_a_query_is_left_alone(room: Room):
    with room.as_viewer("engineer"):
        job = next(one for one in who.index.look().jobs if one.name == "Currency rates").id
        with pytest.raises(NotPermitted):
            schedules.begin_change("delete", job)


def test_where_actions_are_off_nothing_is_scheduled(room: Room, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PORTAL_JOB_ACTIONS", "off")
    settings.cache_clear()
    with room.as_viewer("engineer"):
        assert not schedules.on()
        with pytest.raises(NotPermitted):
            schedules.begin(query().id)


# Alerts


def test_an_alert_lives_fires_is_edited_and_deleted(room: Room):
    plan = times.plan("0 0 * * * ?", "UTC")
    with capture_logs() as logs:
        with room.as_viewer("engineer"):
            token, one = alertactions.begin(query().id)
            made = alertactions.create(token, {"name": "Many orders", **CONDITION}, plan)
            assert (made.query, made.text, made.told) == (one.id, one.text, ("engineer@example.com",))
        room.sandbox.control("POST", "/clock", {"offset": 3600})
        # An hour later the session is another.
        with room.as_viewer("engineer"):
            assert _fired() == ["Many orders"]
            edit, known = alertactions.begin_change("edit", made.id)
            assert known.state == "TRIGGERED"
            alertactions.edit(edit, {"name": "Few", **CONDITION, "operator": "NO_ROWS", "me": False}, plan)
            found = alerts.get(made.id)
            assert (found.name, found.no_rows, found.told) == ("Few", True, ())
            alertactions.pause(alertactions.begin_change("pause", made.id)[0], True)
            assert alerts.get(made.id).paused
            alertactions.pause(alertactions.begin_change("resume", made.id)[0], False)
            saved.save(one.name, "SELECT 7 AS orders", query_id=one.id)
            assert alerts.get(made.id).text != saved.get(one.id).text
            alertactions.update_text(alertactions.begin_change("text", made.id)[0])
            assert alerts.get(made.id).text == "SELECT 7 AS orders"
            assert alerts.history(made.id, made.warehouse_id)
            alertactions.delete(alertactions.begin_change("delete", made.id)[0])
            assert alerts.of_query(one.id).alerts == ()
    names = ("create", "edit", "pause", "resume", "text", "delete")
    assert audited(logs, "alert") == [(f"alert.{name}", "ok") for name in names]


def test_an_edit_leaves_what_it_has_no_field_for_and_what_somebody_else_has_changed(room: Room):
    """Of an alert that was made in Databricks: against a column, fires on no rows too, and tells on its own terms."""
    plan = times.plan("0 0 8 * * ?", "UTC")
    evaluation: dict[str, Any] = {
        "source": {"name": "orders"},
        "comparison_operator": "GREATER_THAN",
        "threshold": {"column": {"name": "most"}},
        "empty_result_state": "TRIGGERED",
        "notification": {"notify_on_ok": False, "retrigger_seconds": 600, "subscriptions": []},
    }
    with room.as_viewer("engineer"):
        made = alertactions.create(alertactions.begin(query().id)[0], {"name": "Theirs", **CONDITION}, plan)
        whole = alerts.whole(made.id) | {"evaluation": evaluation}
        alerts.tell("PATCH", f"{alerts.PATH}/{made.id}", "it", body=whole, query={"update_mask": "evaluation"})
        token, known = alertactions.begin_change("edit", made.id)
        assert watchview.condition(known) == "fires when orders is above column most, or there are no rows"
        shown = {"column": "orders", "aggregation": "", "operator": "GREATER_THAN", "threshold": known.threshold}
        alertactions.edit(token, {"name": "Ours", **shown, "me": True}, plan)
        after = alerts.whole(made.id)["evaluation"]
        for name in ("source", "comparison_operator", "threshold", "empty_result_state"):
            assert after[name] == evaluation[name]
        told = after["notification"]
        assert (told["notify_on_ok"], told["retrigger_seconds"]) == (False, 600)
        assert alerts.get(made.id).told == ("engineer@example.com",)
        # The dialog of before is out of date by now: nothing of what it shows is written over that.
        with pytest.raises(Conflict):
            alertactions.edit(token, {"name": "Late", **CONDITION}, plan)
        assert alerts.get(made.id).name == "Ours"


def test_home_tells_of_statements_that_go_on_and_not_of_its_own(room: Room, monkeypatch: pytest.MonkeyPatch):
    with room.as_viewer("engineer"):
        slow = "SELECT count(*) FROM main.bench.events_10m a JOIN main.bench.events_10m b ON a.user_id = b.user_id"
        begun = workspace.call(
            lambda w: w.statement_execution.execute_statement(slow, room.sandbox.warehouse_id, wait_timeout="0s")
        ).statement_id
        try:
            memory.drop()
            assert now.of_viewer().running == ()
            monkeypatch.setattr(now, "LASTING", 0)
            memory.drop()
            assert [one.text for one in now.of_viewer().running] == [slow]
        finally:
            workspace.call(lambda w: w.statement_execution.cancel_execution(begun or ""))


def _fired() -> list[str]:
    """The sandbox evaluates what is due when it is asked; what is kept here lasts a moment."""
    for _ in range(20):
        memory.drop()
        if found := [one.name for one in now.of_viewer().fired]:
            return found
        time.sleep(0.2)
    return []


def test_where_not_all_alerts_were_looked_through_that_is_said(room: Room, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(watchview.dash, "get_relative_path", lambda path: path)
    with room.as_viewer("engineer"):
        one = query()
    for partial in (False, True):
        text = str(watchview.of_query(one, (), {}, partial))
        assert ("Nobody is told of anything" in text) is not partial
        assert ("were looked through" in text) is partial


def test_two_alerts_on_one_query_are_two_and_others_see_none(room: Room):
    with room.as_viewer("analyst-west"):
        one, plan = query(), times.plan("0 0 8 * * ?", "UTC")
        for name in ("First", "Second"):
            alertactions.create(alertactions.begin(one.id)[0], {"name": name, **CONDITION}, plan)
        assert {some.name for some in alerts.of_query(one.id).alerts} == {"First", "Second"}
    with room.as_viewer("analyst-east"):
        assert alerts.of_query(one.id).alerts == ()


def test_a_list_of_five_hundred_takes_two_calls_for_what_is_in_sight(room: Room):
    with room.as_viewer("engineer"):
        one, plan = query(), times.plan("0 0 8 * * ?", "UTC")
        made = alertactions.create(alertactions.begin(one.id)[0], {"name": "Many", **CONDITION}, plan)
        body = alerts.whole(made.id)

        def copy(number: int) -> None:
            alerts.tell("POST", alerts.PATH, "an alert", body={**body, "display_name": f"Many {number}"})

        workspace.each(copy, range(499))
        room.sandbox.clear_calls()
        page = alerts.page()
        destinations = alertactions.destinations()
        assert len(page.alerts) == alerts.PAGE
        assert page.following is not None
        assert destinations
        assert room.sandbox.count("workspace", "/api/2.0/alerts") == 1
        assert room.sandbox.count("workspace", "/api/") <= 2
        seen = list(page.alerts)
        while page.following:
            page = alerts.page(page.following)
            seen += page.alerts
        assert len({one.id for one in seen}) == 500


@pytest.mark.parametrize(
    "values",
    [
        {"often": "daily", "at": "25:00", "zone": "UTC"},
        {"often": "daily", "at": "08:00", "zone": "Atlantis/Deep"},
        {"often": "quartz", "cron": "every day", "zone": "UTC"},
        {"often": "monthly", "at": "08:00", "date": "32", "zone": "UTC"},
        {"often": "quartz", "cron": "0 0 0 30 2 ?", "zone": "UTC"},
    ],
)
def test_a_schedule_that_is_none_is_refused_in_a_sentence(values: dict[str, object]):
    with pytest.raises(PortalError, match=r"othing was done\.$"):
        times.given(values)


def test_a_start_that_daylight_saving_skips_is_told():
    winter = 1_795_800_000.0
    told = times.plan("0 30 2 * * ?", "Europe/Berlin", winter)
    assert told.skipped == "On 28 March 2027 the clocks skip the hour of this start: it comes at 03:30 then."
    assert len(told.starts) == 5
    assert times.plan("0 30 4 * * ?", "Europe/Berlin", winter).skipped == ""
