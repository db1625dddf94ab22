"""Where pages come from: ours, and the folders of a team (`PORTAL_PAGES`), each a package of its own.

Folders are loaded by path, so that no name on `sys.path` decides which `pages` is meant. Ours are called `pages`
wherever they lie; a team's folder `pages` is `own_pages`, in which modules import each other relatively
(`from . import shared`).
"""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

from portal.paths import paths

OURS = "pages"


def load(name: str, folder: Path) -> ModuleType:
    """The package of this name whose modules lie in this folder; its `__init__.py`, if any, has then been run."""
    known = sys.modules.get(name)
    if known is not None and str(folder) in map(str, getattr(known, "__path__", ())):
        return known
    first = folder / "__init__.py"
    if first.is_file():
        spec = importlib.util.spec_from_file_location(name, first, submodule_search_locations=[str(folder)])
    else:
        spec = ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = [str(folder)]
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    if spec.loader is not None:
        spec.loader.exec_module(module)
    return module


def ours() -> ModuleType:
    """Our own pages, whether at the top of a clone or inside of the package."""
    return load(OURS, paths.package / OURS)


def named(folders: Sequence[Path]) -> dict[str, Path]:
    """The package names of a team's folders.

    >>> list(named([Path("/team/pages"), Path("/team/more pages"), Path("/other/pages")]))
    ['own_pages', 'own_more_pages', 'own_pages_2']
    """
    found: dict[str, Path] = {}
    for folder in folders:
        name = "own_" + (re.sub(r"\W+", "_", folder.name, flags=re.ASCII).strip("_").lower() or "pages")
        same = sum(one == name or one.startswith(f"{name}_") for one in found)
        found[f"{name}_{same + 1}" if name in found else name] = folder
    return found
