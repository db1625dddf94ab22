"""The browser's half, looked at by node's own tools: `python -m tests.js lint|format|test`.

`lint` is types (tsc over JSDoc), biome's rules and format, and style sheets with neither a dead class nor a colour of
their own; `test` runs `tests/js/*.test.js`. What that needs of npm is installed where it is not there yet, since
`portal.build` leaves it out.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from portal.assets import BuildError
from portal.build import MODULES, node
from portal.paths import paths
from tests.js import styles

ROOT = paths.package


def main(command: str) -> int:
    """Run one command; its exit status."""
    npm, environment = node()

    def run(*words: str) -> int:
        return subprocess.run(words, cwd=ROOT, env=environment, check=False).returncode

    program = shutil.which("node", path=environment.get("PATH"))
    if program is None:
        raise BuildError("Node is not on the path of its own environment.")
    if command == "test":
        return run(program, "--test", "--test-reporter=dot", *sorted(map(str, Path(__file__).parent.glob("*.test.js"))))
    if not _installed() and run(*npm, "ci", "--ignore-scripts", "--no-progress", "--silent"):
        return 1
    biome = (program, str(MODULES / "@biomejs/biome/bin/biome"))
    if command == "format":
        return run(*biome, "check", "--write")
    failed = run(*biome, "check", "--error-on-warnings") | run(program, str(MODULES / "typescript/bin/tsc"), "-p", ".")
    for name, file in styles.dead():
        failed = 1
        print(f"{file}: nothing has the class {name!r}", file=sys.stderr)
    for colour, file in styles.colours():
        failed = 1
        print(f"{file}: {colour} is no token of tokens.css", file=sys.stderr)
    return failed


def _installed() -> bool:
    """Whether the tools of package.json are there, in their very versions."""
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    for name, version in wanted.items():
        about = MODULES / name / "package.json"
        if not about.exists() or json.loads(about.read_text(encoding="utf-8"))["version"] != version:
            return False
    return True


if __name__ == "__main__":
    if sys.argv[1:] not in (["lint"], ["format"], ["test"]):
        sys.exit(__doc__)
    try:
        sys.exit(main(sys.argv[1]))
    except BuildError as error:
        sys.exit(str(error))
