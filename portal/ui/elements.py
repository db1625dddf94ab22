"""Elements in the form in which Dash sends them, for what is drawn by the dozen or hundred.

To make and to serialize an `html.Td` takes 16 µs, this 1.7 µs (a cell of 60 in one answer, median of 200). Where an
element is one of a few, use `dash.html`, whose hints and checks help.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeGuard

from dash.development.base_component import Component

from portal.shapes import Json

Element = Any
"""A dict. Typed so because Dash's own hints know no children but components, though it takes these."""
Child = Component | str | int | float | None
Children = Child | Sequence[Child]
"""What Dash draws inside a component; an `Element` passes for a `Child`."""


def element(tag: str, children: Children = None, **props: object) -> Element:
    """`element("Td", "12", role="gridcell")` draws as `html.Td("12", role="gridcell")` does; nothing is checked."""
    return {"type": tag, "namespace": "dash_html_components", "props": {"children": children, **props}}


def is_sent(node: object) -> TypeGuard[Json]:
    """Whether this is a component in the form in which Dash sends it."""
    return isinstance(node, dict) and "namespace" in node and "props" in node


def sent(node: object) -> Any:
    """A tree of components in the form in which Dash sends it, down through its children; other props stay as they are.

    What is written more than once is so put into this form once.
    """
    if isinstance(node, list | tuple):
        return [sent(one) for one in node]
    if isinstance(node, Component):
        node = node.to_plotly_json()
    if not is_sent(node):
        return node
    props = node["props"]
    children = props.get("children")
    if children is None or isinstance(children, str):
        return node
    return {**node, "props": {**props, "children": sent(children)}}
