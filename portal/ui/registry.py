"""The pages of a package, each taken for itself: what is wrong with one of them is drawn at its address and nowhere
else.

A page can fail as it is imported (a package that is not there), as it is registered (an icon that nobody has, another
page's address or callback), and as it is drawn. Dash would answer each with an error at every address, or with a
process that does not start. Here the others never know: the page shows a state with a request id, and the log names the
page under it.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from pathlib import Path
from types import ModuleType

import dash
import structlog
from dash import _callback, html
from dash.development.base_component import Component

from portal.patches.dash import RegisteredPage, to_json
from portal.ui import brand, development, page_source, routes, shell, states, typed_paths
from portal.ui.page_rules import NOT_FOUND, Rules
from portal.ui.rights import NEEDS, require
from portal.viewer import context, errors

log = structlog.get_logger("portal.pages")

OnRecord = Callable[[Callable[..., object], str], Callable[..., object]]
"""Goes around a page's layout; gets its address."""


class BadPage(Exception):
    """The page is there, and not one that can be registered; `str(error)` says why."""


def texts(packages: Sequence[ModuleType]) -> dict[str, str]:
    """The text of every module of these packages, by name."""
    return {name: _source(package, name) for package in packages for name in _modules(package)}


def take(
    packages: Sequence[ModuleType],
    rules: Rules,
    on_record: OnRecord,
) -> dict[str, str]:
    """Import and register every page of these packages; returns those that cannot be shown, with what is wrong.

    What the rules hide is not even imported: there is no page, no layout and no callback of it.
    """
    failures: dict[str, str] = {}
    by_name = {package.__name__: package for package in packages}
    for name in rules.in_turn():
        if rules.hides(name):
            continue
        package = by_name[name.partition(".")[0]]
        before = _Before(package.__name__)
        try:
            importlib.import_module(name)
            evicted = _register(name)
            before.check()
            rules.made(name, before.registered())
            new = before.pages()
            rules.learned(name, [_address(one) for one in new])
            if rules.hides(name):
                before.restore()  # at an address that its text does not say
                continue
            for one in new:
                page = dash.page_registry[one["module"]]
                if rules.hides_address(name, _address(page)):
                    del dash.page_registry[one["module"]]
                    continue
                page[NEEDS] = rules.needs(name, _address(page))
            for other in evicted:
                why = BadPage(f"{name} has its address, and the name for it")
                failures[other] = _stand_in(other, _source(package, other), why)
        except (Exception, SystemExit) as error:
            before.restore()
            failures[name] = _stand_in(name, _source(package, name), error)
    for page in dash.page_registry.values():
        if callable(page["layout"]):
            drawn = _limited(on_record(page["layout"], _address(page)), page)
            page["layout"] = _whole(drawn, page)
    return failures


def _modules(package: ModuleType) -> list[str]:
    """Every module of a package by name, those of its folders too, with or without an `__init__.py`."""
    found: list[str] = []
    for folder in map(Path, package.__path__):
        for file in folder.rglob("*.py"):
            parts = file.relative_to(folder).with_suffix("").parts
            parts = parts[:-1] if parts[-1] == "__init__" else parts
            if not parts or any(part.startswith(".") for part in parts):
                continue
            if all(part.isidentifier() for part in parts):
                found.append(".".join((package.__name__, *parts)))
            elif "register_page(" in file.read_text(encoding="utf-8", errors="replace"):
                log.warning(
                    "page not found", page=str(file), says="a page's file and its folders are named as in Python"
                )
    return sorted(set(found))


def _address(page: RegisteredPage) -> str:
    return str(page.get("path_template") or page["path"])


def filled(address: str, given: Mapping[str, object]) -> str:
    """A page's address with its variables, as the audit stream names what was opened.

    >>> filled("/jobs/<job>", {"job": "12"})
    'page/jobs/12'
    """
    return "page" + re.sub("<(.*?)>", lambda found: str(given.get(found[1], "?")), address)[:195]


