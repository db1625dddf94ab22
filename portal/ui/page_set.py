"""The pages of this portal: ours and a team's, without those that are hidden, in the team's order, from its home on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import dash

from portal import own_pages
from portal.databricks.identity import Me
from portal.patches.dash import RegisteredPage
from portal.settings import Settings, SettingsError, settings
from portal.ui import page_source, registry
from portal.ui.page_rules import NOT_FOUND, Rules
from portal.ui.rights import NEEDS, visible

HOME = "portal.home"
"""The entry of a team's home page at `/`, beside the page's own."""


def take(chosen: Settings, on_record: registry.OnRecord) -> tuple[dict[str, str], Rules]:
    """Register every page; returns those that cannot be shown, with what is wrong, and the rules of all.

    Raises `SettingsError` where a setting names a page that there is not: a page that was meant to be hidden or for
    some groups only must not be open for a typo.
    """
    packages = [own_pages.ours()]
    for name, folder in own_pages.named([Path(one) for one in chosen.pages]).items():
        try:
            packages.append(own_pages.load(name, folder))
        except Exception as error:
            raise SettingsError(
                f"PORTAL_PAGES: {folder}/__init__.py failed ({type(error).__name__}: {error})."
            ) from error
    hidden = [name for _, names in chosen.hidden_pages for name in names]
    if chosen.home_page not in {None, "home", "/"}:
        hidden.append("home")  # ours, whose address the chosen one takes
    sources = {name: page_source.source(name, text) for name, text in registry.texts(packages).items()}
    rules = Rules(sources, tuple(hidden), chosen.page_groups)
    failures = registry.take(packages, rules, on_record)
    ours = Rules({name: one for name, one in rules.sources.items() if one.root == own_pages.OURS})
    wrong = [
        *ours.unknown("PORTAL_HIDDEN_PAGES", hidden),
        *rules.unknown("PORTAL_PAGE_GROUPS", [name for name, _ in chosen.page_groups]),
        *rules.unknown("PORTAL_NAVIGATION", [name for _, names in chosen.navigation for name in names]),
    ]
    if chosen.home_page:
        wrong += _at_home(chosen.home_page, rules)
    if not wrong and not any(page["path"] == "/" for page in dash.page_registry.values()):
        wrong.append('No page has the address /: choose one by PORTAL_HOME_PAGE, or give one of yours path="/".')
    if wrong:
        raise SettingsError("\n".join(wrong))
    return failures, rules


def _at_home(key: str, rules: Rules) -> list[str]:
    page = next((one for one in dash.page_registry.values() if one["module"] != HOME and _is(one, key)), None)
    if page is None:
        return rules.unknown("PORTAL_HOME_PAGE", [key]) or [f"PORTAL_HOME_PAGE names {key!r}, which is not shown."]
    if page.get("path_template"):
        return [f"PORTAL_HOME_PAGE names {key!r}, whose address has variables: {page['path_template']}."]
    if page["path"] == "/":
        return []
    more = {name: page[name] for name in ("name", "title", "layout", "icon", "bundles", NEEDS) if name in page}
    dash.register_page(HOME, path="/", nav=False, **more)
    return []


def navigation(me: Me | None) -> list[tuple[str, list[RegisteredPage]]]:
    """The pages that the navigation has for this viewer, by group ("" for none), in the team's order."""
    shown = [page for page in _all() if visible(page, me)]
    found: list[tuple[str, list[RegisteredPage]]] = []
    for group, keys in settings().navigation:
        here = [page for key in keys for page in shown if _is(page, key)]
        found.append((group, list({page["module"]: page for page in here}.values())))
    named = {page["module"] for _, pages in found for page in pages}
    rest = [page for page in shown if page["module"] not in named]
    return [(group, pages) for group, pages in [*found, ("", rest)] if pages]


def _is(page: RegisteredPage, key: str) -> bool:
    """Whether a name or address means this page itself."""
    return bool(page["path"] == key or page["module"].rpartition(".")[2] == key)


def _all() -> list[RegisteredPage]:
    return [
        page
        for page in dash.page_registry.values()
        if page.get("nav", True) and not page.get("path_template") and not page["module"].endswith(NOT_FOUND)
    ]


def flat(groups: Sequence[tuple[str, list[RegisteredPage]]]) -> list[RegisteredPage]:
    """The pages of all groups, in order."""
    return [page for _, pages in groups for page in pages]
