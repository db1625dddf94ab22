"""Where things lie: one object, instead of a folder computed from `__file__` here and there.

In a clone everything is at its top. Installed (from a wheel, or sent as source beside a team's own portal), our pages,
assets and the lock of our requirements are inside the package, in `portal/shipped/`, under the names that they have at
the top of a clone; the project is then the team's folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

CONFIGURATION = "portal.toml"
"""The file by which a team's own project is known (`python -m portal new-portal`)."""
SHIPPED = "shipped"


@dataclass(frozen=True)
class Paths:
    """`package`: the folder that holds our `pages/`, `assets/` and `requirements.txt`. `project`: the portal that runs
    or is worked on, with its `wsgi.py`. `writable`: what a run leaves behind.

    `code` is the package `portal` itself.
    """

    code: Path
    package: Path
    project: Path
    writable: Path

    @property
    def assets(self) -> Path:
        """Our scripts, style sheets and what is built of them."""
        return self.package / "assets"

    @property
    def is_clone(self) -> bool:
        """Whether this is our own repository, or what is deployed from it, rather than a team's project."""
        return self.project == self.package


def find(code: Path, here: Path) -> Paths:
    """The paths of a package `portal` in this folder, as seen from `here`.

    A project is known by its `portal.toml`, in the working directory or beside the package (a deployed bundle).
    """
    package = code / SHIPPED if (code / SHIPPED).is_dir() else code.parent
    otherwise = package if package == code.parent else here
    project = next((one for one in (here, code.parent) if (one / CONFIGURATION).is_file()), otherwise)
    return Paths(code=code, package=package, project=project, writable=project / ".run")


paths = find(Path(__file__).absolute().parent, Path.cwd())
"""Of this process."""