def _limited(layout: Callable[..., object], page: RegisteredPage) -> Callable[..., object]:
    """A layout that is drawn for members only, whichever way it is reached."""
    needs, address, shown = page.get(NEEDS, ()), _address(page), page["name"]

    @wraps(layout)
    def drawn(**given: object) -> object:
        try:
            require([needs], filled(address, given))
        except errors.PortalError as error:
            return html.Div([shell.page_header(shown), states.draw(states.understood(error))])
        return layout(**given)

    return drawn if needs else layout


class _Before:
    """What Dash and Flask knew before a page was imported: its pages, callbacks and routes."""

    def __init__(self, package: str) -> None:
        self._package = package
        self._pages = dict(dash.page_registry)
        self._map = dict(_callback.GLOBAL_CALLBACK_MAP)
        self._list = len(_callback.GLOBAL_CALLBACK_LIST)
        self._views = dict(dash.get_app().server.view_functions)
        self._modules = set(sys.modules)

    def check(self) -> None:
        """Raises where a new callback has taken the place of another page's."""
        now = _callback.GLOBAL_CALLBACK_MAP
        for key, callback in self._map.items():
            if now.get(key) is not callback:
                raise BadPage(f"another page's callback has the output {key} already")
        new = [one["output"] for one in _callback.GLOBAL_CALLBACK_LIST[self._list :]]
        if twice := sorted({key for key in new if new.count(key) > 1}):
            raise BadPage(f"two of its callbacks have the output {twice[0]}")

    def registered(self) -> list[str]:
        """The callbacks and routes that were registered since, as `Rules.opens` names them."""
        made = [f"callback/{key}" for key in _callback.GLOBAL_CALLBACK_MAP if key not in self._map]
        return made + [f"route/{endpoint}" for endpoint in self._new_views()]

    def _new_views(self) -> list[str]:
        now = dash.get_app().server.view_functions
        return [endpoint for endpoint, view in now.items() if self._views.get(endpoint) is not view]

    def pages(self) -> list[RegisteredPage]:
        """The pages that were registered since."""
        return [page for name, page in dash.page_registry.items() if self._pages.get(name) is not page]

    def restore(self) -> None:
        _callback.GLOBAL_CALLBACK_MAP.clear()
        _callback.GLOBAL_CALLBACK_MAP.update(self._map)
        del _callback.GLOBAL_CALLBACK_LIST[self._list :]
        for name in [name for name in dash.page_registry if name not in self._pages]:
            del dash.page_registry[name]
        # Flask has no way to take a route back: who asks for it finds nothing there.
        dash.get_app().server.view_functions.update(dict.fromkeys(self._new_views(), routes.gone))
        # What it imported of the other pages is imported again in its turn, with its callbacks.
        for name in [name for name in sys.modules if name.startswith(f"{self._package}.")]:
            if name not in self._modules:
                del sys.modules[name]


def _register(name: str) -> list[str]:
    """Raises `BadPage` for what would fail later, at every address. A module without a page is none.

    Of two pages with one address it is the one that is called like it; the others are returned, no longer registered.
    """
    page = dash.page_registry.get(name)
    if page is None:
        return []
    # Dash does this itself for a pages folder that it imports, under names made of the folder's path.
    if not page["supplied_layout"]:
        if not hasattr(sys.modules[name], "layout"):
            raise BadPage("it has no layout")
        page["layout"] = sys.modules[name].layout
    for what in ("name", "path"):
        if not isinstance(page[what], str) or not page[what].strip():
            raise BadPage(f"its {what} is no text")
    if not isinstance(page["title"], str) and not callable(page["title"]):
        raise BadPage("its title is no text")
    if not page["path"].startswith("/"):
        raise BadPage(f"its path, {page['path']!r}, does not begin with /")
    if not brand.is_icon(page.get("icon", "table")):
        log.warning(
            "unknown icon", page=name, icon=str(page["icon"])[:80], says="see ICONS in portal/assets.py, PORTAL_ICONS"
        )
        page["icon"] = "table"
    page["typed"] = typed_paths.kinds_of(page["layout"], page["path_template"])
    others = [one["module"] for one in dash.page_registry.values() if one is not page and one["path"] == page["path"]]
    if others and any(one.partition(".")[0] != name.partition(".")[0] for one in others):
        raise BadPage(
            f"{others[0]} has the address {page['path']} already: choose another, or hide that page "
            "(PORTAL_HIDDEN_PAGES)"
        )
    if others and page_source.own_address(name) != page["path"]:
        raise BadPage(f"{others[0]} has the address {page['path']} already")
    for other in others:
        del dash.page_registry[other]
    return others


