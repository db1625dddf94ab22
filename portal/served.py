"""The files behind the addresses of scripts and style sheets, and the hashes by which a browser knows them."""

from __future__ import annotations

import base64
import hashlib
import re
import sys
import threading
from pathlib import Path
from urllib.parse import unquote, urlsplit

import brotli  # type: ignore[import-untyped]
from dash.fingerprint import check_fingerprint
from werkzeug.utils import safe_join

from portal.paths import paths

ASSETS = paths.assets
_SUITES = "/_dash-component-suites/"
_ASSETS = "/assets/"
_PACKAGES = frozenset({"dash", "dash_ag_grid", "dash_bootstrap_components"})

_FINGERPRINT = re.compile(r"(?<=[^/.])\.v[\w-]+m[0-9a-fA-F]+(?=\.)")

_lock = threading.Lock()
_hashes: dict[Path, tuple[int, str]] = {}


def file_at(path: str, assets: Path = ASSETS) -> tuple[Path | None, bool]:
    """The file behind a path, where it is one that Dash would serve; and whether the path names its version."""
    if "\0" in path:
        return None, False
    if _SUITES in path:
        package, _, inside = path.partition(_SUITES)[2].partition("/")
        module = sys.modules.get(package)
        if package not in _PACKAGES or module is None or module.__file__ is None:
            return None, False
        inside, fingerprinted = check_fingerprint(inside)
        found = safe_join(str(Path(module.__file__).parent), inside)
        return (Path(found) if found else None), fingerprinted
    if _ASSETS in path:
        found = safe_join(str(assets), path.partition(_ASSETS)[2])
        return (Path(found) if found else None), False
    return None, False


def kept(file: Path) -> Path:
    """Where a file's bytes are: in it, or compressed beside it (`plotly-strict.min.js.br`), as `portal.build` leaves
    what is large.
    """
    return file if file.exists() else file.with_name(f"{file.name}.br")


def content(file: Path) -> bytes:
    """What a browser gets of a file, whichever way it is kept; raises OSError where it is not."""
    place = kept(file)
    found = place.read_bytes()
    return found if place == file else bytes(brotli.decompress(found))


def integrity(url: str, assets: Path = ASSETS) -> str:
    """By what a browser takes this script as it is here, or not at all (`sha256-…`); "" for one that is not ours."""
    file, _ = file_at(unquote(urlsplit(url).path), assets)
    try:
        changed = kept(file).stat().st_mtime_ns if file is not None else None
    except OSError:
        changed = None
    if file is None or changed is None:
        return ""
    with _lock:
        known = _hashes.get(file)
    if known is None or known[0] != changed:
        digest = base64.b64encode(hashlib.sha256(content(file)).digest()).decode()
        known = (changed, f"sha256-{digest}")
        with _lock:
            _hashes[file] = known
    return known[1]


def without_version(path: str) -> str:
    """A path of Dash's without the fingerprint in its file's name, as `assets/head/page.js` looks it up."""
    return _FINGERPRINT.sub("", path)
