"""Times in Databricks' answers."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from portal.databricks import workspace
from portal.databricks.watch import alerts

AT = 1_795_767_300_000


@pytest.fixture
def tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A server that does not go by UTC."""
    with monkeypatch.context() as changed:
        changed.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize("text", ["2026-11-27T08:15:00Z", "2026-11-27T08:15:00.000", "2026-11-27T10:15:00+02:00"])
def test_a_time_without_a_zone_is_utc_wherever_the_server_is(tokyo: None, text: str) -> None:
    assert workspace.epoch_ms(text) == AT
    assert alerts.alert({"evaluation": {"last_evaluated_at": text}}, "me@example.com").evaluated_at == AT


@pytest.mark.parametrize("text", [None, "", "yesterday", 5])
def test_what_is_no_time_is_none(text: object) -> None:
    assert workspace.epoch_ms(text) is None
