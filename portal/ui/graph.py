"""Where the boxes and lines of a task graph go: layers by the longest path, left to right.

Geometry only, in CSS pixels; `assets/src/jobs/graph.js` draws it. Tasks with the same tasks before and after
them (a fan-out to a hundred tables) are drawn as one block with one line in and one out, so that hundreds stay
readable. A dependency on a missing task gets a box that says so; one that closes a cycle leads back below all boxes.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

WIDTH, HEIGHT = 168, 38
GAP_X, GAP_Y = 64, 14
MARGIN = 12
BLOCK_GAP = 8
BLOCK_PAD = 8
BLOCK_FROM = 6
"""Tasks that are alike are drawn as a block from this number on."""
BLOCK_ROWS = 24
SWEEPS = 6
BESIDE, LANE = 20, 20
"""Of a line that closes a cycle: how far from its boxes it turns, and what one takes below all boxes."""
LANES = 12
"""More of them share these."""


@dataclass(frozen=True)
class Node:
    """A box: its upper left corner. `missing`: other tasks depend on it, but it does not exist."""

    key: str
    x: float
    y: float
    missing: bool = False


@dataclass(frozen=True)
class Edge:
    """A line through these points (horizontal where it leaves and arrives). `label` is a condition's outcome."""

    points: tuple[tuple[float, float], ...]
    label: str = ""
    broken: bool = False
    """Whether it closes a cycle: its points are then the corners of its way back, and `title` says what it joins."""
    title: str = ""


@dataclass(frozen=True)
class Block:
    """The frame around tasks that are drawn as one."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Drawing:
    width: float
    height: float
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    blocks: tuple[Block, ...]


@dataclass
class _Unit:
    """One item of a layer: a task, a block of tasks, or (without keys) room for a long line to pass through."""

    keys: tuple[str, ...]
    layer: int
    before: list[_Unit] = field(default_factory=list)
    after: list[_Unit] = field(default_factory=list)
    width: float = WIDTH
    height: float = HEIGHT
    x: float = 0.0
    y: float = 0.0
    place: float = 0.0

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


Dependencies = Mapping[str, Sequence[tuple[str, str]]]
"""Task key -> what it depends on: (key of a task, the outcome that it must have, or "" for any)."""


def layout(dependencies: Dependencies) -> Drawing:
    """Place every task. Takes about 20 ms for 200 tasks."""
    if not dependencies:
        return Drawing(0, 0, (), (), ())
    missing = [key for after in dependencies.values() for key, _ in after if key not in dependencies]
    tasks: dict[str, Sequence[tuple[str, str]]] = {**dict.fromkeys(missing, ()), **dependencies}
    broken = _cycles(tasks)
    kept = {key: [(up, how) for up, how in ups if (up, key) not in broken] for key, ups in tasks.items()}
    layers = _layers(kept)
    units = _units(kept, layers)
    columns = _columns(units)
    links = _links(kept, units, columns)
    _order(columns)
    width, height = _place(columns, MARGIN + BESIDE if broken else MARGIN)
    nodes, blocks = _boxes(units, set(missing))
    back = _back(broken, {node.key: node for node in nodes}, height)
    height += LANE * min(len(back), LANES)
    return Drawing(width, height, nodes, (*map(_line, links), *back), blocks)


def _cycles(tasks: Dependencies) -> set[tuple[str, str]]:
    """The dependencies that close a cycle, as (upstream, task): each leads back to a task on the path."""
    found: set[tuple[str, str]] = set()
    done: set[str] = set()
    for start in tasks:
        if start in done:
            continue
        walked: dict[str, None] = {start: None}
        stack = [(start, iter([up for up, _ in tasks[start]]))]
        while stack:
            key, ups = stack[-1]
            up = next(ups, None)
            if up is None:
                stack.pop()
                walked.pop(key, None)
                done.add(key)
            elif up in walked:
                found.add((up, key))
            elif up not in done:
                walked[up] = None
                stack.append((up, iter([upper for upper, _ in tasks[up]])))
    return found


def _layers(tasks: Dependencies) -> dict[str, int]:
    """Each task's layer: its longest path from a task without dependencies. Chains may be too long for recursion."""
    after: dict[str, list[str]] = defaultdict(list)
    waits = {key: len(ups) for key, ups in tasks.items()}
    for key, ups in tasks.items():
        for up, _ in ups:
            after[up].append(key)
    layers = dict.fromkeys(tasks, 0)
    ready = [key for key, count in waits.items() if not count]
    while ready:
        key = ready.pop()
        for down in after[key]:
            layers[down] = max(layers[down], layers[key] + 1)
            waits[down] -= 1
            if not waits[down]:
                ready.append(down)
    return layers


