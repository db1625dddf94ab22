"""What the modules in `assets/src/jobs/` draw of jobs and runs: graph, timeline, tables, matrix and bars."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from dash import html

from portal.databricks.jobs.history import Row as RunRow
from portal.databricks.jobs.history import Statistics, took
from portal.databricks.jobs.model import Run
from portal.databricks.jobs.tasks import Task, TaskRun, ordered
from portal.ui import badges, graph, joblinks, people, timeline, when
from portal.ui.drawing import drawing, placed_graph, state_badges
from portal.ui.joblist import figure

Json = dict[str, object]
_NAMED = 4
"""Dependencies that a table names."""


# Tasks of a run


def task_graph(tasks: Sequence[Task], runs: Sequence[TaskRun] = (), chosen: str = "", links: bool = True) -> html.Div:
    """The graph of tasks; with their runs it shows states, and choosing a box chooses the task."""
    placed = graph.layout({task.key: task.after for task in tasks})
    by_key = {task.key: task for task in tasks}
    run_of = {run.key: run for run in runs}

    def node(box: graph.Node) -> Json:
        task, run = by_key.get(box.key), run_of.get(box.key)
        state = run.state.word if run else ""
        kind = task.kind_words if task else "not among the tasks"
        note = f"{kind}: {run.outcome}" if run and run.outcome else kind
        if run and run.each:
            note = f"{kind}: {_many(run.each.succeeded)} of {_many(run.each.total)}"
        title = ", ".join(filter(None, [box.key, badges.run(state).text if run else "", note]))
        shown: Json = {"key": box.key, "x": box.x, "y": box.y, "note": note, "title": title, "state": state}
        if box.missing:
            shown["missing"] = True
        elif links:
            shown |= {"set": {"task": box.key}, "chosen": box.key == chosen}
        return shown

    return placed_graph("Task graph", placed, node, state_badges(run.state.word for run in runs))


FILTERED = 9
"""Tasks from which on a page has a finder, and states to filter by."""


def task_filter(tasks: Sequence[Task], runs: Sequence[TaskRun] = ()) -> html.Div | None:
    """Finds tasks by name and state, in all that the page draws of them; None where there are few."""
    if len(tasks) < FILTERED:
        return None
    state_of = {run.key: run.state.word for run in runs}
    value = {
        "tasks": [(task.key, state_of.get(task.key, "")) for task in tasks],
        "states": state_badges(state_of.values()),
    }
    return drawing("tasks", value, "tasks-filter")


def task_timeline(
    newest: Sequence[TaskRun], earlier: Sequence[TaskRun], start: int | None, now: float, chosen: str = ""
) -> html.Div:
    """A row a task, with every attempt and its phases."""
    laid = timeline.layout(newest, earlier, start, now * 1000)

    def row(one: timeline.Row) -> Json:
        last, _ = one.attempts[-1]
        took = when.duration(last.duration(now * 1000))
        bars = [
            (bar.phase, round(bar.start, 5), round(bar.end, 5), attempt.state.word)
            for attempt, some in one.attempts
            for bar in some
        ]
        tries = f", {len(one.attempts)} attempts" if len(one.attempts) > 1 else ""
        parts = ", ".join(f"{bar.phase} {when.duration(bar.milliseconds)}" for bar in one.attempts[-1][1])
        title = f"{one.key}: {badges.run(last.state.word).text}{tries}" + (f", {parts}" if parts else "")
        return {
            "key": one.key,
            "bars": bars,
            "took": took if bars else "",
            "title": title,
            "state": last.state.word,
            "set": {"task": one.key},
            "chosen": one.key == chosen,
        }

    value = {
        "name": "Timeline of tasks",
        "rows": [row(one) for one in laid.rows],
        "pauses": [(round(one.at, 5), when.duration(one.milliseconds)) for one in laid.pauses],
        "ticks": [(round(tick.at, 5), tick.milliseconds) for tick in laid.ticks],
        "states": state_badges(run.state.word for run in (*newest, *earlier)),
    }
    return drawing("timeline", value, "drawing-timeline")


def task_table(newest: Sequence[TaskRun], earlier: Sequence[TaskRun], now: float, chosen: str = "") -> html.Div:
    """Graph and timeline in words."""
    tries: dict[str, int] = {}
    for run in (*newest, *earlier):
        tries[run.key] = tries.get(run.key, 0) + 1

    def row(run: TaskRun) -> Json:
        cells = [
            {"text": run.key, "set": {"task": run.key}, "key": run.key},
            {"state": run.state.word},
            f"{run.task.kind_words}: {run.outcome}" if run.outcome else run.task.kind_words,
            _after(run.task),
            {"exact": run.start},
            when.duration(run.duration(now * 1000)),
            tries[run.key],
            run.cluster or run.task.compute or "–",
        ]
        return {"cells": cells, "chosen": run.key == chosen, "task": run.key, "state": run.state.word}

    columns = ["Task", "State", "Kind", "After", "Started", "Duration", "Attempts", "Compute"]
    rows = [row(run) for run in newest]
    value = {
        "name": "Tasks",
        "columns": columns,
        "rows": rows,
        "states": state_badges(run.state.word for run in newest),
    }
    return drawing("table", value)


def _after(task: Task) -> str:
    named = [f"{key} ({how})" if how else key for key, how in task.after]
    if len(named) > _NAMED:
        return f"{', '.join(named[: _NAMED - 1])} and {len(named) - _NAMED + 1} others"
    return ", ".join(named) or "–"


def _many(count: int | None) -> str:
    return "?" if count is None else f"{count:,}"


def _retries(count: int | None) -> str:
    if count is None:
        return "–"
    return "without end" if count < 0 else str(count)


def settings_table(tasks: Sequence[Task], runs: Sequence[TaskRun] = ()) -> html.Div:
    """The tasks of a job as they are set up: the graph in words. `runs` are of its newest run, to filter by."""
    state_of = {run.key: run.state.word for run in runs}
    rows = [
        {
            "task": task.key,
            "state": state_of.get(task.key, ""),
            "cells": [
                task.key,
                task.kind_words + (", disabled" if task.disabled else ""),
                task.what or "–",
                _after(task),
                (task.run_if.replace("_", " ").capitalize() if task.after else "") or "–",
                task.compute or "–",
                _retries(task.retries),
            ],
        }
        for task in tasks
    ]
    columns = ["Task", "Kind", "What", "After", "Runs if", "Compute", "Retries"]
    return drawing("table", {"name": "Tasks", "columns": columns, "rows": rows, "states": {}})


def iterations_table(runs: Sequence[TaskRun], now: float) -> html.Div:
    """The iterations of a for-each task."""
    rows = [
        {
            "cells": [
                run.key,
                {"state": run.state.word},
                ", ".join(value for _, value in run.resolved) or "–",
                {"exact": run.start},
                when.duration(run.duration(now * 1000)),
            ]
        }
        for run in runs
    ]
    columns = ["Iteration", "State", "Input", "Started", "Duration"]
    states = state_badges(run.state.word for run in runs)
    return drawing("table", {"name": "Iterations", "columns": columns, "rows": rows, "states": states})


# Runs of a job


def _run_title(run: Run, now: float) -> str:
    started = when.words(run.start) if run.start else "not started"
    taken = when.duration(run.duration(now))
    if run.worked is not None:
        taken = f"{when.duration(run.worked)} at work ({taken} with the time until its repair)"
    return f"{badges.run(run.state.word).text}, {taken}, {started}"


def runs_table(runs: Sequence[Run], now: float) -> html.Div:
    """A page of a job's runs."""
    rows = [
        {
            "cells": [
                {"text": str(run.id), "href": joblinks.run_path(run.job_id, run.id), "key": str(run.id)},
                {"state": run.state.word},
                {"exact": run.start},
                {"text": when.duration(run.duration(now)), "title": figure(run)},
                run.trigger.replace("_", " ").capitalize() or "–",
                people.text(run.creator) or "–",
                people.sentence(run.state.message) or "–",
            ]
        }
        for run in runs
    ]
    columns = ["Run", "State", "Started", "Duration", "Trigger", "Started by", "Message"]
    states = state_badges(run.state.word for run in runs)
    return drawing("table", {"name": "Runs", "columns": columns, "rows": rows, "states": states})


