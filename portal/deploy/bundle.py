"""What goes to Connect: what git tracks, the built assets and the commit, and nothing that happens to lie around.

The files are copied to a folder of their own, which rsconnect sends whole: patterns of what to leave out would have to
foresee every dump and notebook. Without git the files are chosen by their kind. A file that is named like a secret is
never sent, tracked or not.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from portal.deploy import git, project
from portal.paths import paths
from portal.settings import load
from portal.version import RELEASE, STAMP, Version

DEVELOPERS_ONLY = frozenset(
    {
        "tests", "docs", "node_modules", "package.json", "package-lock.json", "Makefile", "pyproject.toml",
        "requirements-dev.txt", "gunicorn.conf.py", "app.yaml", "README.md", "SECURITY.md", "CHANGELOG.md",
        "CONTRIBUTING.md", "LICENSE", "rsconnect-python", "manifest.json", "portal/sandbox", "assets/src", "biome.json",
        "tsconfig.json", "pytest.ini",
    }
)  # fmt: skip
"""Left out, with all that is below. gunicorn.conf.py is among them since Connect brings its own server and port."""
READ_BY_RSCONNECT = ("pyproject.toml", ".python-version")
"""They say which Python is wanted: beside the files for rsconnect to read, and not sent."""
BUILT = "assets/vendor"
BUILT_KINDS = frozenset({".js", ".css", ".json", ".br", ".stamp"})
NEEDED = (
    "wsgi.py", "requirements.txt", "pages/home.py", "portal/app.py", "assets/portal.css",
    "assets/vendor/.stamp", "assets/vendor/portal.js",
)  # fmt: skip
KINDS = {
    "wsgi.py": {".py"},
    "requirements.txt": {".txt"},
    "pages": {".py"},
    "portal": {".py", ".txt"},
    "assets": {".js", ".css", ".ico", ".svg", ".png", ".woff2"},
}
"""What is sent from a folder without git."""
SHOWN = 20
"""So many paths are named for each reason to leave some out."""
_SECRET = re.compile(
    r"\.env(\..*)?|.*\.env|\.envrc|.*\.(pem|key|p12|pfx|p8|jks|keystore|ppk|kdbx|gpg|tfstate|tfvars)"
    r"|id_(rsa|dsa|ecdsa|ed25519)(\..*)?|[._]netrc|\.(pypirc|npmrc|htpasswd|pgpass|my\.cnf|databrickscfg|git-credentials)"
    r"|(.*[._-])?(secrets?|credentials?|passwords?|tokens?|service[_-]?account)([._-].*)?"
    r"\.(json|ya?ml|toml|ini|cfg|conf|txt|csv|xml)|secrets?|credentials?|passwords?|tokens?",
    re.IGNORECASE,
)
"""By the name of a file. Code may be called credentials.py; a folder's name says nothing."""


