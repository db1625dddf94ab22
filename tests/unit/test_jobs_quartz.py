"""Quartz expressions: what fires when, in words, and what is no expression. croniter is the oracle where it can be."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from croniter import croniter
from hypothesis import given
from hypothesis import strategies as st

from portal.databricks.jobs.quartz import NotQuartz, parse
from portal.databricks.jobs.schedule import Schedule, of
from portal.sandbox.jobs.seed import SEEDS

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def fires(expression: str, zone: str = "UTC", after: datetime = NOW) -> str | None:
    found = parse(expression).after(after, ZoneInfo(zone))
    return found.strftime("%Y-%m-%d %H:%M:%S") if found else None


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("0 0 * * * ?", "2026-11-24 13:00:00"),
        ("0 0/15 * * * ?", "2026-11-24 12:15:00"),
        ("*/10 * * * * ?", "2026-11-24 12:00:10"),
        ("0 0 6 ? * 2,4,6", "2026-11-25 06:00:00"),  # Monday, Wednesday, Friday: 1 is Sunday
        ("0 0 0 ? * 1", "2026-11-29 00:00:00"),
        ("0 0 0 ? * FRI-MON", "2026-11-27 00:00:00"),
        ("0 0 22-2 * * ?", "2026-11-24 22:00:00"),
        ("0 0 3 L * ?", "2026-11-30 03:00:00"),
        ("0 0 12 L-3 * ?", "2026-11-27 12:00:00"),
        ("0 0 12 LW * ?", "2026-11-30 12:00:00"),
        ("0 0 12 L-2W * ?", "2026-11-27 12:00:00"),  # the 28th is a Saturday
        ("0 0 0 1W 8 ?", "2027-08-02 00:00:00"),  # the 1st is a Sunday, and July is another month
        ("0 0 0 15W * ?", "2026-12-15 00:00:00"),
        ("0 0 12 ? * 6L", "2026-11-27 12:00:00"),
        ("0 0 12 ? * L", "2026-11-28 12:00:00"),  # alone it is Saturday
        ("0 15 10 ? * 6#3", "2026-12-18 10:15:00"),
        ("0 0 0 ? * 2#5", "2026-11-30 00:00:00"),
        ("0 0 0 29 2 ?", "2028-02-29 00:00:00"),
        ("0 0 0 1 1 ? 2030", "2030-01-01 00:00:00"),
        ("0 0 0 1 1 ? 2020", None),
        ("0 0 0 30 2 ?", None),
        ("0 0 0 * * *", "2026-11-25 00:00:00"),
    ],
)
def test_it_fires_when_quartz_does(expression: str, expected: str | None):
    assert fires(expression) == expected


def test_a_time_that_summer_time_skips_fires_an_hour_later_and_one_that_comes_twice_fires_once():
    skipped = parse("0 30 2 * * ?").after(datetime(2027, 3, 27, 12, tzinfo=UTC), BERLIN)
    assert skipped == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    assert skipped.astimezone(BERLIN).hour == 3
    first = parse("0 30 2 * * ?").after(datetime(2027, 10, 30, 12, tzinfo=UTC), BERLIN)
    assert first == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert parse("0 30 2 * * ?").after(first, BERLIN) == datetime(2027, 11, 1, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("garbage", "six or seven fields, and this one has 1"),
        ("0 0 0 * *", "this one has 5"),
        ("0 61 * * * ?", "Minutes cannot be '61'"),
        ("0 0 24 * * ?", "Hours cannot be '24'"),
        ("0 0 0 32 * ?", "Days of the month cannot be '32'"),
        ("0 0 0 ? * 8", "Days of the week cannot be '8'"),
        ("0 0 0 ? * MON#6", "cannot be 'MON#6'"),
        ("0 0 0 ? FOO MON", "Months cannot be 'FOO'"),
        ("0 0/0 * * * ?", "steps of '0'"),
        ("0 0 0 ? * ?", "Only one of day of month and day of week"),
        ("0 0 0 1 * MON", "names both"),
        ("0 0 0 1,,2 * ?", "are missing"),
        ("", "has 0"),
    ],
)
def test_what_is_no_expression_says_why(expression: str, why: str):
    with pytest.raises(NotQuartz, match=why):
        parse(expression)


FIELDS = st.tuples(
    st.sampled_from(["0", "30", "*/20", "5,10"]),
    st.sampled_from(["*", "0", "*/7", "10-20", "3,59"]),
    st.sampled_from(["*", "0", "9-17", "*/5", "6,18"]),
    st.sampled_from(["*", "1", "31", "10-12", "*/9"]),
    st.sampled_from(["*", "2", "6-8", "1,12"]),
)


@given(FIELDS, st.integers(0, 4 * 365 * 86400))
def test_what_both_know_fires_as_croniter_says(fields: tuple[str, ...], seconds: int):
    second, minute, hour, day, month = fields
    start = datetime.fromtimestamp(1_767_225_600 + seconds, UTC)
    ours = parse(f"{second} {minute} {hour} {day} {month} ?").after(start, ZoneInfo("UTC"))
    oracle = croniter(f"{second} {minute} {hour} {day} {month} *", start, second_at_beginning=True)
    try:
        theirs = oracle.get_next(datetime)
    except Exception:  # no such day: croniter raises
        theirs = None
    assert ours == theirs


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("0 30 6 * * ?", "Every day at 06:30"),
        ("0 0 6 ? * 2,4,6", "At 06:00, only on Monday, Wednesday, and Friday"),
        ("0 15 10 ? * 6#3", "At 10:15, on the third Friday of the month"),
        ("0 0 12 LW * ?", "At 12:00, on the last weekday of the month"),
        ("0 0 12 ? * 6L", "At 12:00, on the last Friday of the month"),
        ("0 0 12 ? * L", "At 12:00, only on Saturday"),
        ("0 0 0 L-3W * ?", "At 00:00, on the weekday nearest to 3 days before the last day of the month"),
        ("0 0 12 /5 * ?", "At 12:00, every 5 days"),
        ("0 0 0 ? * WEDL", "At 00:00, on the last Wednesday of the month"),
    ],
)
def test_in_words(expression: str, words: str):
    schedule = Schedule("cron", False, expression)
    assert schedule.words == words
    assert schedule.trouble == ""


@pytest.mark.parametrize("expression", ["0 61 * * * ?", "x", "0 0 0 15W,L * ?", "0 0 0 ? * 6#3,6L", "0 0 0 1,LW * ?"])
def test_what_has_no_words_is_shown_as_it_is_with_the_reason(expression: str):
    schedule = Schedule("cron", False, expression)
    assert schedule.words == f"By the expression {expression}"
    assert schedule.trouble.endswith(".")


def test_an_unknown_time_zone_has_no_next_start_and_says_so():
    schedule = Schedule("cron", False, "0 0 0 * * ?", "Mars/Olympus")
    assert schedule.next() is None
    assert "Mars/Olympus" in schedule.trouble


def test_every_schedule_of_the_sandbox_has_words_and_a_next_start():
    for name, _, when, zone, *_ in SEEDS:
        if when and " " in when:
            schedule = Schedule("cron", False, when, zone)
            assert schedule.trouble == "", name
            assert not schedule.words.startswith("By the expression"), name
            assert schedule.next() is not None, name


def test_triggers_of_every_kind_have_words():
    def words(settings: dict[str, object]) -> list[str]:
        return [one.words for one in of(settings)]

    paused = {"pause_status": "PAUSED"}
    assert words({"continuous": paused}) == ["Continuously"]
    assert of({"continuous": paused})[0].paused
    assert words({"trigger": {"periodic": {"interval": 1, "unit": "HOURS"}}}) == ["Every hour"]
    assert words({"trigger": {"periodic": {"interval": 6, "unit": "HOURS"}}}) == ["Every 6 hours"]
    assert words({"trigger": {"file_arrival": {"url": "s3://in/"}}}) == ["When files arrive in s3://in/"]
    tables = {"table_names": ["a.b.c", "a.b.d"], "condition": "ALL_UPDATED"}
    assert words({"trigger": {"table_update": tables}}) == ["When tables are updated: a.b.c, a.b.d"]
    # One that Databricks may add, and several at once.
    assert words({"triggers": [{"tide_turns": {"port": "x"}}, {"periodic": {"interval": 2, "unit": "DAYS"}}]}) == [
        "Tide turns",
        "Every 2 days",
    ]
    assert words({}) == []


def test_the_next_start_moves_on_when_it_has_passed():
    schedule = Schedule("cron", False, "0 0 * * * ?")
    base = NOW.timestamp()
    assert schedule.next(base) == (base + 3600) * 1000
    assert schedule.next(base + 1800) == (base + 3600) * 1000
    assert schedule.next(base + 3600) == (base + 7200) * 1000
    assert schedule.next(base - 3600) == base * 1000
    assert Schedule("cron", True, "0 0 * * * ?").next(base) is None
