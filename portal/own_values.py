"""What the settings of a team's own portal may hold: names with lists, colours, and files of the project.

Readers like those of `portal.setting_values`: they return the value, or raise `ValueError` with the rest of a sentence
that begins "NAME is VALUE: it …". Files are looked at when the portal starts, so that nothing is found missing later.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

from portal.contrast import ENOUGH, nearest, ratio
from portal.paths import paths

Lists = tuple[tuple[str, tuple[str, ...]], ...]
"""Names, each with its list, in order."""

OWN_ASSETS = "assets"
"""The project's folder of what browsers get."""
DARK_SUFFIX = "-dark"
LARGEST = 512 * 1024
"""Bytes of a logo, icon or favicon: every page has it."""
LIGHT, DARK = "#ffffff", "#161b22"
"""The surfaces of both themes, as `assets/tokens.css` has them."""
TOKENS = (
    "accent", "accent-ink", "accent-hover", "accent-soft", "focus", "canvas", "surface", "raised", "sunken", "line",
    "line-strong", "hover", "selected", "ink", "ink-2",
)  # fmt: skip
"""Colours of `assets/tokens.css` that a team may choose, for the light theme; with `-dark` behind it for the dark."""
_MAGIC = {
    ".png": (b"\x89PNG\r\n\x1a\n",), ".jpg": (b"\xff\xd8\xff",), ".jpeg": (b"\xff\xd8\xff",), ".ico": (b"\0\0\1\0",),
    ".gif": (b"GIF87a", b"GIF89a"), ".webp": (b"RIFF",),
}  # fmt: skip
_HEX = re.compile(r"#[0-9a-f]{6}")


def lists(value: object) -> Lists:
    """`name: a, b; other: c`, or a table of a configuration file; a part without a name has the name "".

    >>> lists("home; Data: catalog, queries")
    (('', ('home',)), ('Data', ('catalog', 'queries')))
    >>> lists({"fares": ["finance", "controllers"], "jobs": "engineers"})
    (('fares', ('finance', 'controllers')), ('jobs', ('engineers',)))
    """
    if isinstance(value, Mapping):
        return tuple((str(name).strip(), _words(given)) for name, given in value.items())
    if isinstance(value, tuple | list):
        return (("", _words(value)),) if value else ()
    found = []
    for part in str(value or "").split(";"):
        name, colon, rest = part.rpartition(":")
        if part.strip():
            found.append((name.strip() if colon else "", _words(rest)))
    return tuple(found)


def _words(value: object) -> tuple[str, ...]:
    words = list(value) if isinstance(value, tuple | list) else str(value).split(",")
    if not all(isinstance(word, str) for word in words):
        raise ValueError("should hold texts, or lists of texts")
    return tuple(word.strip() for word in words if word.strip())


def groups(value: object) -> Lists:
    """Pages, each with the Databricks groups whose members may open it. A page with none would be open by mistake."""
    found = lists(value)
    for name, given in found:
        if not name or not given:
            raise ValueError("should name a page and its groups, such as fares: finance, controllers")
    return found


def colours(value: object) -> dict[str, str]:
    """Colours by token, those of the dark theme with `-dark` behind the name, completed and legible.

    Of an accent alone the rest follows: what is written on it, its hover and soft shades, and the dark theme's.
    """
    given = value.items() if isinstance(value, Mapping) else [(name, " ".join(rest)) for name, rest in lists(value)]
    found: dict[str, str] = {}
    for name, text in given:
        if isinstance(text, Mapping) and name == "dark":
            found |= {f"{inner}-dark": str(colour).strip().lower() for inner, colour in text.items()}
        else:
            found[name] = str(text).strip().lower()
    for name, colour in found.items():
        if name.removesuffix("-dark") not in TOKENS:
            near = nearest_name(name, [*TOKENS, *(f"{token}-dark" for token in TOKENS)])
            raise ValueError(f"should not name {name[:40]!r}{near}")
        if not _HEX.fullmatch(colour):
            raise ValueError(f"should have six hexadecimal digits for {name}, such as #7a1f5c, not {colour[:40]!r}")
    for theme, dark in (("", False), ("-dark", True)):
        found = _derived(found, theme, dark)
        _legible(found, theme, dark)
    return found