def _units(tasks: Dependencies, layers: Mapping[str, int]) -> dict[str, _Unit]:
    """Task key -> its unit; tasks that are alike share one."""
    after: dict[str, set[str]] = defaultdict(set)
    for key, ups in tasks.items():
        for up, _ in ups:
            after[up].add(key)
    alike: dict[tuple[int, frozenset[tuple[str, str]], frozenset[str]], list[str]] = defaultdict(list)
    for key, ups in tasks.items():
        alike[layers[key], frozenset(ups), frozenset(after[key])].append(key)
    units: dict[str, _Unit] = {}
    for (layer, _, _), keys in alike.items():
        if len(keys) >= BLOCK_FROM:
            rows = min(BLOCK_ROWS, math.ceil(math.sqrt(len(keys) * 2.5)))
            across = math.ceil(len(keys) / rows)
            unit = _Unit(tuple(keys), layer)
            unit.width = across * (WIDTH + BLOCK_GAP) - BLOCK_GAP + 2 * BLOCK_PAD
            unit.height = rows * (HEIGHT + BLOCK_GAP) - BLOCK_GAP + 2 * BLOCK_PAD
            units |= dict.fromkeys(keys, unit)
        else:
            units |= {key: _Unit((key,), layer) for key in keys}
    return units


def _columns(units: Mapping[str, _Unit]) -> list[list[_Unit]]:
    distinct = list({id(unit): unit for unit in units.values()}.values())
    columns: list[list[_Unit]] = [[] for _ in range(max(unit.layer for unit in distinct) + 1)]
    for unit in distinct:
        columns[unit.layer].append(unit)
    return columns


@dataclass(frozen=True)
class _Link:
    """A line between two units, and what it passes through on the way."""

    path: tuple[_Unit, ...]
    label: str


def _links(tasks: Dependencies, units: Mapping[str, _Unit], columns: list[list[_Unit]]) -> list[_Link]:
    """One link for each pair of units; where it crosses layers, each of them gets a place for it to pass through."""
    wanted = {
        (id(units[up]), id(units[key]), how): (units[up], units[key], how)
        for key, ups in tasks.items()
        for up, how in ups
    }
    links: list[_Link] = []
    for upper, lower, how in wanted.values():
        path = [upper]
        for layer in range(upper.layer + 1, lower.layer):
            passing = _Unit((), layer, width=0, height=GAP_Y)
            columns[layer].append(passing)
            path.append(passing)
        path.append(lower)
        for left, right in pairwise(path):
            left.after.append(right)
            right.before.append(left)
        links.append(_Link(tuple(path), how))
    return links


def _order(columns: list[list[_Unit]]) -> None:
    """Reduce crossings: sort each layer by the mean place of its neighbours, forwards and backwards in turn."""
    for column in columns:
        for place, unit in enumerate(column):
            unit.place = place
    for sweep in range(SWEEPS):
        forth = sweep % 2 == 0
        for column in columns if forth else reversed(columns):
            for unit in column:
                beside = unit.before if forth else unit.after
                if beside:
                    unit.place = sum(other.place for other in beside) / len(beside)
            column.sort(key=lambda unit: unit.place)
            for place, unit in enumerate(column):
                unit.place = place


def _place(columns: list[list[_Unit]], beside: float) -> tuple[float, float]:
    heights = [sum(unit.height for unit in column) + GAP_Y * (len(column) - 1) for column in columns]
    tallest = max(heights)
    x = float(beside)
    for column, height in zip(columns, heights, strict=True):
        y = MARGIN + (tallest - height) / 2
        wide = max(unit.width for unit in column)
        for unit in column:
            unit.x, unit.y = x + (wide - unit.width) / 2, y
            y += unit.height + GAP_Y
        x += wide + GAP_X
    return x - GAP_X + beside, tallest + 2 * MARGIN


def _boxes(units: Mapping[str, _Unit], missing: set[str]) -> tuple[tuple[Node, ...], tuple[Block, ...]]:
    nodes: list[Node] = []
    blocks: dict[int, Block] = {}
    for key, unit in units.items():
        if len(unit.keys) == 1:
            nodes.append(Node(key, unit.x, unit.y, key in missing))
            continue
        blocks[id(unit)] = Block(unit.x, unit.y, unit.width, unit.height)
        rows = round((unit.height - 2 * BLOCK_PAD + BLOCK_GAP) / (HEIGHT + BLOCK_GAP))
        across, down = divmod(unit.keys.index(key), rows)
        x = unit.x + BLOCK_PAD + across * (WIDTH + BLOCK_GAP)
        nodes.append(Node(key, x, unit.y + BLOCK_PAD + down * (HEIGHT + BLOCK_GAP), key in missing))
    return tuple(nodes), tuple(blocks.values())


def _line(link: _Link) -> Edge:
    first, last = link.path[0], link.path[-1]
    passed = [(unit.x, unit.middle) for unit in link.path[1:-1]]
    return Edge(((first.x + first.width, first.middle), *passed, (last.x, last.middle)), link.label)


def _back(cycles: set[tuple[str, str]], nodes: Mapping[str, Node], below: float) -> list[Edge]:
    """Around the boxes: out to the right, below all of them, and in from the left. Short ones are the inner ones."""
    found = []
    ordered = sorted(cycles, key=lambda ends: (nodes[ends[0]].x - nodes[ends[1]].x, ends))
    for place, (up, key) in enumerate(ordered):
        first, last = nodes[up], nodes[key]
        out, in_ = first.x + WIDTH, last.x
        beside = BESIDE - 3 * (place % 3)
        lane = below + LANE * (place % LANES)
        from_, to = first.y + HEIGHT / 2, last.y + HEIGHT / 2
        right, left = out + beside, in_ - beside
        points = ((out, from_), (right, from_), (right, lane), (left, lane), (left, to), (in_, to))
        found.append(Edge(points, broken=True, title=f"{up} leads back to {key}: a cycle"))
    return found
