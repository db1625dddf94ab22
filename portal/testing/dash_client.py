"""The browser's half of Dash's protocol, without a browser: a layout, and the callbacks that it starts.

Enough for what a viewer sees first: it walks the layout, and fires each server-side callback whose inputs are all there
(ids with wildcards are matched by MATCH-less keys only), as Dash's renderer does when a page loads.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from portal.shapes import Json

Fetch = Callable[[str, dict[str, str]], Any]
"""GET a path with headers; the parsed JSON."""
Send = Callable[[str, Json], object]
"""POST a JSON body to a path; (status, parsed JSON or None)."""


def components(tree: object) -> Iterator[Json]:
    """Every component of a layout, depth first."""
    if isinstance(tree, list):
        for part in tree:
            yield from components(part)
    elif isinstance(tree, dict):
        if "type" in tree and "props" in tree:
            yield tree
        for part in tree.values():
            yield from components(part)


def _key(component_id: object) -> str:
    """An id as Dash writes it into dependencies: text, or JSON with sorted keys."""
    if isinstance(component_id, dict):
        return json.dumps(component_id, sort_keys=True, separators=(",", ":"))
    return str(component_id)


def outputs_of(text: str) -> list[tuple[str, str]]:
    """`"a.children"` or `"..a.children...b.data.."` as (id, property) pairs."""
    parts = text.strip(".").split("...") if text.startswith("..") else [text]
    return [tuple(part.rpartition(".")[::2]) for part in parts]  # type: ignore[misc]


def first_callbacks(layout: object, dependencies: list[Json]) -> Iterator[Json]:
    """The bodies of the POSTs that a page sends as it loads."""
    there: dict[str, Json] = {}
    for component in components(layout):
        if component["props"].get("id") is not None:
            there.setdefault(_key(component["props"]["id"]), component["props"])
    for callback in dependencies:
        skip = callback.get("clientside_function") or callback.get("prevent_initial_call") or callback.get("no_output")
        inputs, state = callback["inputs"], callback.get("state", [])
        outputs = outputs_of(callback["output"])
        if skip or not all(part["id"] in there for part in inputs + state):
            continue
        if not all(component_id in there for component_id, _ in outputs):
            continue

        def value(part: Json) -> Json:
            component_id = json.loads(part["id"]) if part["id"].startswith("{") else part["id"]
            return {"id": component_id, "property": part["property"], "value": there[part["id"]].get(part["property"])}

        given = [value(part) for part in inputs]
        if any(part["value"] == -1 and '"again"' in json.dumps(part["id"]) for part in given):
            continue  # drawn by the layout: assets/src/patches.js does not send it

        targets = [{"id": component_id, "property": prop} for component_id, prop in outputs]
        yield {
            "output": callback["output"],
            "outputs": targets if callback["output"].startswith("..") else targets[0],
            "inputs": given,
            "state": [value(part) for part in state],
            "changedPropIds": [],
        }


def load(fetch: Fetch, send: Send, referer: str) -> str:
    """Load a page as a browser would; all that came back, as one text of JSON."""
    layout = fetch("_dash-layout", {"Referer": referer})
    dependencies = fetch("_dash-dependencies", {"Referer": referer})
    answers = [send("_dash-update-component", body) for body in first_callbacks(layout, dependencies)]
    return json.dumps([layout, answers], ensure_ascii=False)
