"""Alerts and their evaluation."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from portal.sandbox import acl, cron, errors
from portal.sandbox.alerts import condition
from portal.sandbox.routing import Json
from portal.sandbox.sql import execution
from portal.sandbox.sql.errors import SqlError
from portal.sandbox.world import Acl, Origin, Person, World, written_moment

LEVELS = acl.Levels(
    {
        "CAN_READ": "Can see the alert",
        "CAN_RUN": "Can see the alert and its results",
        "CAN_EDIT": "Can change the alert",
        "CAN_MANAGE": "Can change the alert and its permissions",
    }
)
LONGEST = 60.0
"""Seconds that an evaluation may take."""


@dataclass
class Alert(acl.Owned):
    """`fields` are AlertV2's members that a request may set; times are seconds since the epoch."""

    id: str
    owner: Person
    fields: Json
    created: float
    updated: float
    state: str = "UNKNOWN"
    evaluated: float | None = None
    seen_until: float = 0.0
    """Until when the schedule has been followed."""
    fired_at: float | None = None
    shared: Acl = field(default_factory=dict)
    trashed: bool = False

    @property
    def paused(self) -> bool:
        return bool(self.fields["schedule"].get("pause_status") == "PAUSED")

    def as_dict(self) -> Json:
        evaluation = {**self.fields["evaluation"], "state": self.state}
        if self.evaluated is not None:
            evaluation["last_evaluated_at"] = written_moment(self.evaluated)
        who = self.owner.user_name
        return {
            "id": self.id, **self.fields, "evaluation": evaluation, "owner_user_name": who, "run_as_user_name": who,
            "effective_run_as": {"user_name": who}, "lifecycle_state": "DELETED" if self.trashed else "ACTIVE",
            "create_time": written_moment(self.created), "update_time": written_moment(self.updated),
        }  # fmt: skip


class Alerts:
    """`world.alerts`."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.reset()

    def reset(self) -> None:
        self.all: dict[str, Alert] = {}
        self.sent: list[Json] = []
        """What subscribers would have been told."""
        self._turn = asyncio.Lock()

    def find(self, id: str, person: Person, needed: str = "CAN_READ") -> Alert:
        found = self.all.get(id)
        if found is None or not LEVELS.may(found.acl, person, "CAN_READ"):
            raise errors.not_found(f"Alert with id {id} does not exist.")
        LEVELS.require(found.acl, person, needed, f"alert {id}")
        return found

    async def catch_up(self) -> None:
        """Evaluate every alert whose schedule has fired since it was last looked at: once, as of the last time."""
        async with self._turn:
            now = self.world.clock.now()
            for one in list(self.all.values()):
                schedule = one.fields["schedule"]
                due = cron.latest(
                    schedule["quartz_cron_schedule"], schedule.get("timezone_id") or "UTC", one.seen_until, now
                )
                one.seen_until = max(one.seen_until, now)
                if due is not None and not one.paused and not one.trashed:
                    await self.evaluate(one, due)

    async def evaluate(self, one: Alert, at: float) -> None:
        """Run its text as its owner, judge the rows, and tell the subscribers of a change for the worse."""
        before = one.state
        one.state = await self._judged(one)
        one.evaluated = at
        settings = one.fields["evaluation"].get("notification") or {}
        again = float(settings.get("retrigger_seconds") or 0)
        fires = one.state == "TRIGGERED" and (
            before != "TRIGGERED" or bool(again and one.fired_at is not None and at - one.fired_at >= again)
        )
        recovers = one.state == "OK" and before == "TRIGGERED" and settings.get("notify_on_ok")
        if fires:
            one.fired_at = at
        if fires or recovers:
            told = [one.get("user_email") or one.get("destination_id") for one in settings.get("subscriptions") or []]
            self.sent.append({"alert_id": one.id, "state": one.state, "at": at, "to": told})

    async def _judged(self, one: Alert) -> str:
        engine: Any = self.world.engine
        warehouse = self.world.warehouses.get(one.fields["warehouse_id"])
        if warehouse is None:
            return "ERROR"
        try:
            session = engine.session(one.owner, warehouse=warehouse)
        except SqlError:
            return "ERROR"
        text, origin = one.fields["query_text"], Origin("ALERT", one.id)
        ran = engine.submit(session, warehouse, text, client="Databricks SQL Alert", origin=origin)
        done = await ran.wait(LONGEST)
        try:
            if not done or ran.state != execution.SUCCEEDED or ran.result is None:
                return "ERROR"
            rows = [row for batch in ran.result.batches() for row in batch.to_pylist()]
        finally:
            ran.close()
        return condition.state(rows, one.fields["evaluation"])
