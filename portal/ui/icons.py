"""Icons: glyphs in the text's own colour, of a font made by `portal.build` (`assets/vendor/icons.css`)."""

from __future__ import annotations

from portal.build import ICONS
from portal.ui.attributes import aria
from portal.ui.plain import Element, element


def icon(name: str, *, label: str | None = None, class_name: str = "") -> Element:
    """An icon by its Bootstrap Icons name. Decorative unless it has a `label`. Raises `KeyError` for an unknown one."""
    if name not in ICONS:
        raise KeyError(f"No icon {name!r}: add it to ICONS in portal/build.py")
    classes = f"icon i-{name} {class_name}".strip()
    if label is None:
        return element("Span", className=classes, **aria(hidden="true"))
    return element("Span", className=classes, role="img", **aria(label=label))