def _derived(found: dict[str, str], theme: str, dark: bool) -> dict[str, str]:
    surface = found.get(f"surface{theme}", DARK if dark else LIGHT)
    accent = found.get(f"accent{theme}")
    if accent is None and dark and "accent" in found:
        accent = nearest(found["accent"], surface, 6.0)
    if accent is None:
        return found
    white, black = "#ffffff", "#0b1220"
    shades = [mixed(accent, surface, share / 100) for share in range(82, 99, 2)]
    more = {
        "accent": accent,
        "accent-ink": max((white, black), key=lambda ink: ratio(ink, accent)),
        "accent-hover": mixed(accent, "#ffffff" if dark else "#000000", 0.2),
        "accent-soft": next((shade for shade in shades if ratio(accent, shade) >= ENOUGH), surface),
        "focus": accent,
    }
    return {**{f"{name}{theme}": colour for name, colour in more.items()}, **found}


def mixed(colour: str, other: str, share: float) -> str:
    """A colour with so much of another in it, 0 to 1."""
    pairs = ((int(colour[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round(one + (two - one) * share):02x}" for one, two in pairs)


def _legible(found: dict[str, str], theme: str, dark: bool) -> None:
    """Raises for text that is not told from its ground: 4.5 to 1, as WCAG 2.2 asks of text (1.4.3)."""
    defaults = {"surface": DARK, "canvas": "#0f1318", "ink": "#e6eaef", "ink-2": "#9ca8b6"} if dark else {
        "surface": LIGHT, "canvas": "#f5f6f8", "ink": "#19212b", "ink-2": "#55606e",
    }  # fmt: skip
    now = {name: found.get(f"{name}{theme}", colour) for name, colour in defaults.items()}
    pairs = [(name, ground) for name in ("ink", "ink-2") for ground in ("surface", "canvas")]
    if f"accent{theme}" in found:
        now |= {name: found[f"{name}{theme}"] for name in ("accent", "accent-ink", "accent-hover", "accent-soft")}
        pairs += [("accent", "surface"), ("accent", "canvas"), ("accent-ink", "accent"), ("accent-ink", "accent-hover")]
        pairs.append(("accent", "accent-soft"))
    for name, ground in pairs:
        if f"{name}{theme}" not in found and f"{ground}{theme}" not in found:
            continue
        if (has := ratio(now[name], now[ground])) < ENOUGH:
            instead = f"; {nearest(now[name], now[ground])} would do" if name != "accent-ink" else ""
            raise ValueError(
                f"should have text that can be read: {name}{theme} {now[name]} on {ground}{theme} {now[ground]} has a "
                f"contrast of {has:.1f} to 1, and {ENOUGH} is the least{instead}"
            )


def nearest_name(name: str, known: list[str]) -> str:
    """`; is accent meant?`, where one of the known names is near."""
    from difflib import get_close_matches

    near = get_close_matches(name, known, 1, 0.6)
    return f"; is {near[0]} meant?" if near else f"; there are {', '.join(known[:20])}"


# Files of the project


def folders(value: object) -> tuple[str, ...]:
    """Folders of pages, as absolute paths."""
    found = lists(value)
    names = [name for _, given in found for name in given]
    return tuple(str(_inside(name, folder=True)) for name in names)


def picture(value: object) -> str | None:
    """A picture below the project, such as `assets/logo.svg`, as an absolute path."""
    if not value:
        return None
    file = _inside(str(value), OWN_ASSETS)
    check_picture(file)
    return str(file)


def style(value: object) -> str | None:
    if not value:
        return None
    file = _inside(str(value), OWN_ASSETS)
    if file.suffix != ".css":
        raise ValueError("should be a style sheet, such as assets/own.css")
    return str(file)


def icons(value: object) -> str | None:
    """A folder of SVG files, each an icon by its name."""
    if not value:
        return None
    folder = _inside(str(value), OWN_ASSETS, folder=True)
    files = sorted(folder.glob("*"))
    for file in files:
        if file.suffix != ".svg" or not re.fullmatch(r"[a-z][a-z0-9-]{0,40}", file.stem):
            raise ValueError(f"should hold icons such as truck.svg, and {file.name} is none")
        check_picture(file)
    return str(folder)


def line(value: object) -> str | None:
    """One line of text below every page."""
    text = " ".join(str(value or "").split())
    if len(text) > 300 or re.search(r"[\x00-\x1f\x7f-\x9f]", text):
        raise ValueError("should be one line of at most 300 characters")
    return text or None


def check_picture(file: Path) -> None:
    """Raises `ValueError` for what is no picture, is too large, or holds what a browser would run or fetch."""
    content = file.read_bytes()
    if len(content) > LARGEST:
        raise ValueError(f"should be a picture of at most {LARGEST // 1024} KB: {file.name} has {len(content):,} bytes")
    if file.suffix == ".svg":
        if says := _unsafe(content):
            raise ValueError(f"should be an SVG that only draws: {file.name} {says}")
        return
    if not any(content.startswith(magic) for magic in _MAGIC.get(file.suffix.lower(), ())):
        kinds = ", ".join([".svg", *_MAGIC])
        raise ValueError(f"should be a picture ({kinds}), and {file.name} is none")


_DRAWS = frozenset(
    {
        "svg", "g", "defs", "title", "desc", "metadata", "symbol", "use", "path", "rect", "circle", "ellipse", "line",
        "polyline", "polygon", "text", "tspan", "textpath", "lineargradient", "radialgradient", "stop", "clippath",
        "mask", "pattern", "marker", "filter", "switch",
    }
)  # fmt: skip


def _unsafe(content: bytes) -> str:
    """What an SVG has that does more than draw; "" for nothing. A list of what draws: scripts come in many shapes."""
    if re.search(rb"<!(DOCTYPE|ENTITY)", content, re.IGNORECASE):
        return "declares a DOCTYPE or entities"
    try:
        root = ElementTree.fromstring(content)  # noqa: S314  # without entities there is nothing to expand
    except (ElementTree.ParseError, ValueError, LookupError):
        return "is not well-formed"
    if _local(root.tag) != "svg":
        return "is no SVG"
    for element in root.iter():
        name = _local(element.tag) if isinstance(element.tag, str) else ""
        if name and name not in _DRAWS and not name.startswith("fe"):
            return f"holds <{name[:40]}>"
        for key, text in element.attrib.items():
            attribute = _local(key)
            if attribute.startswith("on"):
                return f"holds {attribute[:40]}="
            if attribute in {"href", "src"} and not text.strip().startswith("#"):
                return f"refers to {text.strip()[:40]!r}"
            if re.search(r"url\(\s*['\"]?(?!#)|javascript:|@import|expression\(", text, re.IGNORECASE):
                return f"refers to something else in {attribute[:40]}="
    return ""


def _local(tag: str) -> str:
    return tag.rpartition("}")[2].lower()


def _inside(name: str, below: str = "", *, folder: bool = False) -> Path:
    """A file or folder of the project by its relative path; one outside of it is not sent to Connect."""
    kind = "folder" if folder else "file"
    if "\0" in name:
        raise ValueError(f"should be a {kind} of the project, by its path in it")
    root = paths.project.resolve()
    found = (root / name.strip()).resolve()
    if not found.is_relative_to(root / below) or found == root:
        raise ValueError(f"should be a {kind} in the project's {below or 'folder'}, by its path in the project")
    if not (found.is_dir() if folder else found.is_file()):
        raise ValueError(f"should be a {kind} that is there: {root / name.strip()} is none")
    return found
