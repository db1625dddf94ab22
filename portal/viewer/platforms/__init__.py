"""Where the portal may run, one module each: how a viewer is known there, and how their credential comes about.

====================  ===================================  =============================================================
where we run          known by                             the viewer is
====================  ===================================  =============================================================
Posit Connect         any of Connect's own variables       whom `Posit-Connect-User-Session-Token` stands for
Databricks Apps       DATABRICKS_APP_NAME                  whom `X-Forwarded-Access-Token` belongs to
a developer machine   PORTAL_IDENTITY=developer, and none  the developer, for everyone: loopback only, unless
                      of the above                         PORTAL_ALLOW_SHARED_IDENTITY=1
anything else                                              nobody: *not set up*
====================  ===================================  =============================================================

A header that does not belong to the place is ignored. In doubt there is no viewer. A module more in this folder, with a
subclass of `Platform` in it, is another platform: nothing else names them.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil

from portal.settings import Settings
from portal.viewer.platform import Platform


def known() -> list[type[Platform]]:
    """Every platform in this folder, those to be believed first in front."""
    modules = [importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
    kinds = {
        kind
        for module in modules
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, Platform) and not inspect.isabstract(kind) and kind.__module__ == module.__name__
    }
    return sorted(kinds, key=lambda kind: (kind.precedence, kind.name))


def here(settings: Settings) -> Platform:
    """The one that this process runs in, by its settings."""
    return next(kind(settings) for kind in known() if kind.is_here(settings))
