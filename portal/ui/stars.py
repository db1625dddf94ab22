"""Stars, and where the starred and the recent is listed: filled by `assets/src/parts/stars.js`, which asks once a page.

The parts are empty until it has: a page waits for nobody's stars.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from dash import html

from portal.databricks.stars import LONGEST_NAME, Kind
from portal.ui.attributes import Attributes, aria, data
from portal.ui.elements import Element, element
from portal.ui.icons import icon


def button(kind: Kind, id: str, name: str) -> Element:
    """The star of one thing in a list."""
    return element(
        "Button", icon("star"), type="button", className="icon-button star", title="Star",
        **aria(label=f"Star {name}", pressed="false"), **data(star=_thing(kind, id, name)),
    )  # fmt: skip


def opened(kind: Kind, id: str, name: str) -> list[Element]:
    """The star of the thing that a page is about, which is opened herewith."""
    return [button(kind, id, name), element("Span", hidden=True, **data(opened=_thing(kind, id, name)))]


def shelf(*kinds: Kind) -> html.Nav:
    """What is starred and what was opened of late, in one line."""
    return html.Nav(className="star-shelf", hidden=True, **aria(label="Starred and recent"), **_shelf(kinds))


def card(*kinds: Kind) -> html.Section:
    """The same as a card of the home page."""
    return html.Section(className="star-card card", hidden=True, **aria(label="Starred and recent"), **_shelf(kinds))


def _shelf(kinds: Sequence[Kind]) -> Attributes:
    return data(star_shelf=" ".join(kinds))


def _thing(kind: Kind, id: str, name: str) -> str:
    return json.dumps({"kind": kind, "id": id, "name": name[:LONGEST_NAME]})
