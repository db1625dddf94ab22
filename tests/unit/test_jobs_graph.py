"""Where boxes, lines and bars go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from portal.databricks.jobs import tasks
from portal.databricks.jobs.tasks import TaskRun
from portal.ui import graph, timeline

Dependencies = Mapping[str, Sequence[tuple[str, str]]]


@st.composite
def graphs(draw: st.DrawFn) -> Dependencies:
    """Any dependencies: also cycles, themselves, and tasks that are not there."""
    keys = [f"t{n}" for n in range(draw(st.integers(1, 14)))]
    pool = st.sampled_from([*keys, "nowhere"])
    return {key: [(up, "") for up in draw(st.lists(pool, max_size=3, unique=True))] for key in keys}


def overlap(a: graph.Node, b: graph.Node) -> bool:
    return abs(a.x - b.x) < graph.WIDTH and abs(a.y - b.y) < graph.HEIGHT


@given(graphs())
@settings(max_examples=150)
def test_every_task_has_a_box_of_its_own_inside_the_drawing(dependencies: Dependencies):
    drawing = graph.layout(dependencies)
    keys = [node.key for node in drawing.nodes]
    assert len(keys) == len(set(keys))
    assert set(keys) >= set(dependencies)
    for node in drawing.nodes:
        assert 0 <= node.x <= drawing.width - graph.WIDTH
        assert 0 <= node.y <= drawing.height - graph.HEIGHT
        assert node.missing == (node.key == "nowhere")
    for n, a in enumerate(drawing.nodes):
        assert not any(overlap(a, b) for b in drawing.nodes[n + 1 :])


@given(graphs())
def test_lines_go_from_left_to_right_unless_they_close_a_cycle(dependencies: Dependencies):
    for edge in graph.layout(dependencies).edges:
        if not edge.broken:
            xs = [x for x, _ in edge.points]
            assert xs == sorted(xs)


@given(graphs())
def test_what_closes_a_cycle_leads_back_below_all_boxes(dependencies: Dependencies):
    drawing = graph.layout(dependencies)
    lowest = max(node.y + graph.HEIGHT for node in drawing.nodes)
    for edge in drawing.edges:
        if edge.broken:
            (x0, _), *_, (x1, _) = edge.points
            assert max(y for _, y in edge.points) > lowest
            assert x1 < x0
            for x, y in edge.points:
                assert 0 < x < drawing.width
                assert 0 < y < drawing.height


def test_a_cycle_is_drawn_broken_and_ends():
    drawing = graph.layout({"a": [("c", "")], "b": [("a", "")], "c": [("b", "")]})
    assert sum(edge.broken for edge in drawing.edges) == 1
    assert graph.layout({"a": [("a", "")]}).edges[0].broken


def test_outcomes_of_a_condition_stand_on_the_lines():
    drawing = graph.layout({"if": [], "yes": [("if", "true")], "no": [("if", "false")]})
    assert {edge.label for edge in drawing.edges} == {"true", "false"}


def test_a_fan_of_hundreds_is_one_block_with_two_lines():
    fan = {"start": [], "end": [(f"load {n}", "") for n in range(198)]}
    drawing = graph.layout({**fan, **{f"load {n}": [("start", "")] for n in range(198)}})
    assert (len(drawing.nodes), len(drawing.edges), len(drawing.blocks)) == (200, 2, 1)
    assert drawing.height < 1200
    assert drawing.width < 2600


def test_a_chain_of_a_thousand_does_not_recurse():
    chain: dict[str, list[tuple[str, str]]] = {f"t{n}": [(f"t{n - 1}", "")] if n else [] for n in range(1000)}
    assert len(graph.layout(chain).nodes) == 1000


def test_no_tasks_is_no_drawing():
    assert graph.layout({}).nodes == ()


def task_run(key: str, start: int, **more: object) -> TaskRun:
    return tasks.task_run({"run_id": start, "task_key": key, "start_time": start, **more})


ENDED = {"state": {"life_cycle_state": "TERMINATED", "result_state": "SUCCESS"}}
RUNNING = {"state": {"life_cycle_state": "RUNNING"}}


def test_phases_of_every_attempt_stand_one_after_another():
    first = task_run("a", 1000, queue_duration=100, setup_duration=200, execution_duration=700, end_time=2000, **ENDED)
    second = task_run("a", 3000, execution_duration=2000, end_time=5000, attempt_number=1, **ENDED)
    found = timeline.layout([second], [first], 1000, 9000)
    (row,) = found.rows
    bars = [bar for _, some in row.attempts for bar in some]
    assert [bar.phase for bar in bars] == ["queue", "setup", "execution", "execution"]
    assert [round(bar.start * 4000) + 1000 for bar in bars] == [1000, 1100, 1300, 3000]
    assert (found.start, found.end) == (1000, 5000)


def test_what_runs_reaches_to_now_and_what_has_not_begun_has_no_bar():
    running = task_run("a", 1000, setup_duration=500, execution_duration=100, **RUNNING)
    waiting = tasks.task_run({"run_id": 5, "task_key": "b", "state": {"life_cycle_state": "BLOCKED"}})
    found = timeline.layout([running, waiting], [], 1000, 11_000)
    assert [row.key for row in found.rows] == ["a", "b"]
    assert found.rows[0].attempts[0][1][-1].end == 1.0
    assert found.rows[1].attempts[0][1] == ()


def test_a_clock_that_is_behind_turns_no_bar_around():
    running = task_run("a", 100_000, execution_duration=50, **RUNNING)
    found = timeline.layout([running], [], 100_000, 5_000)
    assert all(0 <= bar.start <= bar.end <= 1 for _, some in found.rows[0].attempts for bar in some)


@given(st.integers(1000, 10**10))
def test_marks_on_the_axis_are_few_and_inside(span: int):
    marks = timeline.layout([task_run("a", 1, end_time=1 + span, execution_duration=span, **ENDED)], [], 1, 0).ticks
    assert 1 <= len(marks) <= 51
    assert all(0 <= mark.at <= 1 for mark in marks)


def test_a_pause_of_a_day_is_left_out():
    day = 86_400_000
    first = task_run("a", 1000, execution_duration=60_000, end_time=61_000, **ENDED)
    second = task_run("a", 1000 + day, execution_duration=60_000, end_time=61_000 + day, attempt_number=1, **ENDED)
    found = timeline.layout([second], [first], 1000, 2 * day)
    (row,) = found.rows
    (one,), (other,) = (bars for _, bars in row.attempts)
    assert one.end - one.start > 0.4
    assert other.end - other.start > 0.4
    assert one.end < found.pauses[0].at < other.start
    assert found.pauses[0].milliseconds == day - 60_000
    assert found.ticks[-1].milliseconds < 3 * 60_000
