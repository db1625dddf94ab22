"""The first picture: a page's layout as plain HTML, inside the document itself.

Whatever the layout knows at once (the frame, headings, skeletons, and for a returning viewer the content) is on screen
with the document, before any script has run. It is a picture: inert, without ids, and gone the moment that the renderer
has drawn the real page in its place (`assets/src/shell/shell.js`). Text and attributes are escaped; nothing here is a
template.
"""

from __future__ import annotations

import re
from html import escape

from dash.development.base_component import Component

from portal.shapes import Json
from portal.ui.elements import is_sent

_VOID = frozenset({"area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
_TAGS = {"mapel": "map", "objectel": "object"}
_NAMES = {
    "className": "class",
    "dateTime": "datetime",
    "colSpan": "colspan",
    "rowSpan": "rowspan",
    "href": "href",
    "title": "title",
    "role": "role",
    "hidden": "hidden",
    "type": "type",
    "placeholder": "placeholder",
    "value": "value",
    "scope": "scope",
    "src": "src",
    "alt": "alt",
}
"""Attributes that the picture keeps, by React's names."""
_UNITLESS = frozenset({"flex", "flex-grow", "flex-shrink", "font-weight", "line-height", "opacity", "order", "z-index"})
"""Numbers of these stay numbers; of all others they are pixels, as in React."""
_NOTHING = frozenset({"Store", "Location", "Interval", "Download", "ConfirmDialog", "Tooltip", "Modal"})


def html_of(node: object) -> str:
    """HTML of a component (itself, or as Dash sends it), text, number, list of these, or None."""
    if node is None or isinstance(node, bool):
        return ""
    if isinstance(node, list | tuple):
        return "".join(map(html_of, node))
    if isinstance(node, Component):
        node = node.to_plotly_json()
    if not is_sent(node):
        return escape(str(node))
    kind, props = node["type"], node["props"]
    if node["namespace"] == "dash_html_components":
        return _written(kind, props)
    if node["namespace"] == "dash_bootstrap_components":
        return _bootstrap(kind, dict(props))
    return _other(kind, props)


def _written(kind: str, props: dict[str, object]) -> str:
    """An element of `dash.html` by its name there."""
    tag = _TAGS.get(kind.lower(), kind.lower())
    attributes = "".join(_attributes(props))
    if tag in _VOID:
        return f"<{tag}{attributes}>"
    return f"<{tag}{attributes}>{html_of(props.get('children'))}</{tag}>"


def _bootstrap(kind: str, props: Json) -> str:
    """What the components of Bootstrap become: an element with Bootstrap's classes and the component's own."""
    own = props.pop("class_name", None) or props.pop("className", None)
    color, size = props.pop("color", None), props.pop("size", None)
    match kind:
        case "Card" | "CardBody":
            tag, classes = "div", ["card" if kind == "Card" else "card-body"]
        case "Alert":
            tag, classes = "div", ["alert", f"alert-{color or 'success'}", "show"]
            props["role"] = "alert"
        case "Badge":
            tag, classes = "span", ["badge", f"bg-{color}" if color else ""]
        case "Button":
            outline = "outline-" if props.pop("outline", False) else ""
            tag, classes = "button", ["btn", f"btn-{outline}{color or 'primary'}", f"btn-{size}" if size else ""]
        case "Label":
            tag, classes = "label", ["form-label"]
        case "Input":
            tag, classes = "input", ["form-control", f"form-control-{size}" if size else ""]
        case "Breadcrumb":
            links = "".join(
                f'<li class="breadcrumb-item"><a href="{escape(str(item.get("href", "")), quote=True)}">'
                f"{escape(str(item.get('label', '')))}</a></li>"
                for item in props.get("items") or ()
            )
            return f'<nav aria-label="breadcrumb"><ol class="breadcrumb">{links}</ol></nav>'
        case _:
            return _other(kind, props)
    props["className"] = " ".join(filter(None, [own, *classes]))
    attributes = "".join(_attributes(props))
    return f"<{tag}{attributes}>" if tag in _VOID else f"<{tag}{attributes}>{html_of(props.get('children'))}</{tag}>"


def _other(kind: str, props: Json) -> str:
    """Components that are more than an element: links and fields look alike; the rest keeps its place."""
    if kind in _NOTHING:
        return ""
    if kind == "Link":
        return _written("a", props)
    if kind == "Input":
        # Dash draws a field inside a container of its own.
        classes = escape(str(props.get("className", "")), quote=True)
        field = "".join(_attributes({name: value for name, value in props.items() if name != "className"}))
        return f'<div class="dash-input-container dash-input {classes}"><input class="dash-input-element"{field}></div>'
    style = props.get("style")
    kept = _style(style) if isinstance(style, dict) else ""
    return f'<div class="picture-other"{kept}>{html_of(props.get("children"))}</div>'


def _attributes(props: dict[str, object]) -> list[str]:
    found = []
    for name, value in props.items():
        if name == "style" and isinstance(value, dict):
            found.append(_style(value))
        elif name.startswith("aria-") and name not in {"aria-controls", "aria-labelledby", "aria-describedby"}:
            found.append(f' {name}="{escape(str(value), quote=True)}"')
        elif (kept := _NAMES.get(name)) is not None and value not in (None, False):
            found.append(f" {kept}" if value is True else f' {kept}="{escape(str(value), quote=True)}"')
    return found


def _style(style: dict[str, object]) -> str:
    parts = []
    for name, value in style.items():
        if value is not None:
            property_ = name if name.startswith("--") else re.sub(r"[A-Z]", lambda found: f"-{found[0].lower()}", name)
            pixels = isinstance(value, int | float) and value and property_ not in _UNITLESS
            parts.append(f"{property_}:{value}{'px' if pixels else ''}")
    return f' style="{escape(";".join(parts), quote=True)}"' if parts else ""