def run_matrix(rows: Sequence[RunRow], now: float) -> html.Div:
    """Tasks by runs, the newest run on the right; tasks in the order of their dependencies."""
    shown = list(reversed(rows))
    newest = {run.key: run.task for row in shown for run in row.tasks}
    keys = [task.key for task in ordered(list(newest.values()))]
    cells = [{task.key: task for task in row.tasks} for row in shown]

    def cell(row: RunRow, found: TaskRun | None) -> Json | None:
        if found is None:
            return None
        took = when.duration(found.duration(now * 1000))
        title = f"{found.key}: {badges.run(found.state.word).text}, {took}"
        if row.more:
            title += ", among the attempts read"
        href = f"{joblinks.run_path(row.run.job_id, row.run.id)}?task={quote(found.key, safe='')}"
        return {"state": found.state.word, "title": title, "href": href, "key": f"{row.run.id}/{found.key}"}

    value = {
        "name": "Tasks by runs",
        "runs": [
            {
                "state": row.run.state.word,
                "title": _run_title(row.run, now),
                "href": joblinks.run_path(row.run.job_id, row.run.id),
                "key": str(row.run.id),
            }
            for row in shown
        ],
        "rows": [
            {"key": key, "cells": [cell(row, some.get(key)) for row, some in zip(shown, cells, strict=True)]}
            for key in keys
        ],
        "states": state_badges(
            [*(row.run.state.word for row in rows), *(task.state.word for row in rows for task in row.tasks)]
        ),
    }
    return drawing("matrix", value)


def duration_bars(found: Statistics, now: float) -> html.Div:
    """How long each of the finished runs took, oldest on the left."""
    timed = [(run, taken) for run in reversed(found.runs) if (taken := took(run)) is not None]
    most = max((taken for _, taken in timed), default=1) or 1
    bars = [
        {
            "took": taken,
            "state": run.state.word,
            "title": _run_title(run, now),
            "href": joblinks.run_path(run.job_id, run.id),
            "key": str(run.id),
        }
        for run, taken in timed
    ]
    marks = [("Median", found.median), ("95 %", found.p95)]
    lines = [(name, value, when.duration(value)) for name, value in marks if value is not None]
    states = state_badges(run.state.word for run, _ in timed)
    name = "Duration of each run"
    return drawing("bars", {"name": name, "bars": bars, "most": most, "lines": lines, "states": states}, "drawing-bars")
