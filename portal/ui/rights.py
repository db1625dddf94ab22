"""Whether a viewer may open a page that is for members of some Databricks groups (`PORTAL_PAGE_GROUPS`).

Groups are those that Databricks answers for the viewer, as the viewer (`identity.me`): kept a minute, so a right that
was taken away is gone within one. Nothing is shown before it is known: who cannot be asked is no member.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

import dash

from portal.databricks import identity
from portal.databricks.identity import Me
from portal.patches.dash import RegisteredPage
from portal.ui import prefetch
from portal.ui.page_rules import Needs
from portal.viewer import context
from portal.viewer.audit import audit
from portal.viewer.errors import NotPermitted

NEEDS = "needs"
"""In a page's entry of Dash's registry: what its viewers must be members of."""
GRANTED_BY = "whoever looks after the groups in Databricks"


def is_member(me: Me | None, needs: Needs) -> bool:
    """Whether a viewer is in one group of each."""
    return not needs or (me is not None and all(need & set(me.groups) for need in needs))


def require(alternatives: Iterable[Needs], thing: str) -> None:
    """Raises `NotPermitted` unless the viewer fulfils one of several, and whatever they meet who cannot be asked who
    they are. A refusal is on the record, once a request: `thing` is what was asked for.
    """
    found = list(alternatives)
    if not found or () in found:
        return
    me = identity.me()
    if not any(is_member(me, needs) for needs in found):
        _refuse(found[0], thing)


def _refuse(needs: Needs, thing: str) -> NoReturn:
    names = " and of ".join(" or ".join(sorted(need)) for need in needs)
    met = context.tally()
    if not met.refused:
        audit("page.refused", thing[:200], "denied", reason=NotPermitted.kind, groups=names[:200])
    met.refused = True
    raise NotPermitted(f"This page is for members of {names}.", GRANTED_BY)


def visible(page: RegisteredPage, me: Me | None) -> bool:
    """Whether a viewer is shown a way to a page; one not known yet is shown only what is for all."""
    return is_member(me, page.get(NEEDS, ()))


def any_limited() -> bool:
    """Whether any page is for some viewers only."""
    return any(page.get(NEEDS) for page in dash.page_registry.values())


def reaches(path: str) -> bool | None:
    """Whether the viewer may open the page at this address (without variables), as far as is known without waiting.

    False too where there is no such page; None while it is not known who the viewer is.
    """
    page = _at(path)
    if page is None or not page.get(NEEDS):
        return page is not None
    me = prefetch.gather({"me": identity.me}).get("me")
    return None if me is None else visible(page, me)


def may_reach(path: str) -> bool:
    """The same for a callback, which can wait for Databricks to say who it is; raises what a viewer then meets."""
    page = _at(path)
    return page is not None and (not page.get(NEEDS) or visible(page, identity.me()))


def _at(path: str) -> RegisteredPage | None:
    return next((one for one in dash.page_registry.values() if one["path"] == path), None)