@dataclass(frozen=True)
class Bundle:
    """The files of a deployment, relative to the project and sorted."""

    files: tuple[str, ...]
    nbytes: int
    left_out: tuple[tuple[str, str], ...]
    """Paths that a publisher might miss, each with the reason."""
    version: Version | None
    elsewhere: Mapping[str, Path] = field(default_factory=dict)
    """Files that do not lie in the project: the package's (`portal.deploy.project`)."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """Files that are made of others."""
    by_kind: bool = False
    """Git could not say what it tracks: files were chosen by their kind."""

    def __str__(self) -> str:
        commit = f", commit {self.version}" if self.version else ""
        return f"{len(self.files)} files, {self.nbytes / 1e6:.1f} MB{commit}"

    def size(self, root: Path, path: str) -> int:
        """Bytes of one of the files."""
        if path in self.texts:
            return len(self.texts[path].encode())
        return self.elsewhere.get(path, root / path).stat().st_size

    def lines(self, root: Path) -> list[str]:
        """Every file with its bytes, then the notes."""
        sent = [f"{self.size(root, path):>9,}  {path}" for path in self.files]
        return [*sent, str(self), *(f"! {note}" for note in self.notes())]

    def notes(self) -> list[str]:
        """What a publisher should know of it, in sentences."""
        found = []
        if self.elsewhere:
            found.append(
                f"{len(self.elsewhere)} of them are the portal {RELEASE} itself, as source; requirements.txt is its "
                "lock with your requirements."
            )
        if self.by_kind:
            found.append(
                "Git does not say what it tracks here, so files were chosen by their kind: "
                "--dry-run lists them, and a clone is safer."
            )
        if self.version is not None and self.version.changed:
            found.append(f"Not all is committed: it goes as commit {self.version}.")
        for reason in sorted({why for _, why in self.left_out}):
            paths = [path for path, why in self.left_out if why == reason]
            more = f" and {len(paths) - SHOWN} more" if len(paths) > SHOWN else ""
            found.append(f"Left out ({reason}): {', '.join(paths[:SHOWN])}{more}.")
        return found


def secret(path: str) -> bool:
    """Whether a file is named like one that holds a secret.

    >>> [secret(name) for name in ("pages/.env", "tls/Server.PEM", "prod.env", "id_rsa", "secrets.yaml")]
    [True, True, True, True, True]
    >>> [secret(name) for name in ("portal/viewer/secrets.py", "pages/environment.py", "assets/keys.js")]
    [False, False, False]
    """
    return _SECRET.fullmatch(PurePosixPath(path).name) is not None


def bundle(root: Path) -> Bundle:
    """What would be sent from this folder: of our clone, or of a team's project. Raises `project.BadProject`."""
    of_team = not paths.is_clone and root == paths.project
    if of_team and (root / project.PACKAGE).exists():
        raise project.BadProject(
            f"{root.name} has a {project.PACKAGE}/ of its own, which would hide the package.", "Give it another name."
        )
    elsewhere = dict(project.package()) if of_team else {}
    texts = {"requirements.txt": project.requirements(root)} if of_team else {}
    tracked = git.tracked(root)
    candidates = tracked if tracked is not None else tuple(_by_kind(root, _kinds(root) if of_team else KINDS))
    left_out = {path: "git does not know it" for path in git.untracked(root) if not _developers(path)}
    files = {path.relative_to(root).as_posix() for path in _built(root)}
    for path in candidates:
        if _developers(path) or path.endswith(".pyc") or path == STAMP:
            continue
        if why := _unfit(root / path, path):
            left_out[path] = why
        else:
            files.add(path)
    for path in [path for path in files if secret(path)]:
        files.remove(path)
        left_out[path] = "named like a secret"
    files |= elsewhere.keys() | texts.keys()
    missed = tuple(sorted(left_out.items()))
    commit = git.commit(root)
    version = Version(commit, len(files & git.changed(root))) if commit else None
    found = Bundle(tuple(sorted(files)), 0, missed, version, elsewhere, texts, by_kind=tracked is None)
    return replace(found, nbytes=sum(found.size(root, path) for path in files))


def stage(found: Bundle, root: Path, folder: Path) -> None:
    """Copy the files into an empty folder, with the commit and what rsconnect reads beside them."""
    beside = [name for name in READ_BY_RSCONNECT if (root / name).is_file()]
    for path in (*found.files, *beside):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if path in found.texts:
            target.write_text(found.texts[path], encoding="utf-8")
        else:
            shutil.copyfile(found.elsewhere.get(path, root / path), target, follow_symlinks=False)
    if found.version is not None:
        (folder / STAMP).write_text(found.version.stamp(), encoding="utf-8")


def absent(root: Path) -> tuple[str, ...]:
    """Files without which the portal would not start, or not look right, that are not here."""
    needed = NEEDED if paths.is_clone or root != paths.project else project.NEEDED
    return tuple(name for name in needed if not (root / name).exists())


def whole() -> str:
    """Where to run it, for a folder in which something is absent."""
    return "in a complete clone, after `make assets`" if paths.is_clone else "in your portal's folder"


def _developers(path: str) -> bool:
    top = path.split("/", 1)[0]
    inside = (str(parent) for parent in PurePosixPath(path).parents)
    return top.startswith(".") or path in DEVELOPERS_ONLY or any(parent in DEVELOPERS_ONLY for parent in inside)


def _unfit(file: Path, path: str) -> str:
    if file.is_symlink():
        return "a link"
    if not file.is_file():
        return "tracked, and not here"
    return "named like a secret" if secret(path) else ""


def _built(root: Path) -> Iterator[Path]:
    for path in (root / BUILT).rglob("*"):
        if path.is_file() and not path.is_symlink() and (path.suffix or path.name) in BUILT_KINDS:
            yield path


def _kinds(root: Path) -> dict[str, set[str]]:
    """Those of a team's project, with its folders of pages wherever they are."""
    folders = (Path(one).relative_to(root.resolve()).as_posix() for one in load().pages)
    return {**project.KINDS, **{folder: {".py"} for folder in folders}}


def _by_kind(root: Path, of: Mapping[str, set[str]]) -> Iterator[str]:
    for top, kinds in of.items():
        for path in [root / top, *(root / top).rglob("*")]:
            if path.suffix in kinds and not path.is_dir() and BUILT not in path.as_posix():
                yield path.relative_to(root).as_posix()