def _stand_in(name: str, source: str, error: BaseException) -> str:
    """A page at the broken one's address, that says so; returns what is wrong."""
    at = "registration" if isinstance(error, BadPage) else "import"
    says = str(error) if isinstance(error, BadPage) else f"{type(error).__name__}: {error}"
    wrong = f"{says} (at {at})"[:300]
    log.error("page failed", page=name, at=at, says=says[:300], exc_info=None if isinstance(error, BadPage) else error)
    given = page_source.properties(source)
    if given is None:
        return wrong  # a module of callbacks, or not known to be a page
    taken = {page["path"] for page in dash.page_registry.values()}
    path = next(
        (one for one in (given.pop("path", None), page_source.own_address(name)) if one and one not in taken), None
    )
    if path is None:
        return wrong
    if not brand.is_icon(given.get("icon")):
        given["icon"] = "exclamation-triangle-fill"
    shown = str(given.pop("name", "") or name.rpartition(".")[2].replace("_", " ").capitalize())

    # Kept as text: an exception would keep whatever its frames hold.
    trace = says if isinstance(error, BadPage) else development.of(error)

    def layout(**_: object) -> Component:
        context.tally().state = "failed"
        log.error("page failed", page=name, at=at, says=says[:300])
        told = trace if development.on() else ""
        return _state(shown, "This page cannot be shown; the others are not affected.", told)

    dash.register_page(name, path=path, name=shown, title=shell.title(shown), layout=layout, **given)
    return wrong


def _whole(layout: Callable[..., object], page: RegisteredPage) -> Callable[..., object]:
    """A page's layout that draws its own failure, and gets the variables of its address as what it says they are."""
    name, shown = page["module"], page["name"]
    sendable = False

    @wraps(layout)
    def drawn(**given: object) -> object:
        nonlocal sendable
        values = typed_paths.read(page, given)
        if values is None:
            return _no_such_page(given)
        try:
            made = layout(**values)
            if not sendable:
                to_json(made)
                sendable = True
            return made
        except errors.PortalError:
            raise
        except Exception as error:
            context.tally().state = "failed"
            log.exception("page failed", page=name, at="layout", exc_info=error)
            says = "This page could not be drawn; the others are not affected."
            return _state(shown, says, development.told(error))

    return drawn


def _no_such_page(given: Mapping[str, object]) -> object:
    """What an address has that is no page's."""
    layout = next((one["layout"] for one in dash.page_registry.values() if one["module"].endswith(NOT_FOUND)), None)
    if not callable(layout):
        raise errors.NoSuchThing("There is no page at this address.")
    found: object = layout(**given)
    return found


def _state(shown: str, says: str, told: str = "") -> Component:
    state = errors.PortalError(says)
    state.told = told
    return html.Div([shell.page_header(shown), states.draw(state)])


def _source(package: ModuleType, name: str) -> str:
    for folder in package.__path__:
        place = Path(folder).joinpath(*name.split(".")[1:])
        for file in (place.with_suffix(".py"), place / "__init__.py"):
            if file.is_file():
                return file.read_text(encoding="utf-8", errors="replace")
    return ""
