"""Icons: glyphs in the text's own colour, of a font made by `portal.build` (`assets/vendor/icons.css`)."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import FrameType

import structlog

from portal.ui import brand
from portal.ui.attributes import aria
from portal.ui.elements import Element, element

log = structlog.get_logger("portal.pages")


def _known(name: str) -> str:
    """The name, or that of a question mark in its place; the log then names the page."""
    if brand.is_icon(name):
        return name
    page = next((one for one in _modules_below(inspect.currentframe()) if one.startswith(("pages.", "own_"))), "")
    log.warning(
        "unknown icon", page=page, icon=name[:80], says="add it to ICONS in portal/assets.py, or to PORTAL_ICONS"
    )
    return "question-circle"


def _modules_below(frame: FrameType | None) -> Iterator[str]:
    while frame is not None:
        yield str(frame.f_globals.get("__name__"))
        frame = frame.f_back


def icon(name: str, *, label: str | None = None, class_name: str = "", **attributes: str) -> Element:
    """An icon by its Bootstrap Icons name. Decorative unless it has a `label`. A question mark for an unknown one."""
    classes = f"icon i-{_known(name)} {class_name}".strip()
    if label is None:
        return element("Span", className=classes, **aria(hidden="true"), **attributes)
    return element("Span", className=classes, role="img", **aria(label=label), **attributes)
