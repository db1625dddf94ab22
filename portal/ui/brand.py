"""A team's own looks: its logo, the tab's picture, colours, icons, and its style sheet after all others."""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path

import dash

from portal.assets import ICONS
from portal.own_values import DARK_SUFFIX, OWN_ASSETS
from portal.paths import paths
from portal.settings import settings


def address(file: str) -> str:
    """The address of a file of the project's `assets/`, with its modification time, as `head.asset` has it of ours."""
    path = Path(file)
    inside = path.relative_to((paths.project / OWN_ASSETS).resolve()).as_posix()
    return f"{dash.get_asset_url(f'own/{inside}')}?m={path.stat().st_mtime}"


@cache
def own_icons() -> dict[str, str]:
    """A team's icons: name -> file."""
    folder = settings().icons
    return {path.stem: str(path) for path in sorted(Path(folder).glob("*.svg"))} if folder else {}


def is_icon(name: object) -> bool:
    """Whether pages may be registered with this icon."""
    return name in ICONS or name in own_icons()


def head() -> str:
    """What goes at the end of the document's head; "" where nothing is a team's own.

    Every value was checked when the settings were read (`portal.own_values`): colours are six digits.
    """
    found = []
    if rules := _rules():
        found.append(f'<style id="portal-own">{rules}</style>')
    if own := style():
        found.append(f'<link rel="stylesheet" href="{escape(own, quote=True)}">')
    return "\n".join(found)


def style() -> str | None:
    """The address of a team's own style sheet, where there is one."""
    file = settings().css
    return address(file) if file else None


def favicon() -> str | None:
    """The link of the tab's picture, where a team has its own."""
    file = settings().favicon
    return f'<link rel="icon" href="{escape(address(file), quote=True)}">' if file else None


def _rules() -> str:
    colours = settings().colours
    light = {name: colour for name, colour in colours.items() if not name.endswith(DARK_SUFFIX)}
    dark = {name.removesuffix(DARK_SUFFIX): colour for name, colour in colours.items() if name.endswith(DARK_SUFFIX)}
    rules = []
    for selector, tokens in ((':root,[data-bs-theme="light"]', light), ('[data-bs-theme="dark"]', dark)):
        if tokens:
            body = ";".join(f"--p-{name}:{colour}" for name, colour in tokens.items())
            rules.append(f"{selector}{{{body}}}")
    for name, file in own_icons().items():
        mask = f'url("{address(file)}") center/contain no-repeat'
        rules.append(
            f'.icon.i-{name}::before{{content:"";display:inline-block;width:1em;height:1em;background:currentColor;'
            f"mask:{mask};-webkit-mask:{mask}}}"
        )
    return "".join(rules)
